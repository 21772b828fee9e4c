"""What the project is made of, its language and its files."""

from whitenoise.compress import Compressor

from studiozens.settings.env import BASE_DIR as BASE_DIR
from studiozens.settings.env import DATA_DIR, env

ENVIRONMENT = env.name
# Where the demonstration's clock is kept; empty where time is only ever real.
TEST_CLOCK = env.text("TEST_CLOCK", default=str(DATA_DIR / "clock") if env.is_development else "")
if TEST_CLOCK and env.is_production:
    env.problems.append("TEST_CLOCK is for demonstrations: production has real time only")
DEBUG = env.flag("DEBUG", default=False)
ROOT_URLCONF = "studiozens.urls"
WSGI_APPLICATION = "studiozens.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "users.User"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "csp",
    "django_prometheus",
    "simple_history",
    "django_celery_beat",
    "core",
    "users",
    "notifications",
    "finances",
    "spa",
    "studiozens",
]

MIDDLEWARE = [
    "core.middleware.RequestContextMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "studiozens" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# `es` is the source of user text: msgids are Spanish, other languages are translations.
LANGUAGE_CODE = "es-co"
LANGUAGES = [("es", "Español"), ("es-co", "Español (Colombia)")]
LOCALE_PATHS = [BASE_DIR / "studiozens" / "locale"]
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", default="America/Bogota")
DEFAULT_CURRENCY = env.text("DEFAULT_CURRENCY", default="COP")
DEFAULT_REGION = env.text("DEFAULT_REGION", default="CO")
APPEND_SLASH = False

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".data" / "static"
# Compressing is most of a first start: once per file, and never what only a debugger asks for.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
PUBLIC_BASE_URL = env.text("PUBLIC_BASE_URL", default="http://127.0.0.1:8000", required=True)

# What people upload. Outside production the web server hands it out itself (urls.py).
MEDIA_ROOT = env.text("MEDIA_ROOT", default=str(DATA_DIR / "media"), required=True)
MEDIA_URL = env.text("MEDIA_URL", default=f"{PUBLIC_BASE_URL.rstrip('/')}/media/")
