"""Each thing that happens is announced once, and each person hears of it at most once."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from spa.tests.machine.world import World

# What is told of visits, and the steps that are told so. A desk that takes a check-in back has
# confirmed nothing.
FACTS_OF_VISITS = """
WITH step AS (
    SELECT appointment_id::text AS visit, CASE
             WHEN from_status = to_status THEN 'rescheduled'
             WHEN to_status = 'confirmed' AND from_status = 'checked_in' THEN NULL
             ELSE to_status END AS fact
      FROM spa_appointmenttransition),
happened AS (
    SELECT visit, fact, count(*) AS times FROM step
     WHERE fact IN ('confirmed', 'expired', 'cancelled', 'no_show', 'completed', 'rescheduled')
     GROUP BY visit, fact),
told AS (
    SELECT payload->>'appointment_id' AS visit, split_part(topic, '.', 3) AS fact,
           count(DISTINCT event_id) AS times
      FROM core_outboxmessage
     WHERE topic LIKE 'spa.appointment.%%' AND topic <> 'spa.appointment.reminder_due.v1'
     GROUP BY 1, 2)
SELECT visit, fact, happened.times, told.times FROM happened FULL JOIN told USING (visit, fact)
 WHERE happened.times IS DISTINCT FROM told.times
"""
# What is announced at most once in the life of what it is about.
ONCE = """
SELECT topic, aggregate, count(DISTINCT event_id) FROM core_outboxmessage
 WHERE topic IN ('spa.enrolment.confirmed.v1', 'spa.enrolment.expired.v1',
                 'spa.enrolment.offered.v1', 'spa.enrolment.cancelled.v1',
                 'spa.series.booked.v1', 'spa.series.expired.v1', 'spa.package.ending.v1',
                 'spa.waitlist.offered.v1', 'spa.strike.appeal_rejected.v1')
 GROUP BY topic, aggregate HAVING count(DISTINCT event_id) > 1
"""
TWICE_PER_SUBSCRIBER = """
SELECT event_id, subscriber FROM core_outboxmessage GROUP BY 1, 2 HAVING count(*) > 1
"""
# One message to one person about one event, whatever its words.
TWICE_TO_A_PERSON = """
SELECT event_id, person_id FROM notifications_notification GROUP BY 1, 2 HAVING count(*) > 1
"""
OF_NOTHING = """
SELECT told.template, told.event_id FROM notifications_notification AS told
 WHERE NOT EXISTS (
       SELECT FROM core_outboxmessage AS owed
        WHERE owed.event_id = told.event_id
          AND told.person_id::text IN (owed.payload->>'client_id', owed.payload->>'person_id'))
"""
# Whoever was to be told, and was, has their message: nothing is lost on the way.
LOST = """
SELECT owed.subscriber, owed.event_id FROM core_outboxmessage AS owed
 WHERE owed.status = 'DONE' AND owed.subscriber = ANY(%s)
   AND owed.payload->>'part_of' IS NULL
   AND NOT EXISTS (SELECT FROM notifications_notification AS told
                    WHERE told.event_id = owed.event_id)
"""
ALWAYS_TELL = [
    "finances.tell-credit-ending",
    "finances.tell-payment-credited",
    "finances.tell-payment-declined",
    "spa.send-booking-confirmation",
    "spa.send-class-cancelled",
    "spa.send-class-enrolled",
    "spa.send-class-instructor-changed",
    "spa.send-class-seat-expired",
    "spa.send-class-seat-offer",
    "spa.send-hold-expired",
    "spa.send-loyalty-reward",
    "spa.send-package-ending",
    "spa.send-package-ready",
    "spa.send-person-banned",
    "spa.send-series-booked",
    "spa.send-series-cancelled",
    "spa.send-series-deposit-due",
    "spa.send-series-expired",
    "spa.send-series-moved",
    "spa.send-strike-waived",
    "spa.send-visit-cancelled",
    "spa.send-visit-missed",
]
STUMBLED = """
SELECT subscriber, last_error FROM core_outboxmessage WHERE attempts > 0
 UNION ALL
SELECT provider, last_error FROM core_inboxmessage WHERE attempts > 0
"""
CREDITED = """
SELECT (SELECT count(*) FROM finances_ledgertransaction WHERE kind = 'credit_received'),
       (SELECT count(DISTINCT event_id) FROM core_outboxmessage
         WHERE topic = 'finances.payment.credited.v1')
"""


def every_step_of_a_visit_is_told_once(world: "World") -> None:
    assert _rows(FACTS_OF_VISITS) == []


def what_happens_once_is_told_once(world: "World") -> None:
    assert _rows(ONCE) == []
    assert _rows(TWICE_PER_SUBSCRIBER) == []


def nobody_hears_of_an_event_twice(world: "World") -> None:
    assert _rows(TWICE_TO_A_PERSON) == []


def nobody_hears_of_what_did_not_happen(world: "World") -> None:
    assert _rows(OF_NOTHING) == []


def nobody_is_forgotten(world: "World") -> None:
    assert _rows(LOST, [ALWAYS_TELL]) == []


def nothing_stumbled(world: "World") -> None:
    """A subscriber or handler that failed would be tried again, and hide its mistake."""
    assert _rows(STUMBLED) == []


def money_that_became_credit_is_told(world: "World") -> None:
    ((credited, told),) = _rows(CREDITED)
    assert credited == told


def each_message_left_once(world: "World") -> None:
    assert len(world.post.sent) == len(set(world.post.sent))


def _rows(sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or [])
        return cursor.fetchall()


INVARIANTS: list[Callable[["World"], None]] = [
    every_step_of_a_visit_is_told_once,
    what_happens_once_is_told_once,
    nobody_hears_of_an_event_twice,
    nobody_hears_of_what_did_not_happen,
    nobody_is_forgotten,
    nothing_stumbled,
    money_that_became_credit_is_told,
    each_message_left_once,
]
