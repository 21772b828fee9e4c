"""Cancelling a series: each visit by its own terms, told of once (SPA-20, SPA-10, NA-13)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from core.errors import DomainError
from core.testing import deliver_outbox, race
from finances.selectors.ledger import get_credit, verify
from notifications.models import Notification
from spa import errors
from spa.domain.series import Scope, SeriesPayment
from spa.models import Appointment, AppointmentSeries, AppointmentTransition, Occupancy, Strike
from spa.services.cancellation import cancel_appointment
from spa.services.series_cancellation import CancelledVisits, cancel_series
from spa.steps.cancelling import Cancelling
from spa.steps.series import Held
from spa.steps.strikes import cancel_ahead
from spa.tests.conftest import MONDAY_TEN, NOW, Repeat
from spa.tests.ledger import nothing_changes
from spa.tests.series import pay_series, series_payment, statuses, visits_of
from users.steps.locks import lock_person
from users.tests.factories import UserFactory

Cancel = partial[CancelledVisits]


@pytest.fixture
def series(repeat: Repeat) -> AppointmentSeries:
    """Four Mondays at ten, all deposits paid in advance."""
    return pay_series(repeat(payment=SeriesPayment.ADVANCE), now=NOW).series


@pytest.fixture
def cancel(series: AppointmentSeries, client_user: Any) -> Cancel:
    """All of it, by its client, three days before the first."""
    return partial(
        cancel_series,
        series_id=series.pk,
        client_id=client_user.pk,
        scope=Scope.ALL,
        named=None,
        why=Cancelling(client_user.pk, by_staff=False),
        now=NOW,
    )


def told() -> list[str]:
    """Which messages clients got since the series was booked."""
    deliver_outbox()
    templates = Notification.objects.order_by("pk").values_list("template", flat=True)
    return [template for template in templates if template != "series_booked"]


def credit_of(series: AppointmentSeries) -> Decimal:
    """What the series' client has as credit."""
    return get_credit(client_id=series.client_id, currency="COP")


def test_all_of_it_goes_and_far_visits_cost_nothing(
    cancel: Cancel, series: AppointmentSeries
) -> None:
    cancel()

    series.refresh_from_db()
    assert (series.status, series.cancelled_at) == ("cancelled", NOW)
    assert statuses(series) == ["cancelled"] * 4
    assert not Occupancy.objects.exists()
    assert not Strike.objects.exists()
    assert credit_of(series) == Decimal("192000.00")
    assert told() == ["series_cancelled"]
    (message,) = Notification.objects.filter(template="series_cancelled")
    assert (message.facts["visits"], message.facts["amount"]) == ("4", "192000.00")
    assert all(finding.is_explained for finding in verify())


def test_it_and_the_following_ones_go_the_others_stay(
    cancel: Cancel, series: AppointmentSeries
) -> None:
    cancel(scope=Scope.FOLLOWING, named=visits_of(series)[2].occurrence)

    series.refresh_from_db()
    assert (series.status, statuses(series)) == (
        "active", ["confirmed", "confirmed", "cancelled", "cancelled"],
    )  # fmt: skip
    assert Occupancy.objects.count() == 2
    assert credit_of(series) == Decimal("96000.00")


def test_one_goes_and_is_told_as_any_visit(cancel: Cancel, series: AppointmentSeries) -> None:
    cancel(scope=Scope.ONE, named=visits_of(series)[1].occurrence)

    assert statuses(series) == ["confirmed", "cancelled", "confirmed", "confirmed"]
    assert len(told()) == 1
    assert "series_cancelled" not in told()


def test_only_the_late_one_is_a_strike(cancel: Cancel, series: AppointmentSeries) -> None:
    """Its deposit is lost by its terms; those of the others come back."""
    cancel(now=MONDAY_TEN - timedelta(hours=3))

    assert list(Strike.objects.values_list("appointment_id", flat=True)) == [
        visits_of(series)[0].pk
    ]
    assert credit_of(series) == Decimal("144000.00")
    assert told().count("series_cancelled") == 1


def test_staff_waive_the_terms_for_a_reason(
    cancel: Cancel, series: AppointmentSeries, staff_user: Any
) -> None:
    late = partial(cancel, client_id=None, now=MONDAY_TEN - timedelta(hours=3))
    with nothing_changes(), pytest.raises(errors.ReasonMissing):
        late(why=Cancelling(staff_user.pk, True, is_waived=True))

    late(why=Cancelling(staff_user.pk, True, is_waived=True, reason="Cierre del estudio"))

    assert not Strike.objects.exists()
    assert credit_of(series) == Decimal("192000.00")


def test_who_is_banned_loses_the_series_and_hears_of_it_once(series: AppointmentSeries) -> None:
    with transaction.atomic():
        lock_person(person_id=series.client_id)
        assert cancel_ahead(client_id=series.client_id, actor_id=None, now=NOW) == 4

    series.refresh_from_db()
    assert (series.status, told()) == ("cancelled", ["series_cancelled"])


