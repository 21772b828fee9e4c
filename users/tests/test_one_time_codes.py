"""Asking for a code and sending it: limits, faults, crashes, races."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from core.testing import race
from users import errors, tasks
from users.models import IdentitySettings, OtpChallenge, Purpose
from users.services.one_time_codes import CLAIM, send_next
from users.services.tidying import tidy
from users.steps import challenges
from users.tests.conftest import PHONE
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
REQUEST = "/api/v1/auth/otp/request"
RESET = "/api/v1/auth/password/reset/request"
STRANGER = "+573009998877"


@pytest.fixture
def owner() -> Any:
    return UserFactory.create(phone=PHONE)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_the_owner_of_a_phone_gets_a_code(
    api: Any, owner: Any, sandbox: Any, send_codes: Callable[[], None], channel: str
) -> None:
    answer = api.post(REQUEST, {"phone": PHONE, "channel": channel}, format="json")
    send_codes()

    assert (answer.status_code, answer.json()) == (200, {"expires_in": 300, "resend_in": 60})
    (message,) = sandbox.messages(to=PHONE)
    assert (message["channel"], len(message["code"])) == (channel, 6)
    challenge = OtpChallenge.objects.get()
    assert (challenge.status, challenge.provider_sid[:2]) == ("SENT", "VE")
    assert challenge.expires_at - challenge.requested_at == timedelta(minutes=5)


@pytest.mark.parametrize("path", [REQUEST, RESET])
def test_na_05_asking_for_a_code_does_not_tell_whether_a_phone_has_an_account(
    api: Any, owner: Any, sandbox: Any, send_codes: Callable[[], None], path: str
) -> None:
    known = api.post(path, {"phone": PHONE}, format="json")
    unknown = api.post(path, {"phone": STRANGER}, format="json")
    send_codes()

    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert len(sandbox.messages(to=PHONE)) == 1
    assert sandbox.messages(to=STRANGER) == []
    elsewhere = {"format": "json", "REMOTE_ADDR": "203.0.113.7"}
    again = [api.post(path, {"phone": phone}, **elsewhere).json() for phone in (PHONE, STRANGER)]
    assert [body["code"] for body in again] == ["USERS-OTP-TOO-SOON"] * 2


def test_codes_stay_out_of_our_logs_and_tables(
    owner: Any, ask: Any, code_of: Callable[[str], str], api: Any, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    ask()
    code = code_of(PHONE)
    api.post("/api/v1/auth/otp/verify", {"phone": PHONE, "code": code}, format="json")

    written = [str(record.__dict__) for record in caplog.records if record.name != "faker"]
    assert not any(code in line for line in written)
    assert not any(PHONE in line for line in written if "provider" in line)
    assert code not in str(OtpChallenge.objects.values().get())


def test_another_code_waits_a_minute(owner: Any, ask: Any) -> None:
    now = timezone.now()
    ask(now=now)

    with pytest.raises(errors.OtpTooSoon) as refusal:
        ask(now=now + timedelta(seconds=59))
    assert refusal.value.facts == {"retry_after": 1}
    assert OtpChallenge.objects.count() == 1

    ask(now=now + timedelta(seconds=60))
    assert OtpChallenge.objects.count() == 2


def test_the_wait_is_told_in_a_header(api: Any, owner: Any, ask: Any) -> None:
    ask()

    answer = api.post(REQUEST, {"phone": PHONE}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (429, "USERS-OTP-TOO-SOON")
    assert 55 <= int(answer["Retry-After"]) <= 60


def test_a_phone_gets_five_codes_an_hour(owner: Any, ask: Any) -> None:
    start = timezone.now()
    for minutes in range(0, 10, 2):
        ask(now=start + timedelta(minutes=minutes))

    with pytest.raises(errors.OtpTooMany) as refusal:
        ask(now=start + timedelta(minutes=20))
    assert refusal.value.facts == {"retry_after": 40 * 60}
    assert OtpChallenge.objects.count() == 5

    ask(now=start + timedelta(minutes=60))
    assert OtpChallenge.objects.count() == 6


def test_na_40_an_address_asks_for_twenty_codes_an_hour_and_others_for_theirs(ask: Any) -> None:
    for index in range(20):
        ask(phone=f"+5730011100{index:02}", ip="203.0.113.9")

    with pytest.raises(errors.OtpTooMany):
        ask(phone="+573001110050", ip="203.0.113.9")
    assert OtpChallenge.objects.count() == 20
    ask(phone="+573001110050", ip="203.0.113.10")
    ask(phone="+573001110051", ip=None)


def test_na_40_the_address_behind_our_proxy_is_counted_and_not_the_proxy_s(
    api: Any, settings: Any
) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "otp_request": "2/10min"}
    ask = partial(api.post, REQUEST, format="json", REMOTE_ADDR="10.0.0.1")
    from_a, from_b = ({"X-Forwarded-For": f"6.6.6.6, 198.51.100.{n}"} for n in (1, 2))

    statuses = [ask({"phone": f"+57300111000{n}"}, headers=from_a).status_code for n in range(3)]
    other = ask({"phone": "+573001110009"}, headers=from_b).status_code

    assert (statuses, other) == ([200, 200, 429], 200)
    assert set(OtpChallenge.objects.values_list("ip", flat=True)) == {
        "198.51.100.1",
        "198.51.100.2",
    }


def test_all_together_ask_for_no_more_than_the_house_allows(ask: Any) -> None:
    IdentitySettings(otp_globally=3).save()
    for index in range(3):
        ask(phone=f"+57300111000{index}", ip=f"203.0.113.{index}")

    with pytest.raises(errors.OtpTooMany):
        ask(phone="+573001110009", ip="203.0.113.9")

    assert OtpChallenge.objects.count() == 3


def overshoot(ask: Any) -> int:
    """How many of eight simultaneous requests from one address pass a limit of two."""
    calls = [partial(ask, phone=f"+57300111000{index}") for index in range(8)]
    outcomes = race(calls)
    assert {type(outcome).__name__ for outcome in outcomes} <= {"OtpChallenge", "OtpTooMany"}
    return OtpChallenge.objects.count()


@pytest.mark.django_db(transaction=True)
def test_na_07_simultaneous_requests_cannot_pass_the_limit(ask: Any) -> None:
    IdentitySettings(otp_per_ip=2).save()

    assert overshoot(ask) == 2


@pytest.mark.django_db(transaction=True)
def test_na_07_control_without_the_lock_the_same_race_passes_the_limit(
    ask: Any, monkeypatch: Any
) -> None:
    IdentitySettings(otp_per_ip=2).save()
    monkeypatch.setattr(challenges, "LOCK", "SELECT 1")

    for _round in range(30):
        OtpChallenge.objects.all().delete()
        if overshoot(ask) > 2:
            return
    pytest.fail("the race never showed what the lock prevents")


def test_a_code_is_sent_once_whoever_runs_the_task_again(
    owner: Any, ask: Any, sandbox: Any
) -> None:
    ask()

    tasks.send_verifications()
    tasks.send_verifications()

    assert len(sandbox.messages(to=PHONE)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_code_once(owner: Any, ask: Any, sandbox: Any) -> None:
    ask()
    now = timezone.now()

    outcomes = race([partial(send_next, now=now)] * 4)

    assert sorted(outcomes) == [False, False, False, True]
    assert len(sandbox.messages(to=PHONE)) == 1


def test_while_nothing_can_be_reached_the_code_waits_and_then_goes_out(
    owner: Any, ask: Any, sandbox: Any, settings: Any
) -> None:
    now = timezone.now()
    ask(now=now)
    reachable = settings.TWILIO_VERIFY_BASE_URL
    settings.TWILIO_VERIFY_BASE_URL = "http://127.0.0.1:9/verify"

    assert send_next(now=now)
    waiting = OtpChallenge.objects.get()
    assert (waiting.status, waiting.sends, waiting.unknown_sends) == ("QUEUED", 1, 0)
    assert waiting.due_at > now
    assert not send_next(now=now)

    settings.TWILIO_VERIFY_BASE_URL = reachable
    assert send_next(now=waiting.due_at)
    assert OtpChallenge.objects.get().status == "SENT"


def test_nothing_is_sent_after_the_code_s_life(owner: Any, ask: Any, sandbox: Any) -> None:
    now = timezone.now()
    ask(now=now - timedelta(minutes=5))

    assert not send_next(now=now)
    tidy(now=now)

    assert sandbox.messages(to=PHONE) == []
    assert OtpChallenge.objects.get().status == "FAILED"


def test_a_sending_without_an_answer_is_repeated_once_and_no_more(
    owner: Any, ask: Any, sandbox: Any
) -> None:
    now = timezone.now()
    ask(now=now)
    sandbox.faults("twilio", "lost_answer")

    assert send_next(now=now)
    first = OtpChallenge.objects.get()
    assert send_next(now=first.due_at)
    second = OtpChallenge.objects.get()
    assert not send_next(now=now + timedelta(minutes=4))

    assert (first.status, first.unknown_sends) == ("QUEUED", 1)
    assert (second.status, second.unknown_sends) == ("UNKNOWN", 2)
    assert len({message["code"] for message in sandbox.messages(to=PHONE)}) == 1


def test_a_worker_that_died_while_sending_is_replaced_once(
    owner: Any, ask: Any, sandbox: Any
) -> None:
    now = timezone.now()
    ask(now=now)
    OtpChallenge.objects.update(status="IN_FLIGHT", claimed_at=now, sends=1)

    assert not send_next(now=now + CLAIM / 2)
    assert send_next(now=now + CLAIM)
    assert len(sandbox.messages(to=PHONE)) == 1

    OtpChallenge.objects.update(status="IN_FLIGHT", claimed_at=now)
    assert not send_next(now=now + CLAIM)
    assert len(sandbox.messages(to=PHONE)) == 1


def test_what_the_provider_refuses_is_not_tried_again(ask: Any, sandbox: Any) -> None:
    landline = "+576012345678"
    UserFactory.create(phone=landline)
    now = timezone.now()
    ask(phone=landline, now=now)

    assert send_next(now=now)
    assert not send_next(now=now + timedelta(minutes=4))

    refused = OtpChallenge.objects.get()
    assert (refused.status, refused.provider_code, refused.sends) == ("FAILED", "60200", 1)


def test_wrong_credentials_of_ours_are_no_fault_of_the_phone(
    owner: Any, ask: Any, sandbox: Any, settings: Any
) -> None:
    now = timezone.now()
    ask(now=now)
    settings.TWILIO_AUTH_TOKEN = "wrong"

    assert send_next(now=now)

    assert OtpChallenge.objects.get().status == "QUEUED"


@pytest.mark.parametrize("field", ["otp_wrong_codes", "otp_seconds", "otp_per_phone"])
@pytest.mark.parametrize("number", [0, 10**7])
def test_a_number_that_would_undo_a_limit_is_refused(field: str, number: int) -> None:
    rules = IdentitySettings(**{field: number})

    with pytest.raises(Exception, match=field):
        rules.full_clean()


def test_a_reset_code_is_not_sent_to_a_phone_that_only_signed_up(ask: Any, sandbox: Any) -> None:
    ask(phone=STRANGER, purpose=Purpose.RESET)

    assert OtpChallenge.objects.get().status == "WITHHELD"


def test_the_resend_of_a_sign_up_s_code_reaches_its_phone(
    api: Any, ask: Any, code_of: Callable[[str], str]
) -> None:
    given = {"phone": STRANGER, "first_name": "Ana", "last_name": "Rojas"}
    api.post("/api/v1/auth/register", given, format="json")
    ask(phone=STRANGER, now=timezone.now() + timedelta(seconds=60))

    answer = api.post(
        "/api/v1/auth/otp/verify", {"phone": STRANGER, "code": code_of(STRANGER)}, format="json"
    )

    assert answer.status_code == 200


def test_old_traces_are_removed_and_young_ones_kept(ask: Any) -> None:
    now = timezone.now()
    ask(now=now - timedelta(days=8))
    ask(now=now - timedelta(hours=2))

    tasks.tidy_identity()

    assert OtpChallenge.objects.get().requested_at == now - timedelta(hours=2)
