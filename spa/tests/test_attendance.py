"""The desk: coming, being served, not coming, and taking back what was pressed (SPA-06, SPA-10)."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from core.testing import race, rounds
from spa import errors
from spa.events import AppointmentCompleted, AppointmentNoShow
from spa.models import Appointment, AppointmentTransition, Occupancy, Strike
from spa.selectors.attendance import list_overdue
from spa.services.attendance import (
    check_in,
    check_in_by_code,
    complete,
    mark_no_show,
    undo_check_in,
)
from spa.services.no_shows import note_no_show
from spa.tasks import note_no_shows as note_no_shows_task
from spa.tests.conftest import MONDAY_TEN, NOW, Book, rule_that
from spa.tests.ledger import nothing_changes
from spa.tests.test_cancellation import read_without_lock
from spa.tests.visits import (
    AFTER,
    audited,
    books,
    cancel,
    certain,
    certain_visits,
    history,
    is_banned,
    strikes_of,
    told,
)
from users.models import User
from users.tests.factories import UserFactory

SOON = MONDAY_TEN - timedelta(minutes=10)
SERVED = MONDAY_TEN + timedelta(hours=1)


def note_no_shows(*, now: datetime) -> int:
    """What the task does, at a moment of the test's own."""
    return sum(note_no_show(appointment_id=pk, now=now) for pk in list_overdue(now=now))


@pytest.fixture
def desk(db: None) -> User:
    """Who presses the buttons."""
    return UserFactory.create(staff=True)


def test_a_visit_is_checked_in_and_completed_and_its_money_is_earned(
    book: Book, desk: User
) -> None:
    visit = certain(book)

    check_in(appointment_id=visit.pk, actor_id=desk.pk, now=SOON)
    complete(appointment_id=visit.pk, actor_id=desk.pk, now=SERVED)

    visit.refresh_from_db()
    assert (visit.status, visit.checked_in_at, visit.completed_at) == ("completed", SOON, SERVED)
    assert history(visit)[-2:] == [
        ("confirmed", "checked_in", ""),
        ("checked_in", "completed", ""),
    ]
    actors = AppointmentTransition.objects.order_by("-pk").values_list("actor_id", flat=True)[:2]
    assert set(actors) == {desk.pk}
    assert books() == {"gateway_clearing": 48_000, "revenue_services": 48_000}
    (event,) = told(AppointmentCompleted.topic)
    assert event["outstanding"] == "72000.00"


def test_who_was_never_checked_in_can_be_completed_all_the_same(book: Book, desk: User) -> None:
    visit = certain(book)

    complete(appointment_id=visit.pk, actor_id=desk.pk, now=SERVED)

    assert history(visit)[-1] == ("confirmed", "completed", "")
    assert books() == {"gateway_clearing": 48_000, "revenue_services": 48_000}


@pytest.mark.parametrize("written", ["{0}", " {0} ", "{1}"])
def test_a_client_checks_in_by_the_code_however_it_is_written(
    book: Book, desk: User, written: str
) -> None:
    visit = certain(book)
    code = visit.check_in_code
    spaced = f"{code[:3]}-{code[3:]}".lower()

    check_in_by_code(code=written.format(code, spaced), actor_id=desk.pk, now=SOON)

    visit.refresh_from_db()
    assert visit.status == "checked_in"


@pytest.mark.parametrize("status", ["completed", "cancelled", "no_show", "expired"])
def test_a_code_of_a_visit_that_is_over_serves_nothing(book: Book, desk: User, status: str) -> None:
    visit = certain(book)
    Appointment.objects.update(status=status, completed_at=NOW, cancelled_at=NOW)

    with pytest.raises(errors.AppointmentNotFound), nothing_changes():
        check_in_by_code(code=visit.check_in_code, actor_id=desk.pk, now=SOON)


def test_no_code_finds_no_visit(book: Book, desk: User) -> None:
    visit = certain(book)
    Appointment.objects.filter(pk=visit.pk).update(check_in_code="")

    for code in ("", "      ", "AAAAAA"):
        with pytest.raises(errors.AppointmentNotFound), nothing_changes():
            check_in_by_code(code=code, actor_id=desk.pk, now=SOON)


@pytest.mark.parametrize("act", [check_in, complete])
def test_a_visit_of_another_day_is_not_the_one_that_is_meant(
    book: Book, desk: User, act: Any
) -> None:
    visit = certain(book)
    asked = {"appointment_id": visit.pk, "actor_id": desk.pk}

    with pytest.raises(errors.VisitOnAnotherDay) as refused, nothing_changes():
        act(**asked, now=visit.starts_at - timedelta(hours=12, microseconds=1))

    assert refused.value.facts == {"day": "2026-12-07"}
    act(**asked, now=visit.starts_at - timedelta(hours=12))
    visit.refresh_from_db()
    assert visit.status != "confirmed"


@pytest.mark.parametrize("act", [check_in, complete, mark_no_show, undo_check_in])
def test_an_unpaid_visit_is_neither_served_nor_missed(book: Book, desk: User, act: Any) -> None:
    visit = book().appointment

    with pytest.raises(errors.TransitionRefused), nothing_changes():
        act(appointment_id=visit.pk, actor_id=desk.pk, now=AFTER)


