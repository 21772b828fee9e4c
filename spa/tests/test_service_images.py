"""Pictures of services: uploaded, shown in the catalogue, gone with their rows (SPA-01)."""

from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from core.images import draw_anew
from core.models import AuditEntry
from core.testing import race
from spa.models import Service, ServiceImage
from spa.models.images import IMAGES_PER_SERVICE
from spa.tests.pictures import picture_of, upload
from spa.tests.test_packages_admin import browser
from users.tests.factories import UserFactory


@pytest.fixture
def desk(admin_user: Any) -> Client:
    return browser(admin_user, is_superuser=True)


def row(image: ServiceImage, **changed: Any) -> dict[str, Any]:
    """What the page sends for a picture that is there."""
    return {"id": image.pk, "alt": image.alt, "order": image.position, **changed}


def send(desk: Client, service: Service, *rows: dict[str, Any]) -> Any:
    """Save the service's page with these pictures: those with an `id` first."""
    form = {
        "category": service.category_id,
        "name": service.name,
        "duration_minutes": 60,
        "buffer_before_minutes": 0,
        "price": "120000",
        "currency": "COP",
        "commission_percent": "0",
        "requires_staff": "on",
        "locations": [place.pk for place in service.locations.all()],
        "is_online_bookable": "on",
        "images-TOTAL_FORMS": len(rows),
        "images-INITIAL_FORMS": sum("id" in one for one in rows),
    }
    for number, one in enumerate(rows):
        form |= {f"images-{number}-{name}": value for name, value in one.items()}
        form[f"images-{number}-service"] = service.pk
    return desk.post(reverse("admin:spa_service_change", args=[service.pk]), form)


def shown(service: Service) -> list[str]:
    return list(service.images.order_by("position").values_list("alt", flat=True))


def places(service: Service) -> list[int]:
    return list(service.images.order_by("position").values_list("position", flat=True))


@pytest.mark.django_db
def test_an_upload_at_the_desk_is_drawn_anew_and_audited(desk: Client, service: Service) -> None:
    answer = send(desk, service, {"file": upload(name="Ana Ruiz.php"), "alt": "Una cabina"})

    assert answer.status_code == 302, answer.context["errors"]
    image = service.images.get()
    assert (image.alt, image.position, image.width, image.height) == ("Una cabina", 1, 240, 160)
    folder, _, name = image.file.name.partition("/")
    assert folder == "services"
    assert len(name.removesuffix(".webp")) == 32
    assert "Ana" not in name
    with image.file.open() as stored:
        assert Image.open(stored).format == "WEBP"
    assert AuditEntry.objects.filter(action="spa.service.changed").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (
            {"file": SimpleUploadedFile("foto.png", b"un texto", "image/png"), "alt": "x"},
            "Sube una imagen JPEG, PNG o WebP.",
        ),
        ({"file": upload(), "alt": ""}, "Este campo es requerido."),
        ({"alt": "Una cabina"}, "Este campo es requerido."),
    ],
    ids=["a text", "without words", "without a picture"],
)
def test_a_refusal_is_an_error_of_its_field_and_nothing_is_stored(
    desk: Client, service: Service, sent: dict[str, Any], said: str
) -> None:
    stored = default_storage.listdir("")

    answer = send(desk, service, sent)

    assert answer.status_code == 200
    (problems,) = answer.context["inline_admin_formsets"][0].formset.errors
    assert list(problems.values()) == [[said]]
    assert said in answer.content.decode()
    assert not ServiceImage.objects.exists()
    assert default_storage.listdir("") == stored


@pytest.mark.django_db
def test_the_page_shows_the_pictures_in_their_order(desk: Client, service: Service) -> None:
    second, first = picture_of(service, "dos", 2), picture_of(service, "uno", 1)

    page = desk.get(reverse("admin:spa_service_change", args=[service.pk])).content.decode()

    assert 0 < page.index(first.file.url) < page.index(second.file.url)


