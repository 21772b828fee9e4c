"""The studio's desk. Django imports this package; each module registers its own pages."""

from spa.admin import catalogue, rules, team, visits  # noqa: F401