def test_the_desk_takes_a_check_in_back(book: Book, desk: User) -> None:
    visit = certain(book)
    check_in(appointment_id=visit.pk, actor_id=desk.pk, now=SOON)

    undo_check_in(appointment_id=visit.pk, actor_id=desk.pk, reason="era otra Ana", now=SOON)

    visit.refresh_from_db()
    assert (visit.status, visit.checked_in_at) == ("confirmed", None)
    assert history(visit)[-1] == ("checked_in", "confirmed", "era otra Ana")


@pytest.mark.parametrize("status", ["expired", "pending_payment", "no_show"])
def test_taking_a_check_in_back_is_no_way_to_confirm_something_else(
    book: Book, desk: User, status: str
) -> None:
    visit = book().appointment
    Appointment.objects.update(status=status)

    with pytest.raises(errors.TransitionRefused), nothing_changes():
        undo_check_in(appointment_id=visit.pk, actor_id=desk.pk, now=NOW)


def test_not_coming_is_decided_by_the_frozen_terms_and_is_a_strike(book: Book, desk: User) -> None:
    rule_that(no_show_credit_percent=50)
    visit = certain(book)
    rule_that(no_show_credit_percent=0)

    mark_no_show(appointment_id=visit.pk, actor_id=desk.pk, now=AFTER)

    visit.refresh_from_db()
    assert visit.status == "no_show"
    assert books() == {
        "gateway_clearing": 48_000, "client_credit": 24_000, "revenue_forfeited": 24_000,
    }  # fmt: skip
    assert strikes_of(visit.client_id) == [("no_show", False)]
    (event,) = told(AppointmentNoShow.topic)
    assert event["credit"] == "24000.00"


def test_nobody_has_missed_what_has_not_begun(book: Book, desk: User) -> None:
    visit = certain(book)

    with pytest.raises(errors.VisitNotBegun), nothing_changes():
        mark_no_show(appointment_id=visit.pk, actor_id=desk.pk, now=SOON)


def test_to_say_that_somebody_who_came_did_not_takes_a_reason(book: Book, desk: User) -> None:
    visit = certain(book)
    check_in(appointment_id=visit.pk, actor_id=desk.pk, now=SOON)
    miss = partial(mark_no_show, appointment_id=visit.pk, actor_id=desk.pk, now=AFTER)

    with pytest.raises(errors.ReasonMissing), nothing_changes():
        miss()
    miss(reason="se fue sin entrar")

    visit.refresh_from_db()
    assert (visit.status, visit.checked_in_at) == ("no_show", None)


def test_who_came_after_all_gets_back_what_was_kept_and_loses_the_strike(
    book: Book, desk: User
) -> None:
    rule_that(no_show_credit_percent=25)
    visit = certain(book)
    mark_no_show(appointment_id=visit.pk, actor_id=desk.pk, now=AFTER)
    come = partial(check_in, appointment_id=visit.pk, actor_id=desk.pk)

    with pytest.raises(errors.ReasonMissing), nothing_changes():
        come(now=AFTER)
    come(reason="estaba en la sala", now=AFTER + timedelta(minutes=5))

    visit.refresh_from_db()
    # The quarter that came back as credit stays credit: so much less of the visit is paid.
    assert (visit.status, visit.paid) == ("checked_in", 36_000)
    assert books() == {
        "gateway_clearing": 48_000, "client_credit": 12_000, "deposits_held": 36_000,
    }  # fmt: skip
    assert strikes_of(visit.client_id) == [("no_show", True)]
    (entry,) = audited("spa.strike.waived")
    assert (entry.actor_id, entry.facts["reason"]) == (desk.pk, "estaba en la sala")


def test_the_desk_may_change_its_mind_again_and_the_money_follows(book: Book, desk: User) -> None:
    visit = certain(book)
    asked: dict[str, Any] = {"appointment_id": visit.pk, "actor_id": desk.pk}

    for minute in (0, 10):
        mark_no_show(**asked, reason="no está", now=AFTER + timedelta(minutes=minute))
        assert books() == {"gateway_clearing": 48_000, "revenue_forfeited": 48_000}
        assert strikes_of(visit.client_id) == [("no_show", False)]
        check_in(**asked, reason="sí está", now=AFTER + timedelta(minutes=minute + 5))
        assert books() == {"gateway_clearing": 48_000, "deposits_held": 48_000}
        assert strikes_of(visit.client_id) == [("no_show", True)]
    complete(**asked, now=SERVED)

    assert books() == {"gateway_clearing": 48_000, "revenue_services": 48_000}


def test_coming_after_all_lifts_the_ban_that_the_absence_made(book: Book, desk: User) -> None:
    rule_that(strikes_limit=1)
    visit = certain(book)
    mark_no_show(appointment_id=visit.pk, actor_id=desk.pk, now=AFTER)
    assert is_banned(visit.client_id)

    check_in(appointment_id=visit.pk, actor_id=desk.pk, reason="sí vino", now=AFTER)

    assert not is_banned(visit.client_id)


