"""Pictures of the demonstration, drawn when it is loaded: no binary stands in the tree."""

from io import BytesIO

from PIL import Image, ImageDraw

from core.images import Picture, draw_anew

SIZE = (1200, 800)
DISC = (470, 190, 730, 450)


def draw_landscape(above: str, below: str, disc: str) -> Picture:
    """A sky that changes its colour towards the ground, and a sun or a moon in it."""
    depth = Image.linear_gradient("L").resize(SIZE)
    landscape = Image.composite(Image.new("RGB", SIZE, below), Image.new("RGB", SIZE, above), depth)
    ImageDraw.Draw(landscape).ellipse(DISC, fill=disc)
    upload = BytesIO()
    landscape.save(upload, "PNG")
    upload.seek(0)
    return draw_anew(upload)
