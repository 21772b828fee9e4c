"""Uploaded pictures: believed by their bytes alone, and drawn anew before they are kept (CORE-13).

What is stored is a WebP of ours. Of the upload only the pixels are left: no place, no camera, no
thumbnail of what was cut away, and nothing that another program might read as something else.
"""

import secrets
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import IO, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import transaction
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from core import errors

MEGABYTES = 5
SHORTEST_SIDE, LONGEST_SIDE, MEGAPIXELS = 100, 10_000, 25
# What is stored is no larger than any screen shows it.
LONGEST_KEPT = 1600
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")
SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True, slots=True)
class Picture:
    """A still picture as WebP, upright, in sRGB."""

    content: bytes
    width: int
    height: int

    def as_file(self) -> ContentFile[bytes]:
        """Something a file field stores."""
        return ContentFile(self.content, name="picture.webp")


def draw_anew(upload: IO[bytes]) -> Picture:
    """The picture of an upload, at most `LONGEST_KEPT` on its longer side.

    Raises `ImageTooHeavy`, `ImageTypeRefused`, `ImageDimensionsRefused`, `ImageAnimated` or
    `ImageBroken`; before the last one nothing was decoded.
    """
    content = upload.read(MEGABYTES * 2**20 + 1)
    if len(content) > MEGABYTES * 2**20:
        raise errors.ImageTooHeavy(megabytes=MEGABYTES)
    source = _open(content)
    _refuse_dimensions(*source.size)
    # A camera's MPO is one photograph with companions, of which the first is the photograph.
    if source.format != "MPO" and getattr(source, "is_animated", False):
        raise errors.ImageAnimated
    try:
        drawn = _draw(source)
    except Exception as exc:  # (decoders fail in as many ways as bytes can be wrong)
        raise errors.ImageBroken from exc
    return drawn


def unguessable_name(folder: str) -> str:
    """Where to store a picture: its address tells nothing and leads to no other."""
    return f"{folder}/{secrets.token_hex(16)}.webp"


def remove_after_commit(storage: Storage, name: str) -> None:
    """Remove a file nobody names any more, unless the transaction fails after all."""
    # robust: a file that cannot be removed must not look like a change that failed.
    transaction.on_commit(partial(storage.delete, name), robust=True)


class PictureField(forms.FileField):
    """An upload that comes out as a picture of ours, or as an error of its field."""

    def to_python(self, data: Any) -> Any:
        """The picture as a file to store."""
        upload = super().to_python(data)
        if upload is None:
            return None
        try:
            return draw_anew(upload).as_file()
        except errors.DomainError as refusal:
            raise ValidationError(refusal.detail, code=refusal.code) from refusal


def _open(content: bytes) -> Image.Image:
    """Read the head of the file: what it is, and how large. Nothing is decoded yet."""
    try:
        return Image.open(BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as exc:
        raise errors.ImageTypeRefused from exc
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise _dimensions_refused() from exc
    except Exception as exc:
        raise errors.ImageBroken from exc


def _refuse_dimensions(width: int, height: int) -> None:
    fits = min(width, height) >= SHORTEST_SIDE and max(width, height) <= LONGEST_SIDE
    if not fits or width * height > MEGAPIXELS * 10**6:
        raise _dimensions_refused()


def _dimensions_refused() -> errors.ImageDimensionsRefused:
    return errors.ImageDimensionsRefused(
        shortest=SHORTEST_SIDE, longest=LONGEST_SIDE, megapixels=MEGAPIXELS
    )


def _draw(source: Image.Image) -> Picture:
    # Made small first: turning and recolouring are paid by the pixel.
    drawn = _in_true_colour(source)
    drawn.thumbnail((LONGEST_KEPT, LONGEST_KEPT), Image.Resampling.LANCZOS)
    ImageOps.exif_transpose(drawn, in_place=True)
    drawn = _in_srgb(drawn)
    # Of what the upload carried nothing is written: only what is named here would be.
    written = BytesIO()
    drawn.save(written, "WEBP", quality=QUALITY)
    return Picture(written.getvalue(), drawn.width, drawn.height)


def _in_true_colour(source: Image.Image) -> Image.Image:
    if source.mode == "I;16":
        # Pillow would clip the 65 536 greys instead of dividing them.
        source = source.point(lambda grey: grey / 256).convert("L")
    mode = "RGBA" if source.has_transparency_data else "RGB"
    return source if source.mode == mode else source.convert(mode)


def _in_srgb(drawn: Image.Image) -> Image.Image:
    """The same colours without the profile that explained them: phones write their own."""
    profile = drawn.info.get("icc_profile")
    if not profile:
        return drawn
    try:
        found = ImageCms.ImageCmsProfile(BytesIO(profile))
        return ImageCms.profileToProfile(drawn, found, SRGB) or drawn
    except (ImageCms.PyCMSError, OSError):
        return drawn  # of another colour space, such as ink, or of none: nearly right is enough