def test_an_unknown_visit_is_not_found(desk: User) -> None:
    for act in (check_in, complete, mark_no_show, undo_check_in):
        with pytest.raises(errors.AppointmentNotFound):
            act(appointment_id=desk.pk, actor_id=desk.pk, now=NOW)


def test_nobody_is_missed_before_the_minutes_their_terms_say(book: Book) -> None:
    visit = certain(book)
    rule_that(no_show_minutes=5)

    with nothing_changes():
        assert note_no_shows(now=AFTER - timedelta(microseconds=1)) == 0
        # Nor if it was due when somebody looked, and has been moved since.
        early = AFTER - timedelta(microseconds=1)
        assert not note_no_show(appointment_id=Appointment.objects.get().pk, now=early)
    assert note_no_shows(now=AFTER) == 1

    assert history(visit)[-1] == ("confirmed", "no_show", "automatic")
    strike = Strike.objects.get()
    assert (strike.kind, strike.at) == ("no_show", AFTER)


def test_running_again_or_days_late_notes_each_absence_once_at_its_own_time(book: Book) -> None:
    visit = certain(book)
    much_later = MONDAY_TEN + timedelta(days=3)

    assert note_no_shows(now=much_later) == 1
    with nothing_changes():
        assert note_no_shows(now=much_later) == 0

    assert Strike.objects.get().at == AFTER
    assert len(told(AppointmentNoShow.topic)) == 1
    assert strikes_of(visit.client_id) == [("no_show", False)]


@pytest.mark.parametrize("status", ["checked_in", "completed", "cancelled", "no_show", "expired"])
def test_what_is_not_waited_for_is_not_missed(book: Book, status: str) -> None:
    visit = certain(book)
    Appointment.objects.update(status=status, completed_at=NOW, cancelled_at=NOW)

    with nothing_changes():
        assert note_no_shows(now=AFTER) == 0
        # Nor when it stopped being waited for between the look and the lock.
        assert note_no_show(appointment_id=visit.pk, now=AFTER) is False


def begun(visit: Appointment, *, percent: str = "0") -> None:
    """Let the visit have begun an hour ago by the real clock, its terms with it."""
    start = datetime.now().astimezone() - timedelta(hours=1)
    after = start + timedelta(minutes=30)
    terms = visit.policy["no_show"] | {"after": after.isoformat(), "credit_percent": percent}
    Appointment.objects.filter(pk=visit.pk).update(
        starts_at=start, policy=visit.policy | {"no_show": terms}
    )


def test_na_34_a_visit_that_cannot_be_noted_stops_no_other(
    book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    broken, other = certain_visits(book, 2)
    begun(broken, percent="-3")
    begun(other)

    note_no_shows_task()

    statuses = [Appointment.objects.get(pk=visit.pk).status for visit in (broken, other)]
    assert statuses == ["confirmed", "no_show"]
    assert "a sweep failed on one row" in caplog.text


def absences_at_once(book: Book) -> list[Any]:
    """The clock twice, and a desk that checks the client in, at the same instant."""
    visit, desk = certain(book), UserFactory.create(staff=True)
    return race(
        [
            partial(note_no_shows, now=AFTER),
            partial(check_in, appointment_id=visit.pk, actor_id=desk.pk, now=AFTER),
            partial(note_no_shows, now=AFTER),
        ]
    )


@pytest.mark.django_db(transaction=True)
def test_the_clock_and_the_desk_at_once_leave_one_truth(book: Book) -> None:
    for _ in rounds(few=3, many=20):
        Occupancy.objects.all().delete()
        client = UserFactory.create()
        clock, desk, again = absences_at_once(partial(book, client_id=client.pk))

        assert {clock, again} <= {0, 1}
        came = not isinstance(desk, Exception)
        # Who is noted as absent cannot be checked in without a reason.
        assert came or isinstance(desk, errors.ReasonMissing), desk
        assert clock + again + came == 1
        assert strikes_of(client.pk) == ([] if came else [("no_show", False)])


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_several_believe_they_were_first(
    book: Book, all_read_first: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spa.services.no_shows.lock_visit", read_without_lock)
    monkeypatch.setattr("spa.services.attendance.lock_visit", read_without_lock)

    clock, desk, again = absences_at_once(book)

    assert clock + again + (not isinstance(desk, Exception)) > 1


@pytest.mark.django_db(transaction=True)
def test_cancelling_and_the_clock_at_once_never_share_the_money_out_twice(book: Book) -> None:
    for _ in rounds(few=2, many=20):
        Occupancy.objects.all().delete()
        visit = certain(book, client_id=UserFactory.create().pk)
        before = books()
        race(
            [
                partial(cancel, visit, now=AFTER, by_staff=True),
                partial(note_no_shows, now=AFTER),
            ]
        )

        visit.refresh_from_db()
        assert visit.status in {"cancelled", "no_show"}
        after = books()
        assert after["revenue_forfeited"] - before.get("revenue_forfeited", 0) == 48_000
        assert after.get("deposits_held", 0) == before["deposits_held"] - 48_000