def test_an_unpaid_series_is_given_up_and_its_checkout_closed(
    repeat: Repeat, client_user: Any
) -> None:
    series = repeat().series

    cancel_series(
        series_id=series.pk,
        client_id=client_user.pk,
        scope=Scope.ALL,
        named=None,
        why=Cancelling(client_user.pk, by_staff=False),
        now=NOW,
    )

    series.refresh_from_db()
    assert (series.status, series_payment(series).status) == ("cancelled", "expired")
    assert not Occupancy.objects.exists()


def test_what_has_been_is_not_undone(cancel: Cancel, series: AppointmentSeries) -> None:
    first = visits_of(series)[0]
    Appointment.objects.filter(pk=first.pk).update(status="completed", completed_at=MONDAY_TEN)

    cancel(now=MONDAY_TEN + timedelta(hours=2))

    series.refresh_from_db()
    assert (series.status, statuses(series)) == ("cancelled", ["completed", *["cancelled"] * 3])


def test_a_visit_that_goes_on_keeps_no_series_open(
    cancel: Cancel, series: AppointmentSeries
) -> None:
    cancel(now=MONDAY_TEN + timedelta(minutes=30))

    series.refresh_from_db()
    assert (series.status, statuses(series)) == ("cancelled", ["confirmed", *["cancelled"] * 3])


def test_a_visit_cancelled_by_itself_is_the_series_too(
    cancel: Cancel, series: AppointmentSeries, client_user: Any
) -> None:
    """The last one that is left takes the series with it, whichever way it goes."""
    last = visits_of(series)[3]
    for visit in visits_of(series)[:3]:
        cancel(scope=Scope.ONE, named=visit.occurrence)
    series.refresh_from_db()
    assert series.status == "active"

    cancel_appointment(
        appointment_id=last.pk,
        client_id=client_user.pk,
        why=Cancelling(client_user.pk, by_staff=False),
        now=NOW,
    )

    series.refresh_from_db()
    assert series.status == "cancelled"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": Scope.ONE, "named": NOW.date()}, errors.OccurrenceNotFound),
        ({"now": MONDAY_TEN + timedelta(weeks=9)}, errors.SeriesOver),
    ],
)
def test_what_cannot_be_cancelled_is_refused_and_stays(
    cancel: Cancel, changes: dict[str, Any], error: type[DomainError]
) -> None:
    with nothing_changes(), pytest.raises(error):
        cancel(**changes)


def test_what_has_begun_is_cancelled_by_the_desk_only_and_once(
    cancel: Cancel, series: AppointmentSeries, staff_user: Any
) -> None:
    begun = partial(cancel, scope=Scope.ONE, named=MONDAY_TEN.date(), now=MONDAY_TEN)

    with nothing_changes(), pytest.raises(errors.VisitBegun):
        begun()
    begun(client_id=None, why=Cancelling(staff_user.pk, by_staff=True))
    with nothing_changes(), pytest.raises(errors.TransitionRefused):
        begun()

    assert statuses(series) == ["cancelled", *["confirmed"] * 3]


def test_somebody_elses_series_is_none(cancel: Cancel) -> None:
    with nothing_changes(), pytest.raises(errors.SeriesNotFound):
        cancel(client_id=UserFactory.create().pk)


def test_na_13_cancelling_twice_gives_nothing_twice(
    cancel: Cancel, series: AppointmentSeries
) -> None:
    named = visits_of(series)[0].occurrence
    cancel(scope=Scope.ONE, named=named)
    with nothing_changes(), pytest.raises(errors.TransitionRefused):
        cancel(scope=Scope.ONE, named=named)
    cancel()
    with nothing_changes(), pytest.raises(errors.SeriesOver):
        cancel()

    assert credit_of(series) == Decimal("192000.00")


def six_at_once(cancel: Cancel, series: AppointmentSeries) -> list[Any]:
    """Three calls to cancel all of it, and three that leave out the first."""
    following = partial(cancel, scope=Scope.FOLLOWING, named=visits_of(series)[1].occurrence)
    return race([cancel, following, cancel, following, cancel, following])


@pytest.mark.django_db(transaction=True)
def test_na_13_cancelling_in_parallel_gives_credit_once(
    cancel: Cancel, series: AppointmentSeries
) -> None:
    outcomes = six_at_once(cancel, series)

    won = [outcome for outcome in outcomes if isinstance(outcome, CancelledVisits)]
    assert sum(len(outcome.cancelled) for outcome in won) == 4
    assert all(isinstance(o, errors.SeriesOver | CancelledVisits) for o in outcomes), outcomes
    assert credit_of(series) == Decimal("192000.00")
    assert all(finding.is_explained for finding in verify())


@pytest.mark.django_db(transaction=True)
def test_na_13_control_without_the_lock_visits_are_cancelled_twice(
    cancel: Cancel, series: AppointmentSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger alone still pays once."""
    monkeypatch.setattr("spa.services.series_cancellation.lock_series", read_without_lock)

    six_at_once(cancel, series)

    steps = AppointmentTransition.objects.filter(to_status="cancelled")
    assert steps.count() > 4


def read_without_lock(**asked: Any) -> Held:
    """The series as it is at this moment, for whoever asks at this moment."""
    series = AppointmentSeries.objects.select_related("location").get(pk=asked["series_id"])
    visits = Appointment.objects.filter(series=series).select_related("location")
    return Held(series, list(visits.order_by("occurrence")))
