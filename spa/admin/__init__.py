"""The studio's desk. Django imports this package; each module registers its own pages."""

from spa.admin import (  # noqa: F401
    blocks,
    catalogue,
    class_sessions,
    classes,
    loyalty,
    packages,
    rules,
    series,
    strikes,
    team,
    visits,
    waitlist,
)