@pytest.mark.django_db
def test_pictures_are_numbered_as_they_are_dragged(desk: Client, service: Service) -> None:
    one, two, three = (picture_of(service, str(n), n) for n in (1, 2, 3))

    # Dragging numbers the rows from zero.
    send(desk, service, row(one, order=2), row(two, order=0), row(three, order=1))

    assert (shown(service), places(service)) == (["2", "3", "1"], [1, 2, 3])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moved", "to", "order"),
    [
        (3, 1, ["3", "1", "2"]),
        (1, 2, ["2", "1", "3"]),
        (1, 3, ["2", "3", "1"]),
        (2, None, ["1", "3", "2"]),
    ],
)
def test_a_picture_comes_where_its_number_says(
    desk: Client, service: Service, moved: int, to: int | None, order: list[str]
) -> None:
    images = [picture_of(service, str(n), n) for n in (1, 2, 3)]
    rows = [
        row(one, order="" if to is None else to) if one.position == moved else row(one)
        for one in images
    ]

    assert send(desk, service, *rows).status_code == 302

    assert (shown(service), places(service)) == (order, [1, 2, 3])


@pytest.mark.django_db
def test_new_ones_come_last_and_gaps_close(desk: Client, service: Service) -> None:
    one, two = picture_of(service, "uno", 1), picture_of(service, "dos", 2)

    send(
        desk, service, row(one, DELETE="on"), row(two),
        {"file": upload(), "alt": "tres"}, {"file": upload(), "alt": "cuatro"},
    )  # fmt: skip

    assert (shown(service), places(service)) == (["dos", "tres", "cuatro"], [1, 2, 3])


@pytest.mark.django_db
def test_a_service_has_eight_pictures_and_no_ninth(desk: Client, service: Service) -> None:
    images = [picture_of(service, str(n), n) for n in range(1, IMAGES_PER_SERVICE + 1)]

    refused = send(desk, service, *map(row, images), {"file": upload(), "alt": "nueve"})

    assert refused.status_code == 200
    assert "Un servicio tiene a lo sumo 8 imágenes." in refused.content.decode()
    assert len(shown(service)) == IMAGES_PER_SERVICE
    instead = [row(images[0], DELETE="on"), *map(row, images[1:])]
    one_more = {"file": upload(), "alt": "nueve"}
    assert send(desk, service, *instead, one_more).status_code == 302
    assert shown(service)[-1] == "nueve"


@pytest.mark.django_db
def test_what_somebody_else_uploaded_meanwhile_keeps_its_place(
    desk: Client, service: Service
) -> None:
    mine = picture_of(service, "uno", 1)
    picture_of(service, "de otra persona", 2)

    assert send(desk, service, row(mine), {"file": upload(), "alt": "dos"}).status_code == 302

    assert shown(service) == ["uno", "de otra persona", "dos"]


@pytest.mark.django_db(transaction=True)
def test_people_who_upload_at_the_same_time_all_find_a_place(
    admin_user: Any, service: Service
) -> None:
    desks = [browser(admin_user, is_superuser=True) for _ in range(4)]

    def add(desk: Client, alt: str) -> Any:
        return send(desk, service, {"file": upload(), "alt": alt})

    outcomes = race([partial(add, desk, str(n)) for n, desk in enumerate(desks)])

    assert [getattr(one, "status_code", one) for one in outcomes] == [302] * 4
    assert (sorted(shown(service)), places(service)) == (list("0123"), [1, 2, 3, 4])


@pytest.mark.django_db
def test_who_may_only_look_at_services_sees_the_pictures_and_sends_none(service: Service) -> None:
    image, person = picture_of(service), UserFactory.create(staff=True)
    looks = Permission.objects.filter(codename__in=["view_service", "view_serviceimage"])
    person.user_permissions.set(looks)
    receptionist = browser(person)

    page = receptionist.get(reverse("admin:spa_service_change", args=[service.pk]))

    assert page.status_code == 200
    assert image.file.url in page.content.decode()
    sent = send(receptionist, service, row(image, alt="x"), {"file": upload(), "alt": "x"})
    assert sent.status_code == 403
    assert shown(service) == [image.alt]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"position": 0}, "spa_serviceimage_few_positions"),
        ({"position": 9}, "spa_serviceimage_few_positions"),
        ({"position": 1}, "spa_serviceimage_one_per_position"),
        ({"alt": ""}, "spa_serviceimage_says_what_it_shows"),
        ({"file": ""}, "spa_serviceimage_has_a_file"),
        ({"width": 0}, "spa_serviceimage_has_a_file"),
    ],
)
def test_the_database_has_the_last_word(
    service: Service, wrong: dict[str, Any], constraint: str
) -> None:
    picture_of(service, "uno", 1)
    second = picture_of(service, "dos", 2)

    def break_it() -> None:
        with transaction.atomic():
            ServiceImage.objects.filter(pk=second.pk).update(**wrong)
            transaction.get_connection().check_constraints()

    with pytest.raises(IntegrityError, match=constraint):
        break_it()


