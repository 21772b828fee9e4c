"""Import-linter cannot see `ForeignKey("app.Model")`. This test can (house-style 4.6c)."""

from django.apps import apps
from django.db.models import ForeignKey

LAYERS = """core
users
legal
notifications
finances
profiles
spa
marketplace
clubs
analytics bot"""
FLOOR = {app: floor for floor, row in enumerate(LAYERS.splitlines()) for app in row.split()}


def ours() -> list[type]:
    return [model for model in apps.get_models() if model._meta.app_label in FLOOR]


def test_foreign_keys_point_down_and_hide_their_reverse() -> None:
    fields = [f for model in ours() for f in model._meta.local_fields if isinstance(f, ForeignKey)]
    fields += [f for model in ours() for f in model._meta.local_many_to_many]
    assert fields
    for field in fields:
        source, target = field.model._meta.app_label, field.remote_field.model._meta.app_label
        if target in FLOOR and target != source:
            assert FLOOR[target] < FLOOR[source], f"{field} points up, from {source} to {target}"
            assert field.remote_field.hidden, f'{field} needs related_name="+"'


def test_every_installed_app_of_ours_has_its_floor() -> None:
    labels = {
        config.label for config in apps.get_app_configs() if "site-packages" not in config.path
    }

    assert labels - {"studiozens", "testing"} <= set(FLOOR)  # the root and its tests hold no rows
