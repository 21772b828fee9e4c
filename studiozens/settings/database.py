"""PostgreSQL, and the Redis-protocol server that only makes things fast."""

import dj_database_url

from studiozens.settings.env import DATA_DIR, env

_SESSION = {
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
    "statement_timeout": "30s",
}

DATABASE_URL = env.text(
    "DATABASE_URL",
    default=f"postgresql://postgres@/studiozens?host={DATA_DIR / 'postgres'}",
    required=True,
)
# A thread of the web server keeps its connection. Celery closes its own around every task, and a
# new one costs PostgreSQL more than most tasks do: the worker's go back to a pool instead.
_POOL = env.number("DATABASE_POOL", default=0)
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=0 if _POOL else None)}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
_OPTIONS = DATABASES["default"].setdefault("OPTIONS", {})
_OPTIONS["options"] = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
if _POOL:
    _OPTIONS["pool"] = {"min_size": 1, "max_size": _POOL}

REDIS_URL = env.text("REDIS_URL", default="redis://127.0.0.1:6379/0", required=True)
# A server that is down must be noticed at once: everything it holds can be had elsewhere.
_PATIENCE = {"SOCKET_CONNECT_TIMEOUT": 0.5, "SOCKET_TIMEOUT": 0.5}
CACHES = {
    # Copies of rows: while the server is away every read is a miss.
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "studiozens",
        "OPTIONS": {**_PATIENCE, "IGNORE_EXCEPTIONS": True},
    },
    # Counters and marks: who uses them must know that the server is away.
    "counters": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "studiozens",
        "OPTIONS": _PATIENCE,
    },
}
