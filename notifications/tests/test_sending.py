"""Messages leave over real HTTP, once each, whatever the provider does."""

import json
import logging
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.breakers import breaker_for
from core.models import InboxMessage
from core.selectors.settings import get_settings
from core.testing import process_inbox, race, run_process
from notifications.models import Delivery, MessagingSettings
from notifications.services.sending import send_due
from notifications.steps.queue import claim_due
from notifications.tasks import send_messages
from notifications.tests.conftest import (
    DYING_SENDER,
    Arrivals,
    delivery_of,
    send_all,
    tell,
)
from users.models import User
from users.tests.factories import UserFactory

WHEN = "martes 1 de diciembre, 10:00 a. m."
ARRIVES = {
    "booking_confirmed": (
        f"Hola Ana, tu cita de Masaje relajante quedó confirmada para el {WHEN} en Chapinero. "
        "Te esperamos. Si necesitas cambiarla, hazlo desde tu cuenta."
    ),
    "hold_expired": (
        f"Hola Ana, no alcanzamos a recibir el anticipo de Masaje relajante para el {WHEN} "
        "y el espacio quedó libre. Puedes reservar de nuevo cuando quieras."
    ),
    "payment_declined": (
        "Hola Ana, tu pago de $ 48.000 por Masaje relajante fue rechazado. "
        "Intenta con otro medio de pago antes de que venza la reserva."
    ),
    "payment_credited": (
        "Hola Ana, recibimos tu pago de $ 48.000 y lo abonamos como saldo a favor en tu cuenta. "
        "Motivo: el espacio ya estaba ocupado. Puedes usarlo en tu próxima reserva."
    ),
}
PAST_GRACE = timedelta(minutes=6)


@pytest.mark.parametrize("template", sorted(ARRIVES))
def test_each_message_arrives_in_its_words(template: str, person: User, sandbox) -> None:
    told = tell(person, template)

    send_messages()

    (message,) = sandbox.messages(to=person.phone)
    assert (message["channel"], message["text"]) == ("whatsapp", ARRIVES[template])
    delivery = delivery_of(told)
    assert (delivery.status, delivery.provider_id) == ("SENT", message["id"])
    assert message["reference"] == f"{delivery.pk}.1"


def test_a_number_that_is_nobodys_is_never_tried(person: User, sandbox) -> None:
    User.objects.filter(pk=person.pk).update(phone="+999000000000001")
    told = tell(person)

    send_all()

    assert sandbox.messages() == []
    assert (delivery_of(told).status, delivery_of(told).reason) == ("DROPPED", "nobodys_phone")


def test_who_is_not_on_whatsapp_gets_an_sms(person_without_whatsapp: User, sandbox) -> None:
    told = tell(person_without_whatsapp)

    send_all()

    (message,) = sandbox.messages(to=person_without_whatsapp.phone)
    assert message["channel"] == "sms"
    assert message["text"] == (
        f"StudioZens: Hola Luz, tu cita de Masaje relajante quedó confirmada para el {WHEN} "
        "en Chapinero. Te esperamos."
    )
    assert delivery_of(told).reason == "whatsapp_131026"
    assert delivery_of(told, "SMS").status == "SENT"


def test_whom_no_channel_reaches_is_a_failure_with_its_reason(sandbox, db) -> None:
    landline = UserFactory.create(phone="+576015550000")
    told = tell(landline)

    send_all()

    assert not sandbox.messages(to=landline.phone)
    assert delivery_of(told, "SMS").status == "FAILED"
    assert delivery_of(told, "SMS").reason == "twilio_21614"


def test_the_name_and_phone_are_those_of_the_moment_of_sending(person: User, sandbox) -> None:
    tell(person)
    person.first_name, person.phone = "Anita", "+573009998877"
    person.save(update_fields=["first_name", "phone"])

    send_all()

    (message,) = sandbox.messages(to="+573009998877")
    assert message["parameters"][0] == "Anita"


def test_a_message_whose_moment_has_passed_is_dropped_with_its_reason(
    person: User, sandbox
) -> None:
    told = tell(person, valid_until=timezone.now() - timedelta(seconds=1))

    send_all()

    assert not sandbox.messages()
    assert (delivery_of(told).status, delivery_of(told).reason) == ("DROPPED", "moment_passed")


