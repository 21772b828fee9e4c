"""The composition root: settings, URLs, Celery, the development stack. Nothing imports it."""
