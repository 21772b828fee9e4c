"""Keys, password rules, headers. `check --deploy` is clean in production mode (CORE-16)."""

from datetime import timedelta
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from studiozens.settings.base import MEDIA_URL
from studiozens.settings.env import env

SECRET_KEY = env.secret("SECRET_KEY")
JWT_SIGNING_KEY = env.secret("JWT_SIGNING_KEY")
# Newest first: the first encrypts, all decrypt (CORE-12).
FIELD_ENCRYPTION_KEYS = env.items("FIELD_ENCRYPTION_KEYS") or [env.secret("FIELD_ENCRYPTION_KEY")]
BLIND_INDEX_KEY = env.secret("BLIND_INDEX_KEY")
METRICS_TOKEN = env.secret("METRICS_TOKEN")

ALLOWED_HOSTS = env.items(
    "ALLOWED_HOSTS", default="" if env.is_production else "127.0.0.1,localhost,testserver,[::1]"
)
if not ALLOWED_HOSTS:
    env.problems.append("ALLOWED_HOSTS is required in production")
# How many proxies of ours stand before the web server; 0 means X-Forwarded-For is not believed.
TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", default=0)

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTHENTICATION_BACKENDS = ["users.backends.PersonBackend"]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["phone", "email", "first_name", "last_name"]},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]

ACCESS_TOKEN_LIFETIME = timedelta(minutes=env.number("ACCESS_TOKEN_MINUTES", default=15))
REFRESH_TOKEN_LIFETIME = timedelta(days=env.number("REFRESH_TOKEN_DAYS", default=7))
SIMPLE_JWT = {
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ALGORITHM": "HS256",
    "ACCESS_TOKEN_LIFETIME": ACCESS_TOKEN_LIFETIME,
    "REFRESH_TOKEN_LIFETIME": REFRESH_TOKEN_LIFETIME,
    "ISSUER": "studiozens",
    "UPDATE_LAST_LOGIN": False,
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.is_production
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = env.is_production
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31_536_000 if env.is_production else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.is_production
if env.number("TRUSTED_PROXY_COUNT", default=0):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = env.items("CSRF_TRUSTED_ORIGINS")

CORS_ALLOWED_ORIGINS = env.items("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/api/.*$"
CORS_EXPOSE_HEADERS = ["X-Request-ID", "Idempotency-Replayed", "Retry-After", "RateLimit", "ETag"]
CORS_ALLOW_HEADERS = ("accept", "authorization", "content-type", "idempotency-key", "x-request-id")

# Where uploaded pictures come from, when that is not here (a CDN).
_MEDIA = urlsplit(MEDIA_URL)
MEDIA_ORIGIN = [f"{_MEDIA.scheme}://{_MEDIA.netloc}"] if _MEDIA.netloc else []

CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/static/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        # The admin's Alpine.js evaluates expressions; scripts still come from us alone.
        "script-src": [SELF, NONCE, "'unsafe-eval'"],
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", *MEDIA_ORIGIN],
        "worker-src": [SELF, "blob:"],
        "font-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}
