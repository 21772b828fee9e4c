"""Pictures for tests: uploads as people make them, and pictures of services as they are kept."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.images import draw_anew
from spa.models import Service, ServiceImage


def upload(colour: str = "teal", name: str = "foto.jpg", **options: Any) -> SimpleUploadedFile:
    """What a browser sends for a photograph."""
    written = BytesIO()
    Image.new("RGB", (240, 160), colour).save(written, "JPEG", **options)
    return SimpleUploadedFile(name, written.getvalue(), content_type="image/jpeg")


def picture_of(service: Service, alt: str = "Una cabina", position: int = 1) -> ServiceImage:
    """A stored picture of a service."""
    file = draw_anew(upload()).as_file()
    return ServiceImage.objects.create(service=service, file=file, alt=alt, position=position)
