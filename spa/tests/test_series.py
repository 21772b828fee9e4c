"""Booking visits that repeat."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DomainError
from core.models import Location, OutboxMessage
from core.testing import deliver_outbox
from notifications.models import Notification
from spa import errors
from spa.domain.series import SeriesPayment
from spa.models import (
    Appointment,
    AppointmentItem,
    AppointmentSeries,
    AppointmentTransition,
    ClientRecord,
    Occupancy,
    Service,
    StaffMember,
)
from spa.models.appointments import Channel
from spa.selectors.desk import get_today
from spa.services.series import Mode
from spa.services.series_preview import Candidate, preview_series
from spa.steps.series_planning import SeriesOrder, conflicts_of
from spa.tests.conftest import BOGOTA, MONDAY_TEN, NOW, Book, Repeat, local, rule_that
from spa.tests.factories import LocationFactory, ServiceFactory, StaffFactory
from spa.tests.ledger import nothing_changes
from spa.tests.recurring import as_text, naive_days, rules
from spa.tests.series import pay_series, repeated, series_payment, statuses, visits_of
from spa.tests.studios import CLOCK_CHANGES
from users.tests.factories import UserFactory

WEEK = timedelta(weeks=1)


def test_a_series_holds_all_of_its_time_until_its_first_deposit_is_paid(
    repeat: Repeat, therapist: StaffMember, client_user: Any
) -> None:
    series = repeat(notes="Sin aceites").series

    visits = visits_of(series)
    assert [visit.starts_at for visit in visits] == [MONDAY_TEN + WEEK * n for n in range(4)]
    assert [visit.occurrence for visit in visits] == [v.starts_at.date() for v in visits]
    assert statuses(series) == ["pending_payment"] * 4
    assert {visit.channel for visit in visits} == {Channel.SERIES}
    assert {visit.staff_id for visit in visits} == {therapist.pk}
    assert {visit.notes for visit in visits} == {"Sin aceites"}
    ends = NOW + timedelta(minutes=20)
    assert {visit.hold_expires_at for visit in visits} == {ends}
    assert list(Occupancy.objects.values_list("hold_expires_at", flat=True)) == [ends] * 4
    assert AppointmentItem.objects.count() == AppointmentTransition.objects.count() == 4
    stored = AppointmentSeries.objects.get()
    assert (stored.status, stored.rule, stored.wall_time) == (
        "pending", "FREQ=WEEKLY;COUNT=4", time(10),
    )  # fmt: skip
    payment = series_payment(series)
    assert (payment.kind, payment.amount, payment.expires_at) == (
        "series", Decimal("48000.00"), ends,
    )  # fmt: skip
    # Nothing certain yet, so nobody is told anything.
    assert not OutboxMessage.objects.exists()


def test_all_of_it_is_held_until_the_first_visit_begins_and_no_longer(repeat: Repeat) -> None:
    rule_that(minimum_notice_minutes=5)

    series = repeat(now=MONDAY_TEN - timedelta(minutes=10)).series

    assert {visit.hold_expires_at for visit in visits_of(series)} == {MONDAY_TEN}
    assert series_payment(series).expires_at == MONDAY_TEN


def test_the_deposits_of_later_visits_wait_until_shortly_before_each(repeat: Repeat) -> None:
    visits = visits_of(repeat().series)

    untils = [visit.policy.get("deposit_until") for visit in visits]
    assert untils == [
        None,
        "2026-12-12T10:00:00-05:00",
        "2026-12-19T10:00:00-05:00",
        "2026-12-26T10:00:00-05:00",
    ]


def test_a_deposit_whose_own_time_would_be_over_is_due_with_the_first(repeat: Repeat) -> None:
    """Two days before the second visit are over before the first payment may be made."""
    series = repeat(rule="FREQ=DAILY;COUNT=4", now=MONDAY_TEN - timedelta(days=1)).series

    assert series_payment(series).amount == Decimal("96000.00")
    waits = ["deposit_until" in visit.policy for visit in visits_of(series)]
    assert waits == [False, False, True, True]


def test_in_advance_all_deposits_are_one_payment(repeat: Repeat) -> None:
    series = repeat(payment=SeriesPayment.ADVANCE).series

    assert series_payment(series).amount == Decimal("192000.00")
    assert not any("deposit_until" in visit.policy for visit in visits_of(series))


def test_with_nothing_to_pay_the_series_is_certain_at_once_and_told_once(
    repeat: Repeat, client_user: Any
) -> None:
    Service.objects.update(deposit_percent=0)

    series = repeat().series
    deliver_outbox()

    assert statuses(series) == ["confirmed"] * 4
    assert AppointmentSeries.objects.get().status == "active"
    assert not Occupancy.objects.exclude(hold_expires_at=None).exists()
    (told,) = Notification.objects.all()
    assert (told.person_id, told.template) == (client_user.pk, "series_booked")
    assert (told.facts["visits"], told.facts["terms"]) == ("4", "Todas están confirmadas.")


def test_visits_are_priced_as_of_now_for_whoever_they_are_for(repeat: Repeat) -> None:
    Service.objects.update(vip_price=Decimal("100000.00"))
    vip = UserFactory.create(role="vip")

    visits = visits_of(repeat(client_id=vip.pk).series)
    Service.objects.update(price=Decimal(1), vip_price=Decimal(1))

    assert {visit.total for visit in visits} == {Decimal("100000.00")}
    assert {visit.deposit for visit in visits} == {Decimal("40000.00")}


def test_a_vip_pays_the_discount_less_in_each_visit_of_a_series(repeat: Repeat) -> None:
    vip = UserFactory.create(role="vip")

    assert {visit.total for visit in visits_of(repeat(client_id=vip.pk).series)} == {102_000}


def test_staff_book_for_a_client_and_it_is_remembered_who_did(
    repeat: Repeat, client_user: Any, staff_user: Any
) -> None:
    series = repeat(booked_by=staff_user.pk).series

    assert {visit.booked_by_id for visit in visits_of(series)} == {staff_user.pk}
    assert (series.client_id, series.booked_by_id) == (client_user.pk, staff_user.pk)
    actors = AppointmentTransition.objects.values_list("actor_id", flat=True)
    assert set(actors) == {staff_user.pk}


def test_whom_somebody_asked_for_serves_their_next_series_too(
    repeat: Repeat, location: Location, client_user: Any
) -> None:
    """Also where others have less to do that day."""
    favourite = StaffFactory.create(location=location)

    repeat(staff_id=favourite.pk)
    again = repeat(start=MONDAY_TEN.replace(hour=14)).series

    assert ClientRecord.objects.get().preferred_staff_id == favourite.pk
    assert {visit.staff_id for visit in visits_of(again)} == {favourite.pk}
    order = SeriesOrder(client_user.pk, [Service.objects.get().pk], local(8, 10), again.rule)
    shown = preview_series(order=order, now=NOW).visits
    assert {visit.staff_id for visit in shown if isinstance(visit, Candidate)} == {favourite.pk}


def test_na_18_a_series_does_not_pass_the_guard_all_or_nothing(repeat: Repeat, book: Book) -> None:
    book(client_id=UserFactory.create().pk, start=MONDAY_TEN + WEEK)

    with nothing_changes(), pytest.raises(errors.SeriesConflicts) as refused:
        repeat()

    (conflict,) = refused.value.facts["conflicts"]
    assert (conflict["date"], conflict["code"]) == ("2026-12-14", "SPA-SLOT-TAKEN")
    assert conflict["start"] == "2026-12-14T10:00:00-05:00"
    assert conflict["detail"] == "Ese horario acaba de ocuparse. Elige otro."
    starts = [one["start"][11:16] for one in conflict["alternatives"]]
    assert starts == ["11:15", "11:30", "11:45"]


def test_na_18_the_free_days_are_booked_and_the_others_said_with_proposals(
    repeat: Repeat, book: Book
) -> None:
    book(client_id=UserFactory.create().pk, start=MONDAY_TEN)

    booked = repeat(mode=Mode.FREE)

    assert [v.starts_at for v in visits_of(booked.series)] == [
        MONDAY_TEN + WEEK * n for n in (1, 2, 3)
    ]
    (conflict,) = booked.conflicts
    assert (conflict["date"], conflict["code"]) == ("2026-12-07", "SPA-SLOT-TAKEN")
    assert len(conflict["alternatives"]) == 3
    # The first that is booked opens the series.
    assert series_payment(booked.series).amount == Decimal("48000.00")
    waits = ["deposit_until" in visit.policy for visit in visits_of(booked.series)]
    assert waits == [False, True, True]


def test_when_no_day_can_be_had_nothing_is_booked_in_either_mode(
    repeat: Repeat, therapist: StaffMember
) -> None:
    with nothing_changes():
        for mode in Mode:
            with pytest.raises(errors.SeriesConflicts) as refused:
                repeat(mode=mode, start=MONDAY_TEN.replace(hour=6))
            codes = {row["code"] for row in refused.value.facts["conflicts"]}
            assert codes == {"SPA-SLOT-NOT-OFFERED"}
            # It is closed at six; the first hour of the day is near.
            near = refused.value.facts["conflicts"][0]["alternatives"]
            assert [one["start"][11:16] for one in near] == ["09:00", "09:15", "09:30"]
        asked = {name: what for name, what in repeat.keywords.items() if name != "now"}
        order = SeriesOrder(**asked | {"start": MONDAY_TEN.replace(hour=6)})
        assert set(preview_series(order=order, now=NOW).due_now.values()) == {0}


def test_of_many_days_that_cannot_be_had_six_are_named_and_all_are_told() -> None:
    rows = [{"date": f"2026-12-{day:02}"} for day in range(1, 8)]

    refused = conflicts_of(rows)

    assert "2026-12-06, …." in refused.detail
    assert refused.facts["conflicts"] == rows


def test_a_series_goes_further_than_single_visits_but_not_for_ever(
    repeat: Repeat, book: Book
) -> None:
    far = MONDAY_TEN + timedelta(weeks=20)
    with pytest.raises(errors.SlotTooFar):
        book(start=far)

    booked = repeat(rule="FREQ=WEEKLY;COUNT=30", mode=Mode.FREE)

    assert len(visits_of(booked.series)) == 26
    assert {row["code"] for row in booked.conflicts} == {"SPA-SLOT-TOO-FAR"}
    assert [row["alternatives"] for row in booked.conflicts] == [[]] * 4


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"rule": "FREQ=YEARLY;COUNT=2"}, errors.RuleInvalid),
        ({"rule": "FREQ=WEEKLY"}, errors.RuleInvalid),
        ({"rule": "FREQ=WEEKLY;UNTIL=20261201"}, errors.RuleInvalid),
        ({"rule": "FREQ=DAILY;COUNT=53"}, errors.RuleTooLong),
        ({"start": MONDAY_TEN - timedelta(days=5)}, errors.SlotTooSoon),
        ({"start": MONDAY_TEN + timedelta(days=181)}, errors.SlotTooFar),
        ({"start": datetime.min.replace(tzinfo=BOGOTA)}, errors.SlotTooSoon),
        ({"start": datetime.max.replace(tzinfo=BOGOTA)}, errors.SlotTooFar),
    ],
)
def test_what_cannot_be_meant_is_refused_and_leaves_no_trace(
    repeat: Repeat, changes: dict[str, Any], error: type[DomainError]
) -> None:
    with nothing_changes(), pytest.raises(error):
        repeat(**changes)


def test_a_first_day_that_is_over_today_is_a_conflict_like_any_other(repeat: Repeat) -> None:
    booked = repeat(now=MONDAY_TEN + timedelta(hours=2), mode=Mode.FREE)

    assert [row["code"] for row in booked.conflicts] == ["SPA-SLOT-TOO-SOON"]
    assert len(visits_of(booked.series)) == 3


def test_a_series_counts_as_one_visit_ahead_and_as_one_booking(
    repeat: Repeat, book: Book, location: Location
) -> None:
    """Paid, held or in an hour: ten visits of a series are one thing."""
    StaffFactory.create_batch(3, location=location)
    Service.objects.update(deposit_percent=0)
    repeat(rule="FREQ=WEEKLY;COUNT=10")

    with nothing_changes(), pytest.raises(errors.ActiveLimitReached):
        book()
    with nothing_changes(), pytest.raises(errors.ActiveLimitReached):
        repeat(start=local(8, 10))
    rule_that(client_active_limit=2)
    assert book().appointment.status == "confirmed"


def test_a_held_series_is_one_open_hold(repeat: Repeat, book: Book) -> None:
    repeat(rule="FREQ=WEEKLY;COUNT=8")
    book(start=local(8, 10))
    book(start=local(9, 10))

    with nothing_changes(), pytest.raises(errors.OpenHoldsLimitReached):
        book(start=local(10, 10))


def test_a_series_is_one_booking_of_the_hour(repeat: Repeat, book: Book) -> None:
    rule_that(hourly_bookings_limit=2)
    repeat(rule="FREQ=WEEKLY;COUNT=8")
    book(start=local(8, 10))

    with nothing_changes(), pytest.raises(errors.HourlyLimitReached):
        book(start=local(9, 10))


@pytest.mark.parametrize(("name", "forward", "back"), CLOCK_CHANGES)
def test_na_17_visits_stay_at_their_time_on_the_wall_when_the_clocks_change(
    client_user: Any, db: None, name: str, forward: Any, back: Any
) -> None:
    zone = ZoneInfo(name)
    location = LocationFactory.create(timezone=name, hours=(time(8), time(20)))
    service = ServiceFactory.create(locations=[location], deposit_percent=0)
    StaffFactory.create(location=location)
    rule_that(client_active_limit=10)

    for change in (forward, back):
        first = datetime.combine(change - timedelta(days=2), time(10), tzinfo=zone)
        booked = repeated(
            client_id=client_user.pk,
            service_ids=[service.pk],
            location_id=location.pk,
            start=first,
            rule="FREQ=DAILY;COUNT=5",
            now=first.astimezone(UTC) - timedelta(days=3),
        )
        shown = [visit.starts_at.astimezone(zone) for visit in visits_of(booked.series)]
        assert [moment.time() for moment in shown] == [time(10)] * 5
        assert len({moment.utcoffset() for moment in shown}) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(parts=rules(), count=st.integers(1, 12), hour=st.integers(9, 16))
def test_every_booked_visit_is_a_day_of_the_rule_at_the_asked_time(
    repeat: Repeat, parts: dict[str, str], count: int, hour: int
) -> None:
    """And each day of the rule is either booked or said to be a conflict."""
    Appointment.objects.all().delete()
    Occupancy.objects.all().delete()
    rule_that(series_horizon_days=365, client_active_limit=100, hourly_bookings_limit=1000,
              open_holds_limit=100)  # fmt: skip
    start = MONDAY_TEN.replace(hour=hour)
    expected = naive_days(parts, start.date())[:count]

    try:
        booked = repeat(start=start, rule=as_text(parts | {"COUNT": str(count)}), mode=Mode.FREE)
    except (errors.RuleTooLong, errors.SeriesConflicts):
        return

    visits = visits_of(booked.series)
    wall = [visit.starts_at.astimezone(BOGOTA) for visit in visits]
    assert {moment.time() for moment in wall} == {time(hour)}
    assert [moment.date() for moment in wall] == [visit.occurrence for visit in visits]
    failed = [row["date"] for row in booked.conflicts]
    assert sorted([f"{v.occurrence}" for v in visits] + failed) == [f"{day}" for day in expected]


def test_the_desk_counts_holds_that_are_being_paid_not_deposits_of_months_to_come(
    repeat: Repeat,
) -> None:
    booked = repeat()
    assert get_today(now=NOW, zone=BOGOTA).held == 4

    pay_series(booked, now=NOW)

    assert get_today(now=NOW, zone=BOGOTA).held == 0


def test_a_visit_says_which_series_it_belongs_to(
    api: Any, client_user: Any, repeat: Repeat
) -> None:
    series = repeat().series

    page = api.as_(client_user).get("/api/v1/appointments").json()

    assert {row["series"] for row in page["results"]} == {str(series.pk)}


@pytest.mark.parametrize(
    ("what", "changes", "constraint"),
    [
        (AppointmentSeries, {"status": "active"}, "spa_appointmentseries_active_says_since_when"),
        (AppointmentSeries, {"status": "cancelled"}, "spa_appointmentseries_cancelled_says_when"),
        (AppointmentSeries, {"status": "paused"}, "spa_appointmentseries_status_known"),
        (AppointmentSeries, {"payment": "never"}, "spa_appointmentseries_payment_known"),
        (Appointment, {"occurrence": MONDAY_TEN.date()}, "spa_appointment_series_day_once"),
        (Appointment, {"occurrence": None}, "spa_appointment_series_has_days"),
        (Appointment, {"series": None}, "spa_appointment_series_has_days"),
    ],
)
def test_postgresql_has_the_last_word(
    repeat: Repeat, what: Any, changes: dict[str, Any], constraint: str
) -> None:
    repeat()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        what.objects.update(**changes)
