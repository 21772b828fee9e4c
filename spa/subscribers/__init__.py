"""What the studio does about facts; each module subscribes when the app starts."""

from spa.subscribers import classes, messages, packages, reminders, series  # noqa: F401
