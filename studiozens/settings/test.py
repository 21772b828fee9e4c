"""What tests change: cheap hashing, plain static files, quiet logs. Rules stay as they are."""

from studiozens.settings.base import INSTALLED_APPS as INSTALLED

INSTALLED_APPS = ["studiozens.testing", *INSTALLED]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Each test client builds the middleware anew; it must not read every static file each time.
WHITENOISE_AUTOREFRESH = True