@pytest.mark.django_db
def test_the_catalogue_shows_them_in_order_with_whole_addresses(
    api: Any, service: Service, settings: Any
) -> None:
    second, first = picture_of(service, "dos", 2), picture_of(service, "uno", 1)

    (found,) = api.get("/api/v1/services").json()["results"]

    assert found["images"] == [
        {"url": f"{settings.MEDIA_URL}{one.file.name}", "alt": one.alt, "width": 240, "height": 160}
        for one in (first, second)
    ]
    assert found["images"][0]["url"].startswith("http://127.0.0.1:8000/media/services/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("media_url", "begins"),
    [("/media/", "http://testserver/media/"), ("https://cdn.example/m/", "https://cdn.example/m/")],
)
def test_addresses_are_whole_wherever_the_files_are(
    api: Any, service: Service, settings: Any, media_url: str, begins: str
) -> None:
    settings.MEDIA_URL = media_url
    image = picture_of(service)

    (found,) = api.get("/api/v1/services").json()["results"]

    assert found["images"][0]["url"] == begins + image.file.name


class TestFiles:
    """A file is there as long as a committed row names it."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def test_it_goes_with_its_row(self, service: Service) -> None:
        image = picture_of(service)
        name = image.file.name
        with transaction.atomic():
            image.delete()
            assert default_storage.exists(name)

        assert not default_storage.exists(name)

    def test_it_stays_when_the_deletion_is_taken_back(self, service: Service) -> None:
        image = picture_of(service)
        name = image.file.name

        with transaction.atomic():
            image.delete()
            transaction.set_rollback(True)

        assert default_storage.exists(name)
        assert ServiceImage.objects.get().file.name == name

    def test_the_one_that_was_replaced_goes_and_the_new_one_stays(
        self, desk: Client, service: Service
    ) -> None:
        image = picture_of(service)
        before = image.file.name

        assert send(desk, service, row(image, file=upload("red"))).status_code == 302

        after = ServiceImage.objects.get().file.name
        assert before != after
        assert (default_storage.exists(before), default_storage.exists(after)) == (False, True)

    def test_the_one_that_was_to_be_replaced_stays_when_that_is_taken_back(
        self, service: Service
    ) -> None:
        image = picture_of(service)
        before = image.file.name

        with transaction.atomic():
            image.file = draw_anew(upload("red")).as_file()
            image.save()
            transaction.set_rollback(True)

        assert default_storage.exists(before)

    def test_other_words_and_another_place_touch_no_file(
        self, desk: Client, service: Service
    ) -> None:
        image = picture_of(service)

        send(desk, service, row(image, alt="Otra cosa", order=5))

        kept = ServiceImage.objects.get()
        assert (kept.alt, kept.file.name) == ("Otra cosa", image.file.name)
        assert default_storage.exists(kept.file.name)

    def test_one_that_is_taken_off_at_the_desk_is_gone(
        self, desk: Client, service: Service
    ) -> None:
        image = picture_of(service)

        send(desk, service, row(image, DELETE="on"))

        assert not ServiceImage.objects.exists()
        assert not default_storage.exists(image.file.name)

    def test_a_hidden_service_keeps_its_pictures(self, service: Service) -> None:
        image = picture_of(service)

        service.delete()

        assert default_storage.exists(image.file.name)
        assert ServiceImage.objects.get().service_id == service.pk
