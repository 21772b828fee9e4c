"""What the tables of the waitlist refuse by themselves (SPA-12, NA-15)."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from spa.models import (
    Appointment,
    WaitlistEntry,
    WaitlistOffer,
)
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local
from spa.tests.waitlist import (
    HOUR,
    hand_on,
    offer_of,
    the_only_start_is_taken,
    wait,
)


@pytest.fixture
def visit(book: Book) -> Appointment:
    """Monday at ten is taken."""
    return the_only_start_is_taken(book)


def test_na_15_the_database_knows_one_open_offer_and_no_time_twice(visit: Appointment) -> None:
    entry = wait()
    hand_on(visit)
    offer = offer_of(entry)

    def another(**changes: Any) -> None:
        values = {
            "entry": entry, "starts_at": local(8, 10), "ends_at": local(8, 11),
            "crew": {"claims": []}, "offered_at": NOW, "expires_at": NOW + HOUR,
        } | changes  # fmt: skip
        with transaction.atomic():
            WaitlistOffer.objects.create(**values)

    with pytest.raises(IntegrityError, match="spa_waitlistoffer_one_open"):
        another()
    WaitlistOffer.objects.filter(pk=offer.pk).update(status="declined", ended_at=NOW)
    with pytest.raises(IntegrityError, match="spa_waitlistoffer_never_twice"):
        another(starts_at=local(7, 10, 30), ends_at=local(7, 11, 30))
    another(starts_at=local(7, 11), ends_at=local(7, 12))


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("days_run_forward", {"date_to": date(2026, 12, 6)}),
        ("hours_run_forward", {"time_from": time(12), "time_to": time(11)}),
        ("one_to_four", {"party_size": 5}),
        ("one_to_four", {"party_size": 0}),
        ("status_known", {"status": "dreaming", "closed_at": NOW}),
        ("closed_says_when", {"status": "left"}),
        ("closed_says_when", {"closed_at": NOW}),
    ],
)
def test_the_database_refuses_entries_that_make_no_sense(
    visit: Appointment, constraint: str, changes: dict[str, Any]
) -> None:
    entry = wait()

    with pytest.raises(IntegrityError, match=f"spa_waitlistentry_{constraint}"):
        WaitlistEntry.objects.filter(pk=entry.pk).update(**changes)


def test_the_database_knows_in_which_order_services_are_waited_for(visit: Appointment) -> None:
    wanted = wait().wanted

    with pytest.raises(IntegrityError, match="spa_waitlistservice_in_order"):
        wanted.create(service=wanted.get().service, position=0)


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("ends_after_it_starts", {"ends_at": MONDAY_TEN}),
        ("expires_before_the_visit", {"expires_at": MONDAY_TEN + timedelta(seconds=1)}),
        ("expires_before_the_visit", {"expires_at": NOW}),
        ("status_known", {"status": "maybe", "ended_at": NOW}),
        ("ended_says_when", {"status": "declined"}),
        ("ended_says_when", {"ended_at": NOW}),
        ("accepted_is_a_visit", {"status": "accepted", "ended_at": NOW}),
    ],
)
def test_the_database_refuses_offers_that_make_no_sense(
    visit: Appointment, constraint: str, changes: dict[str, Any]
) -> None:
    entry = wait()
    hand_on(visit)

    with pytest.raises(IntegrityError, match=f"spa_waitlistoffer_{constraint}"):
        WaitlistOffer.objects.filter(entry=entry).update(**changes)
