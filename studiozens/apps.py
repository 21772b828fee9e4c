"""The composition root as a Django app: it owns commands that touch every app, and no table."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from studiozens.celery import app as celery


class StudioZensConfig(AppConfig):
    """StudioZens."""

    name = "studiozens"
    verbose_name = "StudioZens"
    # Every process that loads Django sends its nudges through this one.
    celery = celery

    def ready(self) -> None:
        """The groups come with the tables, once every app's permissions are there."""
        post_migrate.connect(_make_groups, sender=self)


def _make_groups(**_: Any) -> None:
    from studiozens.groups import ensure_groups

    ensure_groups()
