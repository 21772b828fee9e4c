"""Strikes: what counts, what too many lead to, and the ways back (SPA-10, USERS-10)."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core.testing import deliver_outbox
from finances.models import CreditLot
from notifications.models import Notification
from spa import errors
from spa.models import Appointment, Occupancy, Strike, StrikeAppeal
from spa.services.strikes import answer_appeal, appeal_strike, waive_strike
from spa.steps.visits import lock_visit
from spa.tests.conftest import NOW, Book, coming, local, rule_that
from spa.tests.ledger import nothing_changes
from spa.tests.visits import (
    LATE,
    audited,
    cancel,
    certain,
    certain_visits,
    history,
    is_banned,
    strikes_of,
    told,
)
from users.errors import Banned
from users.events import BanLifted, PersonBanned
from users.models import Session, User
from users.services.bans import ban_person
from users.steps.bans import ban
from users.tests.factories import UserFactory, sign_in

DAY = timedelta(days=1)


def late(visits: list[Appointment]) -> None:
    """Cancel each of them late."""
    for visit in visits:
        cancel(visit, now=LATE)


def templates_to(client_id: object) -> list[str]:
    """Which messages somebody got, once everything is delivered."""
    deliver_outbox()
    found = Notification.objects.filter(person_id=client_id).order_by("pk")
    return list(found.values_list("template", flat=True))


def test_the_third_strike_within_thirty_days_bans(book: Book) -> None:
    visits = certain_visits(book, 4)
    client_id = visits[0].client_id
    sign_in(User.objects.get(pk=client_id))

    late(visits[:2])
    assert not is_banned(client_id)
    late(visits[2:3])

    assert is_banned(client_id)
    person = User.objects.get(pk=client_id)
    assert (person.ban_is_automatic, person.ban_reason) == (True, "3 faltas en 30 días")
    assert Session.objects.get(user_id=client_id).end_reason == "BARRED"
    assert len(told(PersonBanned.topic)) == 1
    (entry,) = audited("users.banned")
    assert (entry.subject_id, entry.actor_id) == (str(client_id), None)


def test_what_a_banned_client_has_ahead_is_cancelled_by_its_terms(book: Book) -> None:
    visits = certain_visits(book, 4)
    client_id = visits[0].client_id
    last = visits[3]
    # The last one is far enough ahead to be cancelled in time.
    Appointment.objects.filter(pk=last.pk).update(
        starts_at=last.starts_at + 9 * DAY,
        ends_at=last.ends_at + 9 * DAY,
        policy=last.policy | {"cancellation": _later(last.policy["cancellation"])},
    )

    late(visits[:3])

    last.refresh_from_db()
    assert (last.status, history(last)[-1][2]) == ("cancelled", "free: persona no grata")
    assert not Occupancy.objects.exists()
    assert [lot.amount for lot in CreditLot.objects.filter(client_id=client_id)] == [last.deposit]
    assert strikes_of(client_id) == [("late_cancellation", False)] * 3
    told_of = templates_to(client_id)
    assert told_of.count("visit_cancelled_late") == 3
    assert told_of.count("visit_cancelled_credit") == 1


def _later(cancellation: dict[str, Any]) -> dict[str, Any]:
    tiers = [
        tier | {"until": tier["until"].replace("2026-12-0", "2026-12-1")}
        for tier in cancellation["tiers"]
    ]
    return cancellation | {"tiers": tiers}


def test_a_client_hears_that_a_cancellation_counts(book: Book) -> None:
    visit = certain(book)

    late([visit])

    assert "visit_cancelled_late" in templates_to(visit.client_id)


@pytest.mark.parametrize(
    ("age", "bans"), [(30 * DAY, True), (30 * DAY + timedelta(microseconds=1), False)]
)
def test_time_erases_strikes(book: Book, age: timedelta, bans: bool) -> None:
    visits = certain_visits(book, 3)
    late(visits[:2])
    Strike.objects.filter(appointment=visits[0]).update(at=LATE - age)

    late(visits[2:])

    assert is_banned(visits[0].client_id) is bans


def test_the_limit_and_the_window_are_the_owners(book: Book) -> None:
    rule_that(strikes_limit=2, strikes_window_days=1)
    visits = certain_visits(book, 3)
    late(visits[:1])
    Strike.objects.update(at=LATE - 2 * DAY)

    late(visits[1:2])
    assert not is_banned(visits[0].client_id)
    late(visits[2:])

    assert is_banned(visits[0].client_id)


def test_a_waived_strike_counts_no_more(book: Book) -> None:
    visits = certain_visits(book, 3)
    late(visits[:2])
    desk = UserFactory.create(staff=True)
    strike = Strike.objects.earliest("pk")

    waive_strike(strike_id=strike.pk, reason="llegó tarde el bus", actor_id=desk.pk, now=LATE)
    late(visits[2:])

    assert not is_banned(visits[0].client_id)
    strike.refresh_from_db()
    assert (strike.waived_at, strike.waived_by_id) == (LATE, desk.pk)
    (entry,) = audited("spa.strike.waived")
    assert (entry.actor_id, entry.facts["reason"]) == (desk.pk, "llegó tarde el bus")
    assert "strike_waived" in templates_to(visits[0].client_id)


def test_waiving_lifts_the_ban_when_fewer_than_the_limit_remain(book: Book) -> None:
    rule_that(strikes_limit=2)
    visits = certain_visits(book, 2)
    client_id = visits[0].client_id
    late(visits)
    assert is_banned(client_id)
    desk = UserFactory.create(staff=True)

    strike = Strike.objects.earliest("pk")
    waive_strike(strike_id=strike.pk, reason="error nuestro", actor_id=desk.pk, now=LATE)

    assert not is_banned(client_id)
    assert len(told(BanLifted.topic)) == 1
    (entry,) = audited("users.ban-lifted")
    assert entry.actor_id == desk.pk
    assert "ban_lifted" in templates_to(client_id)
    assert history(visits[0])[-1][1] == "cancelled"


def test_waiving_leaves_a_ban_alone_while_enough_remain(book: Book) -> None:
    visits = certain_visits(book, 3)
    late(visits)
    Strike.objects.create(
        client_id=visits[0].client_id,
        appointment=certain(book, client_id=UserFactory.create().pk, start=local(9, 10)),
        kind="no_show",
        at=LATE,
    )

    strike = Strike.objects.earliest("pk")
    waive_strike(
        strike_id=strike.pk, reason="r", actor_id=UserFactory.create(staff=True).pk, now=LATE
    )

    assert is_banned(visits[0].client_id)


def test_waiving_leaves_a_ban_alone_that_somebody_made(book: Book) -> None:
    visits = certain_visits(book, 2)
    late(visits[:1])
    desk = UserFactory.create(staff=True)
    with transaction.atomic():
        ban(
            person_id=visits[0].client_id,
            reason="agresión",
            actor_id=desk.pk,
            is_automatic=False,
            now=LATE,
        )

    strike = Strike.objects.get()
    waive_strike(strike_id=strike.pk, reason="r", actor_id=desk.pk, now=LATE)

    assert is_banned(visits[0].client_id)


def test_strikes_do_not_take_over_a_ban_that_somebody_made(book: Book) -> None:
    rule_that(strikes_limit=1)
    visit = certain(book)
    desk = UserFactory.create(staff=True)
    with transaction.atomic():
        ban(
            person_id=visit.client_id,
            reason="agresión",
            actor_id=desk.pk,
            is_automatic=False,
            now=NOW,
        )

    cancel(visit, now=LATE, by_staff=True, actor_id=desk.pk)

    person = User.objects.get(pk=visit.client_id)
    assert (person.ban_is_automatic, person.ban_reason, person.banned_at) == (
        False, "agresión", NOW,
    )  # fmt: skip
    assert len(told(PersonBanned.topic)) == 1


def test_waiving_takes_a_reason_and_happens_once(book: Book) -> None:
    visit, desk = certain(book), UserFactory.create(staff=True)
    late([visit])
    strike = Strike.objects.get()
    waive = partial(waive_strike, strike_id=strike.pk, actor_id=desk.pk, now=LATE)

    with pytest.raises(errors.ReasonMissing), nothing_changes():
        waive(reason="")
    waive(reason="r")
    with pytest.raises(errors.StrikeIsWaived), nothing_changes():
        waive(reason="otra vez")


def test_a_client_appeals_once_and_hears_the_answer(book: Book) -> None:
    visit, desk = certain(book), UserFactory.create(staff=True)
    late([visit])
    strike = Strike.objects.get()
    appeal = partial(
        appeal_strike, strike_id=strike.pk, client_id=visit.client_id, text="Fue el paro.", now=LATE
    )

    appeal()
    with pytest.raises(errors.AppealFiled), nothing_changes():
        appeal()
    answer_appeal(
        strike_id=strike.pk, is_upheld=False, answer="no hubo paro", actor_id=desk.pk, now=LATE
    )

    filed = StrikeAppeal.objects.get()
    assert (filed.text, filed.status, filed.answer) == ("Fue el paro.", "rejected", "no hubo paro")
    assert strikes_of(visit.client_id) == [("late_cancellation", False)]
    assert "appeal_rejected" in templates_to(visit.client_id)
    assert len(audited("spa.strike.appealed")) == len(audited("spa.strike.appeal-rejected")) == 1


def test_an_appeal_that_is_upheld_waives_the_strike(book: Book) -> None:
    rule_that(strikes_limit=1)
    visit, desk = certain(book), UserFactory.create(staff=True)
    late([visit])
    strike = Strike.objects.get()
    appeal_strike(strike_id=strike.pk, client_id=visit.client_id, text="Lo siento.", now=LATE)

    answer_appeal(
        strike_id=strike.pk, is_upheld=True, answer="está bien", actor_id=desk.pk, now=LATE
    )

    assert strikes_of(visit.client_id) == [("late_cancellation", True)]
    assert not is_banned(visit.client_id)
    with pytest.raises(errors.AppealNotOpen), nothing_changes():
        answer_appeal(strike_id=strike.pk, is_upheld=True, answer="x", actor_id=desk.pk, now=LATE)


def test_waiving_answers_an_appeal_that_waits(book: Book) -> None:
    visit, desk = certain(book), UserFactory.create(staff=True)
    late([visit])
    strike = Strike.objects.get()
    appeal_strike(strike_id=strike.pk, client_id=visit.client_id, text="Lo siento.", now=LATE)

    waive_strike(strike_id=strike.pk, reason="de acuerdo", actor_id=desk.pk, now=LATE)

    appeal = StrikeAppeal.objects.get()
    assert (appeal.status, appeal.answer, appeal.decided_by_id) == ("upheld", "de acuerdo", desk.pk)


def test_what_is_not_ones_own_or_waived_cannot_be_appealed(book: Book) -> None:
    visit, desk = certain(book), UserFactory.create(staff=True)
    late([visit])
    strike = Strike.objects.get()

    with pytest.raises(errors.StrikeNotFound), nothing_changes():
        appeal_strike(strike_id=strike.pk, client_id=desk.pk, text="x", now=LATE)
    waive_strike(strike_id=strike.pk, reason="r", actor_id=desk.pk, now=LATE)
    with pytest.raises(errors.StrikeIsWaived), nothing_changes():
        appeal_strike(strike_id=strike.pk, client_id=visit.client_id, text="x", now=LATE)


def test_an_appeal_is_stored_encrypted(book: Book) -> None:
    visit = certain(book)
    late([visit])
    appeal_strike(
        strike_id=Strike.objects.get().pk, client_id=visit.client_id, text="Migraña.", now=LATE
    )

    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM spa_strikeappeal")
        stored = str(cursor.fetchone()[0])
    assert stored
    assert "Migraña" not in stored


def test_whom_somebody_bans_loses_what_is_ahead_and_is_told(book: Book) -> None:
    now = timezone.now()
    client, desk = UserFactory.create(), UserFactory.create(admin=True)
    visit = book(client_id=client.pk, start=coming(3, 10), now=now).appointment

    ban_person(person_id=client.pk, reason="agresión al personal", actor_id=desk.pk, now=now)

    assert "person_banned" in templates_to(client.pk)
    visit.refresh_from_db()
    assert (visit.status, history(visit)[-1][2]) == ("cancelled", "free: persona no grata")
    with pytest.raises(Banned), nothing_changes():
        book(client_id=client.pk, start=coming(4, 10), now=now)


@pytest.mark.django_db(transaction=True)
def test_a_visit_is_locked_inside_a_transaction_only(book: Book) -> None:
    visit = certain(book)

    with pytest.raises(RuntimeError, match="inside a service's transaction"):
        lock_visit(appointment_id=visit.pk, client_id=None, now=NOW)
