"""Is the house standing, and who may look at its figures (CORE-09, CORE-10)."""

from typing import Any

import pytest
from django.utils import timezone

from core.models import OutboxMessage
from core.tasks import heartbeat

pytestmark = pytest.mark.django_db


def ready(api: Any) -> tuple[int, dict[str, dict[str, Any]]]:
    answer = api.get("/health/ready")
    return answer.status_code, {check["name"]: check for check in answer.json()["checks"]}


def test_a_process_that_answers_is_alive(api: Any, no_cache_server: None) -> None:
    assert api.get("/health/live").json() == {"status": "ok"}


def test_with_every_part_well_it_is_ready(api: Any) -> None:
    heartbeat()

    status, checks = ready(api)

    assert status == 200, checks
    assert set(checks) == {"database", "migrations", "cache", "broker", "worker"}
    assert all(check["ok"] and check["ms"] >= 0 for check in checks.values())


def test_without_a_worker_it_is_not_ready_and_says_so(api: Any) -> None:
    status, checks = ready(api)

    assert status == 503
    assert checks["worker"]["detail"] == "no heartbeat"
    assert [name for name, check in checks.items() if not check["ok"]] == ["worker"]


def test_without_the_cache_it_is_not_ready_and_tells_no_address(
    api: Any, no_cache_server: None
) -> None:
    status, checks = ready(api)

    assert status == 503
    assert not checks["cache"]["ok"]
    assert checks["database"]["ok"]
    assert "127.0.0.1" not in str(checks)


def test_figures_are_for_whoever_has_the_token(api: Any, settings: Any) -> None:
    for claim in ("", "Bearer ", "Bearer wrong", settings.METRICS_TOKEN):
        answer = api.get("/metrics", headers={"Authorization": claim})
        assert (answer.status_code, answer.json()["code"]) == (401, "CORE-NOT-AUTHENTICATED")


def test_figures_tell_how_much_work_waits(api: Any, settings: Any) -> None:
    for number, status in enumerate(["PENDING", "PENDING", "DEAD", "DONE"]):
        OutboxMessage.objects.create(
            event_id=f"01890a5d-ac96-774b-bcce-b302099a805{number}",
            topic="t",
            subscriber="s",
            aggregate="a",
            payload={},
            status=status,
            due_at=timezone.now(),
        )

    answer = api.get("/metrics", headers={"Authorization": f"Bearer {settings.METRICS_TOKEN}"})

    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'studiozens_queue_depth{queue="outbox"} 2.0' in text
    assert 'studiozens_dead_letters{queue="outbox"} 1.0' in text
    assert 'studiozens_queue_depth{queue="inbox"} 0.0' in text
