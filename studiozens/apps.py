"""The composition root as a Django app: it owns commands that touch every app, and no table."""

from django.apps import AppConfig

from studiozens.celery import app as celery


class StudioZensConfig(AppConfig):
    """StudioZens."""

    name = "studiozens"
    verbose_name = "StudioZens"
    # Every process that loads Django sends its nudges through this one.
    celery = celery
