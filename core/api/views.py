"""Health and metrics."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET
from django_prometheus.exports import ExportToDjangoView

from core.api.exceptions import PROBLEM, problem
from core.crypto import constant_time_equal
from core.health import check_readiness
from core.queues import measure_queues


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """Every part the process needs answers; 503 says which does not."""
    checks = check_readiness()
    is_ready = all(check.is_healthy for check in checks)
    body = {
        "status": "ok" if is_ready else "unavailable",
        "checks": [
            {"name": c.name, "ok": c.is_healthy, "ms": c.milliseconds, "detail": c.detail}
            for c in checks
        ],
    }
    return JsonResponse(body, status=200 if is_ready else 503)


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics for whoever has the token (CORE-10)."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    if not constant_time_equal(request.headers.get("Authorization", ""), expected):
        body = problem(401, "CORE-NOT-AUTHENTICATED", "Falta el token de métricas.")
        return JsonResponse(body, status=401, content_type=PROBLEM)
    measure_queues()
    exported: HttpResponse = ExportToDjangoView(request)
    return exported