def test_na_36_a_lost_answer_is_settled_by_the_status_that_comes(
    person: User, speaking_sandbox, arrivals: Arrivals
) -> None:
    speaking_sandbox.faults("whatsapp", "lost_answer")
    told = tell(person)
    send_all()
    assert delivery_of(told).status == "UNKNOWN"
    speaking_sandbox.faults("whatsapp", "off")

    arrivals.wait_for(2)
    process_inbox()
    send_all(later=PAST_GRACE)

    (message,) = speaking_sandbox.messages(to=person.phone)
    assert delivery_of(told).status == "DELIVERED"
    assert delivery_of(told).provider_id == message["id"]


def test_na_36_a_sender_killed_after_the_provider_accepted_says_it_once(
    person: User, speaking_sandbox, arrivals: Arrivals
) -> None:
    told = tell(person)

    assert run_process(DYING_SENDER) == -9
    assert delivery_of(told).status == "IN_FLIGHT"
    arrivals.wait_for(2)
    process_inbox()
    send_all(later=PAST_GRACE)

    (message,) = speaking_sandbox.messages(to=person.phone)
    assert (delivery_of(told).status, delivery_of(told).provider_id) == ("DELIVERED", message["id"])


def test_na_36_a_killed_sender_of_an_sms_says_it_once(
    person_without_whatsapp: User, speaking_sandbox, arrivals: Arrivals
) -> None:
    told = tell(person_without_whatsapp)
    assert send_due(now=timezone.now()) == 1  # WhatsApp refuses; the SMS is queued

    assert run_process(DYING_SENDER) == -9
    arrivals.wait_for(2)
    process_inbox()
    send_all(later=PAST_GRACE)

    (message,) = speaking_sandbox.messages(to=person_without_whatsapp.phone)
    assert message["channel"] == "sms"
    assert delivery_of(told, "SMS").status == "DELIVERED"


def test_na_36_a_webhook_nobody_has_read_yet_stops_the_repeat(
    person: User, speaking_sandbox, arrivals: Arrivals
) -> None:
    speaking_sandbox.faults("whatsapp", "lost_answer")
    tell(person)
    send_all()
    speaking_sandbox.faults("whatsapp", "off")
    arrivals.wait_for(2)

    send_all(later=PAST_GRACE)

    assert InboxMessage.objects.filter(status="PENDING").count() == 2
    assert len(speaking_sandbox.messages(to=person.phone)) == 1


def test_a_request_that_never_left_is_sent_again_after_the_silence(person: User, sandbox) -> None:
    sandbox.faults("whatsapp", "down")
    told = tell(person)
    send_all()
    assert delivery_of(told).status == "UNKNOWN"
    sandbox.faults("whatsapp", "off")

    send_all()
    assert not sandbox.messages()
    send_all(later=PAST_GRACE)

    assert len(sandbox.messages(to=person.phone)) == 1
    assert delivery_of(told).status == "SENT"


def test_nothing_is_lost_while_the_provider_is_away(person: User, sandbox, settings) -> None:
    there = settings.WHATSAPP_BASE_URL
    settings.WHATSAPP_BASE_URL = "http://127.0.0.1:9/graph/v25.0"
    told = [tell(person, "payment_credited") for _ in range(7)]
    send_all()
    assert {delivery_of(one).status for one in told} == {"QUEUED"}

    settings.WHATSAPP_BASE_URL = there
    breaker_for("whatsapp").close()
    send_all(later=PAST_GRACE)

    assert len(sandbox.messages(to=person.phone)) == 7
    assert {delivery_of(one).status for one in told} == {"SENT"}


def test_a_critical_message_goes_around_a_provider_that_stays_away(
    person: User, sandbox, settings
) -> None:
    settings.WHATSAPP_BASE_URL = "http://127.0.0.1:9/graph/v25.0"
    told = tell(person, "booking_confirmed")

    for minutes in (0, 6, 12):
        send_all(later=timedelta(minutes=minutes))
    send_all(later=timedelta(minutes=12))

    (message,) = sandbox.messages(to=person.phone)
    assert message["channel"] == "sms"
    assert delivery_of(told).reason == "provider_unavailable"


