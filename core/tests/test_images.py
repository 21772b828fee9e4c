"""Uploaded pictures: what is accepted, what is refused, and what is left of them (CORE-13)."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms

from core import errors
from core.images import LONGEST_KEPT, MEGABYTES, Picture, PictureField, draw_anew

PIXELS_ONLY = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}


def written(image: Image.Image, kind: str, **options: Any) -> bytes:
    found = BytesIO()
    image.save(found, kind, **options)
    return found.getvalue()


def flag(size: tuple[int, int] = (300, 200), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new(mode, size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    return image


def kept(content: bytes) -> Image.Image:
    """What is stored of an upload, opened again."""
    picture = draw_anew(BytesIO(content))
    image = Image.open(BytesIO(picture.content))
    assert (image.format, image.size) == ("WEBP", (picture.width, picture.height))
    image.load()
    return image


def what_becomes_of(content: bytes) -> Picture | errors.DomainError:
    try:
        return draw_anew(BytesIO(content))
    except errors.DomainError as refusal:
        return refusal


def is_about(found: Any, colour: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 24 for one, other in zip(found, colour, strict=True))


def chunks(webp: bytes) -> set[bytes]:
    """The names of the parts of a WebP file."""
    names, at = set(), 12
    while at < len(webp):
        (size,) = struct.unpack_from("<I", webp, at + 4)
        names.add(webp[at : at + 4])
        at += 8 + size + size % 2
    return names


def png_of(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG whose head says it is that large; it need not be true."""

    def part(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", body) + part(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_believed_by_its_bytes_whatever_its_name_and_type_say(kind: str) -> None:
    named = SimpleUploadedFile("factura.pdf", written(flag(), kind), content_type="text/html")

    stored = PictureField().clean(named)

    image = Image.open(stored)
    assert (image.format, image.size) == ("WEBP", (300, 200))
    assert is_about(image.convert("RGB").getpixel((20, 100)), (255, 0, 0))
    assert is_about(image.convert("RGB").getpixel((280, 100)), (0, 0, 255))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><script/></svg>'


@pytest.mark.parametrize(
    "content",
    [
        b"esto es un texto",
        SVG,
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7\n",
        written(flag(), "GIF"),
        written(flag(), "BMP"),
        written(flag(), "TIFF"),
        written(flag(), "ICO"),
        b"GIF89a" + written(flag(), "PNG"),
    ],
    ids=["text", "svg", "html", "pdf", "gif", "bmp", "tiff", "ico", "gif that hides a png"],
)
def test_everything_else_is_refused_even_as_png(content: bytes) -> None:
    with pytest.raises(errors.ImageTypeRefused):
        draw_anew(BytesIO(content))
    with pytest.raises(ValidationError) as refused:
        PictureField().clean(SimpleUploadedFile("foto.png", content, content_type="image/png"))

    assert refused.value.error_list[0].code == "CORE-IMAGE-TYPE-REFUSED"
    assert refused.value.messages == ["Sube una imagen JPEG, PNG o WebP."]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_that_breaks_off_is_refused(kind: str) -> None:
    noise = Image.effect_noise((300, 200), 80).convert("RGB")
    content = written(noise, kind)

    with pytest.raises(errors.ImageBroken):
        draw_anew(BytesIO(content[: len(content) // 2]))


@pytest.mark.parametrize(
    ("width", "height"),
    [(60_000, 60_000), (15_000, 7_000), (5_001, 5_000), (10_001, 100), (99, 300), (300, 99)],
)
def test_dimensions_are_refused_by_the_head_alone(width: int, height: int) -> None:
    # The body is no picture: whoever began to draw it would say that it is broken.
    with pytest.raises(errors.ImageDimensionsRefused) as refused:
        draw_anew(BytesIO(png_of(width, height, b"no picture")))

    assert "entre 100 y 10000 píxeles" in refused.value.detail
    assert "25 megapíxeles" in refused.value.detail


def test_a_bomb_of_few_bytes_is_refused() -> None:
    bomb = written(Image.new("1", (9_000, 9_000)), "PNG")

    assert len(bomb) < 20_000
    with pytest.raises(errors.ImageDimensionsRefused):
        draw_anew(BytesIO(bomb))


def test_the_smallest_and_the_longest_are_accepted() -> None:
    assert kept(written(flag((100, 100)), "PNG")).size == (100, 100)
    assert kept(written(flag((10_000, 100)), "PNG")).size == (LONGEST_KEPT, 16)


def test_more_than_five_megabytes_are_refused_and_not_even_read() -> None:
    picture = written(flag(), "JPEG")
    heavy = BytesIO(picture.ljust(MEGABYTES * 2**20 + 9, b"\0"))

    with pytest.raises(errors.ImageTooHeavy) as refused:
        draw_anew(heavy)

    assert heavy.tell() == MEGABYTES * 2**20 + 1
    assert refused.value.detail == "La imagen pesa demasiado: a lo sumo 5 MB."
    assert kept(picture.ljust(MEGABYTES * 2**20, b"\0")).size == (300, 200)


def test_nothing_is_left_of_where_by_whom_and_with_what_it_was_taken() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ana Ruiz"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (4.0, 40.0, 12.5)
    carried = {
        "exif": exif,
        "xmp": b"<x:xmpmeta>Ana Ruiz</x:xmpmeta>",
        "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    }
    for kind in ("JPEG", "WEBP"):
        content = written(flag(), kind, **carried)
        assert b"Ana Ruiz" in content
        assert Image.open(BytesIO(content)).getexif().get_ifd(ExifTags.IFD.GPSInfo)

        picture = draw_anew(BytesIO(content + b"<script>Ana Ruiz</script>"))

        assert chunks(picture.content) <= PIXELS_ONLY
        assert b"Ana Ruiz" not in picture.content
        assert not Image.open(BytesIO(picture.content)).getexif()


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [
        (1, (300, 200), (20, 100)),
        (2, (300, 200), (280, 100)),
        (3, (300, 200), (280, 100)),
        (6, (200, 300), (100, 20)),
        (8, (200, 300), (100, 280)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_taken_sideways_stands_upright(
    kind: str, orientation: int, size: tuple[int, int], red_at: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation

    image = kept(written(flag(), kind, exif=exif))

    assert image.size == size
    assert is_about(image.getpixel(red_at), (255, 0, 0))
    opposite = (size[0] - 1 - red_at[0], size[1] - 1 - red_at[1])
    assert is_about(image.getpixel(opposite), (0, 0, 255))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_was_transparent_stays_transparent(mode: str) -> None:
    image = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    image.paste((90, 90, 90, 255), (150, 0, 300, 200))

    found = kept(written(image.convert(mode), "PNG"))

    assert found.mode == "RGBA"
    assert found.getpixel((20, 100))[3] == 0
    assert is_about(found.getpixel((280, 100)), (90, 90, 90, 255))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_nothing_moves(kind: str) -> None:
    moving = written(flag(), kind, save_all=True, append_images=[Image.new("RGB", (300, 200))])

    with pytest.raises(errors.ImageAnimated):
        draw_anew(BytesIO(moving))


def test_of_a_photograph_with_companions_the_photograph_is_kept() -> None:
    companions = [Image.new("RGB", (300, 200), "black")]

    image = kept(written(flag(), "MPO", save_all=True, append_images=companions))

    assert is_about(image.getpixel((20, 100)), (255, 0, 0))


def test_the_colours_are_those_its_profile_meant() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")

    image = kept(written(flag(), "PNG", icc_profile=swapped))

    assert is_about(image.getpixel((20, 100)), (0, 255, 0))


def test_a_profile_nobody_understands_is_no_reason_to_refuse() -> None:
    image = kept(written(flag(), "JPEG", icc_profile=b"no profile at all"))

    assert is_about(image.getpixel((20, 100)), (255, 0, 0))


@pytest.mark.parametrize("mode", ["L", "CMYK", "1", "I;16"])
def test_other_ways_to_write_colours_are_understood(mode: str) -> None:
    grey = Image.new(
        mode, (200, 200), {"1": 1, "I;16": 32_768, "CMYK": (0, 0, 0, 127)}.get(mode, 128)
    )

    found = kept(written(grey, "JPEG" if mode == "CMYK" else "PNG")).getpixel((50, 50))

    assert is_about(found, (255,) * 3 if mode == "1" else (128,) * 3)


@settings(max_examples=20, deadline=None)
@given(st.integers(100, 3_000), st.integers(100, 3_000))
def test_a_picture_keeps_its_shape_and_never_grows(width: int, height: int) -> None:
    found = kept(written(Image.new("L", (width, height)), "PNG"))

    shrunk = min(1.0, LONGEST_KEPT / max(width, height))
    assert max(found.size) == min(max(width, height), LONGEST_KEPT)
    assert abs(found.width - width * shrunk) <= 1
    assert abs(found.height - height * shrunk) <= 1


WHOLE = {
    kind: written(Image.effect_noise((120, 110), 60).convert("RGB"), kind, exif=Image.Exif())
    for kind in ("JPEG", "PNG", "WEBP")
}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_damage_is_refused_or_harmless_and_never_an_error_of_ours(kind: str, data: Any) -> None:
    content = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, min(len(content), 600) - 1))] = data.draw(
            st.integers(0, 255)
        )

    outcome = what_becomes_of(bytes(content))

    if isinstance(outcome, Picture):
        assert chunks(outcome.content) <= PIXELS_ONLY
        assert max(outcome.width, outcome.height) <= LONGEST_KEPT
    else:
        assert outcome.code.startswith("CORE-IMAGE-")
