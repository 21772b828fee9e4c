"""What the studio does about facts; each module subscribes when the app starts."""

from spa.subscribers import classes, loyalty, messages, packages, reminders, series  # noqa: F401
