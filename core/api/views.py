"""Health and metrics."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET
from django_prometheus.exports import ExportToDjangoView

from core.api.exceptions import PROBLEM, problem
from core.crypto import constant_time_equal
from core.health import check_providers, check_readiness
from core.queues import measure_queues


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """Every part a process needs answers; 503 says which does not. `?providers=1` asks them too."""
    checks = check_readiness()
    if request.GET.get("providers") == "1":
        checks += check_providers()
    is_ready = all(check.is_healthy for check in checks if check.is_required)
    body = {
        "status": "ok" if is_ready else "unavailable",
        "checks": [
            {
                "name": c.name,
                "ok": c.is_healthy,
                "required": c.is_required,
                "ms": c.milliseconds,
                "detail": c.detail,
            }
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
