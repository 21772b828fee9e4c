"""What the studio does about facts; each module subscribes when the app starts."""

from spa.subscribers import (  # noqa: F401
    classes,
    loyalty,
    messages,
    packages,
    reminders,
    series,
    visits,
    waitlist,
)
