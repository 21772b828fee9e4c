"""Places of tests: finances knows them by core's table only."""

from core.models import Location


def make_place(name: str = "Chicó", **more: str) -> Location:
    """A place in Bogotá."""
    defaults = {
        "slug": name.lower().replace(" ", "-"),
        "address": "Carrera 11 # 93-20",
        "city": "Bogotá",
        "tax_id": "900123456-8",
    }
    return Location.objects.create(name=name, **{**defaults, **more})
