"""The studio's desk. Django imports this package; each module registers its own pages."""

from spa.admin import blocks, catalogue, classes, loyalty, packages, rules, team, visits, waitlist  # noqa: F401