def test_a_passing_refusal_is_retried_with_backoff_until_given_up(
    person: User, sandbox, caplog
) -> None:
    sandbox.faults("whatsapp", "errors", code=130429)
    told = tell(person, "payment_credited")

    send_all()
    first = delivery_of(told)
    assert (first.status, first.reason, first.failures) == ("QUEUED", "whatsapp_130429", 1)
    assert timedelta(0) < first.due_at - timezone.now() <= timedelta(seconds=2)
    for hours in range(1, 8):
        send_all(later=timedelta(hours=hours))

    assert (delivery_of(told).status, delivery_of(told).reason) == ("FAILED", "gave_up")
    assert "message not sent" in [r.message for r in caplog.records if r.levelno == logging.ERROR]
    # Dead on WhatsApp is not dead: the next channel has taken it.
    assert delivery_of(told, "SMS").status == "SENT"


def test_a_refusal_of_ours_to_mend_fails_aloud_and_is_not_repeated(
    person: User, sandbox, caplog
) -> None:
    sandbox.faults("whatsapp", "errors", code=132001)
    told = tell(person)

    send_all()
    send_all(later=timedelta(hours=2))

    assert (delivery_of(told).status, delivery_of(told).attempts) == ("FAILED", 1)
    assert delivery_of(told).reason == "whatsapp_132001"
    assert [r.message for r in caplog.records if r.levelno == logging.ERROR] == ["message not sent"]


@pytest.mark.django_db(transaction=True)
def test_four_senders_at_once_send_each_message_once(person: User, sandbox) -> None:
    for _ in range(12):
        tell(person)

    race([partial(send_due, now=timezone.now(), limit=6) for _ in range(4)])

    assert len(sandbox.messages(to=person.phone)) == 12
    assert set(Delivery.objects.values_list("status", "attempts")) == {("SENT", 1)}


@pytest.mark.django_db(transaction=True)
def test_a_sender_whose_claim_was_taken_over_writes_nothing(person: User, sandbox) -> None:
    sandbox.faults("whatsapp", "errors", code=132001, latency_ms=500)
    told = tell(person)

    def take_over() -> None:
        while not Delivery.objects.filter(status="IN_FLIGHT").exists():
            pass
        rules = get_settings(MessagingSettings).rules
        with transaction.atomic():
            claim_due(now=timezone.now() + PAST_GRACE, limit=1, rules=rules)

    assert race([partial(send_due, now=timezone.now()), take_over]) == [1, None]

    assert (delivery_of(told).status, delivery_of(told).attempts) == ("IN_FLIGHT", 2)
    assert delivery_of(told).reason == ""


@pytest.mark.django_db(transaction=True)
def test_na_31_no_message_leaves_inside_a_transaction(person: User, sandbox) -> None:
    tell(person)

    with pytest.raises(RuntimeError), transaction.atomic():
        send_due(now=timezone.now())

    assert not sandbox.messages()


def test_one_message_that_cannot_be_said_stops_no_other(person: User, sandbox) -> None:
    broken, fine = tell(person), tell(person)
    broken.facts = {}
    broken.save(update_fields=["facts"])

    send_all()

    assert delivery_of(broken).reason == "cannot_be_rendered"
    assert delivery_of(fine).status == "SENT"


def test_neither_log_nor_delivery_holds_the_text_or_the_number(
    person: User, sandbox, caplog
) -> None:
    caplog.set_level(logging.INFO)
    told = tell(person, "payment_declined")

    send_all()

    row = Delivery.objects.filter(notification=told).values().get()
    written = json.dumps(row, default=str) + caplog.text + str([vars(r) for r in caplog.records])
    assert row["recipient"] == "+57•••••2233"
    for secret in ("3001112233", "Masaje", "48.000", "rechazado"):
        assert secret not in written


def test_a_batch_costs_the_same_reads_however_many_it_sends(person: User, sandbox) -> None:
    def reads(count: int) -> int:
        for _ in range(count):
            tell(person, "payment_declined")
        with CaptureQueriesContext(connection) as queries:
            send_due(now=timezone.now())
        selects = [sql for row in queries if (sql := row["sql"].strip()).startswith("SELECT")]
        return len([sql for sql in selects if "FOR NO KEY UPDATE" not in sql])

    reads(1)  # the settings lie in the cache from now on
    assert reads(1) == reads(9) == 1
