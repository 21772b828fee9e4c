"""Uploaded pictures over HTTP: in development and in tests from the web server itself."""

import mimetypes
import runpy
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from spa.models import Service
from spa.tests.factories import LocationFactory, ServiceFactory
from spa.tests.pictures import picture_of


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """Uploads on the disk, as outside the tests."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    disk = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": disk}
    (tmp_path / "secret.webp").write_text("not uploaded")
    return tmp_path / "media"


@pytest.fixture
def service(db: None) -> Service:
    return ServiceFactory.create(locations=[LocationFactory.create()])


def test_what_the_catalogue_names_is_a_picture_until_it_is_deleted(
    api: Any,
    folder: Path,
    service: Service,
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A machine whose own list of types is an old one.
    mimetypes.init()
    monkeypatch.delitem(mimetypes.types_map, ".webp", raising=False)
    image = picture_of(service)
    (found,) = api.get("/api/v1/services").json()["results"]
    address = found["images"][0]["url"].removeprefix("http://127.0.0.1:8000")

    answer = Client().get(address)

    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    assert Image.open(BytesIO(content)).size == (240, 160)
    assert (folder / image.file.name).read_bytes() == content
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"

    with django_capture_on_commit_callbacks(execute=True):
        image.delete()

    assert Client().get(address).status_code == 404
    assert not (folder / image.file.name).exists()


@pytest.mark.parametrize(
    "address",
    [
        "/media/",
        "/media/services/",
        "/media/services/other.webp",
        "/media/../secret.webp",
        "/media/%2e%2e/secret.webp",
        "/media/services/../../secret.webp",
        "/media//etc/passwd.webp",
        "/media/note.txt",
    ],
)
def test_nothing_else_is_handed_out(folder: Path, address: str) -> None:
    (folder / "services").mkdir(parents=True)
    (folder / "note.txt").write_text("not a picture")

    answer = Client().get(address)

    assert answer.status_code == 404


def test_pictures_are_read_and_not_written(folder: Path) -> None:
    assert Client().post("/media/services/one.webp").status_code == 405


def test_in_production_a_proxy_hands_them_out(settings: Any) -> None:
    def addresses() -> list[str]:
        found = runpy.run_path("studiozens/urls.py")["urlpatterns"]
        return [str(one.pattern) for one in found if "media" in str(one.pattern)]

    assert addresses() == ["media/<slug:folder>/<slug:name>.webp"]
    settings.ENVIRONMENT = "production"
    assert addresses() == []


def test_the_admin_may_show_pictures_from_where_they_are(settings: Any) -> None:
    allowed = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"]

    assert "http://127.0.0.1:8000" in allowed
