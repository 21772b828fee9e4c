"""Blocking time at the desk, from the list and on somebody's page."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from spa.models import Block, BlockOccurrence, Occupancy, StaffMember
from spa.tests.conftest import Book, coming
from spa.tests.test_desk_admin import desk, press, said  # noqa: F401

pytestmark = pytest.mark.django_db
LIST = "admin:spa_block_block"
TYPED = {
    "_form_submitted": "True",
    "kind": "maintenance",
    "begin": f"{coming(3, 10):%Y-%m-%dT%H:%M}",
    "end": f"{coming(3, 12):%Y-%m-%dT%H:%M}",
    "reason": "Calibración",
    "rule": "FREQ=DAILY;COUNT=2",
    "if_busy": "refuse",
}


@pytest.fixture
def typed(therapist: StaffMember) -> dict[str, str]:
    """Two mornings of the therapist."""
    return TYPED | {"resource": str(therapist.resource_id)}


def test_time_is_blocked_from_the_list_on_the_wall_clock_of_the_place_and_lifted(
    desk: Client,  # noqa: F811
    typed: dict[str, str],
    admin_user: Any,
) -> None:
    answer = desk.post(reverse(LIST), typed)

    block = Block.objects.get()
    assert said(answer) == ["Bloqueado: 2. Omitido: 0."]
    assert (block.starts_at, block.created_by_id) == (coming(3, 10), admin_user.pk)
    assert Occupancy.objects.count() == 2

    lifted = desk.get(reverse("admin:spa_block_lift", args=[block.pk]))

    assert lifted.headers["HX-Redirect"].endswith(f"/{block.pk}/change/")
    assert not Occupancy.objects.exists()


def test_what_is_busy_is_refused_or_left_out_as_the_desk_wants(
    desk: Client,  # noqa: F811
    typed: dict[str, str],
    certain: Book,
) -> None:
    certain(start=coming(4, 11), now=timezone.now())

    refused = desk.post(reverse(LIST), typed)
    assert "ya hay algo reservado" in said(refused)[-1]
    assert not Block.objects.exists()
    left_out = desk.post(reverse(LIST), typed | {"if_busy": "skip"})

    assert said(left_out)[-1] == "Bloqueado: 1. Omitido: 1."
    assert set(BlockOccurrence.objects.values_list("status", flat=True)) == {"taken", "refused"}


def test_somebodys_own_page_has_the_button_too(
    desk: Client,  # noqa: F811
    therapist: StaffMember,
) -> None:
    press(desk, therapist, "block", **TYPED)

    assert Block.objects.get().resource_id == therapist.resource_id
