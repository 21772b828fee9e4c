"""Guessing a code: three times at most, however many guess at once; a right one is good once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core.errors import ProviderUnavailable
from core.models import AuditEntry
from core.testing import race
from users import errors
from users.models import OtpChallenge, Session, User
from users.services.verification import sign_in_with_code
from users.steps.challenges import use_challenge
from users.tests.conftest import PHONE, wrong
from users.tests.factories import UserFactory
from users.types import Device

pytestmark = pytest.mark.django_db
VERIFY = "/api/v1/auth/otp/verify"
HERE = Device("Prueba", "127.0.0.1")


@pytest.fixture
def code(ask: Any, code_of: Callable[[str], str]) -> str:
    """A code that was sent to the owner of PHONE just now."""
    UserFactory.create(phone=PHONE)
    ask()
    return code_of(PHONE)


@pytest.fixture
def guess() -> Any:
    def try_code(code: str, **more: Any) -> Any:
        usual = {"phone": PHONE, "device": HERE, "now": timezone.now()}
        return sign_in_with_code(code=code, **{**usual, **more})

    return try_code


def test_a_right_code_is_good_once(code: str, guess: Any) -> None:
    assert guess(code).person.phone == PHONE

    with pytest.raises(errors.OtpWrong):
        guess(code)
    assert Session.objects.count() == 1


def test_the_session_knows_device_and_address(api: Any, code: str) -> None:
    browser = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"

    api.post(VERIFY, {"phone": PHONE, "code": code}, format="json", headers={"User-Agent": browser})

    session = Session.objects.get()
    assert (session.device, session.ip) == ("Chrome en Android", "127.0.0.1")


def test_a_wrong_code_tells_how_many_guesses_are_left(api: Any, code: str) -> None:
    answers = [
        api.post(VERIFY, {"phone": PHONE, "code": wrong(code)}, format="json") for _ in range(4)
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
    assert [answer.json()["facts"].get("attempts_left") for answer in answers[:3]] == [2, 1, 0]
    assert answers[3].json()["code"] == "USERS-OTP-LOCKED"
    assert not Session.objects.exists()


def test_after_three_wrong_codes_the_right_one_and_new_ones_wait_ten_minutes(
    code: str, guess: Any, ask: Any
) -> None:
    now = timezone.now()
    for _ in range(3):
        with pytest.raises(errors.OtpWrong):
            guess(wrong(code), now=now)

    with pytest.raises(errors.OtpLocked) as refusal:
        guess(code, now=now)
    assert refusal.value.facts == {"retry_after": 600}
    with pytest.raises(errors.OtpLocked):
        ask(now=now + timedelta(seconds=599))
    assert OtpChallenge.objects.count() == 1
    assert not Session.objects.exists()

    ask(now=now + timedelta(seconds=600))


def test_the_third_guess_may_be_right(code: str, guess: Any) -> None:
    for _ in range(2):
        with pytest.raises(errors.OtpWrong):
            guess(wrong(code))

    guess(code)

    assert OtpChallenge.objects.get().locked_until is None


def test_a_resend_brings_the_same_code_and_no_new_guesses(
    code: str, guess: Any, ask: Any, code_of: Callable[[str], str]
) -> None:
    now = timezone.now()
    for _ in range(2):
        with pytest.raises(errors.OtpWrong):
            guess(wrong(code), now=now)

    ask(now=now + timedelta(seconds=60))
    assert code_of(PHONE) == code
    with pytest.raises(errors.OtpWrong):
        guess(wrong(code), now=now + timedelta(seconds=61))
    with pytest.raises(errors.OtpLocked):
        guess(code, now=now + timedelta(seconds=61))


def test_a_code_dies_after_five_minutes(code: str, guess: Any) -> None:
    born = OtpChallenge.objects.get().requested_at

    with pytest.raises(errors.OtpWrong):
        guess(code, now=born + timedelta(minutes=5))
    assert not Session.objects.exists()
    guess(code, now=born + timedelta(minutes=5, microseconds=-1))


def test_a_code_for_a_new_password_signs_nobody_in(
    ask: Any, code_of: Callable[[str], str], guess: Any
) -> None:
    UserFactory.create(phone=PHONE)
    ask(purpose="RESET")
    code = code_of(PHONE)

    with pytest.raises(errors.OtpWrong):
        guess(code)
    assert not Session.objects.exists()


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "１２３４５６", ""])
def test_what_is_not_six_digits_is_malformed(api: Any, sandbox: Any, code: str) -> None:
    answer = api.post(VERIFY, {"phone": PHONE, "code": code}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "CORE-INPUT-INVALID")


def test_na_05_guessing_does_not_tell_whether_a_phone_has_an_account(
    api: Any, code: str, ask: Any
) -> None:
    stranger = "+573009998877"
    ask(phone=stranger)

    known, unknown = (
        [
            api.post(VERIFY, {"phone": phone, "code": wrong(code)}, format="json").json()
            for _ in range(2)
        ]
        for phone in (PHONE, stranger)
    )

    for one, other in zip(known, unknown, strict=True):
        assert {**one, "request_id": ""} == {**other, "request_id": ""}


@pytest.mark.parametrize(
    ("state", "refusal"),
    [({"banned_at": timezone.now()}, "USERS-BANNED"), ({"is_active": False}, "USERS-INACTIVE")],
    ids=["banned", "inactive"],
)
def test_na_02_a_barred_person_gets_no_token_by_code_and_it_is_audited(
    api: Any, code: str, state: dict[str, Any], refusal: str
) -> None:
    User.objects.update(**state)

    answer = api.post(VERIFY, {"phone": PHONE, "code": code}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, refusal)
    assert not Session.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.facts) == (
        "users.sign-in-refused",
        {"way": "otp", "code": refusal, "ip": "127.0.0.1"},
    )


def test_a_guess_nobody_looked_at_is_given_back(code: str, guess: Any, settings: Any) -> None:
    settings.TWILIO_VERIFY_BASE_URL = "http://127.0.0.1:9/verify"

    with pytest.raises(ProviderUnavailable):
        guess(code)

    assert OtpChallenge.objects.get().attempts == 0


def test_a_guess_without_an_answer_stays_counted(code: str, guess: Any, sandbox: Any) -> None:
    sandbox.faults("twilio", "lost_answer")

    with pytest.raises(ProviderUnavailable):
        guess(wrong(code))

    assert OtpChallenge.objects.get().attempts == 1


def test_na_05_a_provider_that_fails_is_a_503_that_says_nothing_of_it(
    api: Any, code: str, sandbox: Any
) -> None:
    sandbox.faults("twilio", "errors")

    answer = api.post(VERIFY, {"phone": PHONE, "code": code}, format="json")

    assert answer.status_code == 503
    assert "twilio" not in answer.content.decode().lower()


@pytest.mark.django_db(transaction=True)
def test_na_07_of_ten_simultaneous_wrong_guesses_three_are_looked_at(code: str, guess: Any) -> None:
    outcomes = race([partial(guess, wrong(code))] * 10)

    names = sorted(type(outcome).__name__ for outcome in outcomes)
    assert names == ["OtpLocked"] * 7 + ["OtpWrong"] * 3
    assert OtpChallenge.objects.get().attempts == 3


@pytest.mark.django_db(transaction=True)
def test_na_07_control_counting_by_read_and_write_lets_all_ten_through(code: str) -> None:
    everybody_has_read = Barrier(10)

    def naive() -> bool:
        challenge = OtpChallenge.objects.get()
        everybody_has_read.wait(timeout=10)
        if challenge.attempts >= 3:
            return False
        challenge.attempts += 1
        challenge.save(update_fields=["attempts"])
        return True

    outcomes = race([naive] * 10)

    assert outcomes == [True] * 10
    assert OtpChallenge.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_a_challenge_is_spent_once_even_if_the_provider_said_yes_to_many(code: str) -> None:
    challenge_id = OtpChallenge.objects.get().pk

    def spend() -> bool:
        with transaction.atomic():
            return use_challenge(challenge_id=challenge_id, now=timezone.now())

    assert sorted(race([spend] * 5)) == [False] * 4 + [True]


@pytest.mark.django_db(transaction=True)
def test_a_right_code_sent_many_times_at_once_signs_in_once(code: str, guess: Any) -> None:
    outcomes = race([partial(guess, code)] * 5)

    assert [type(outcome).__name__ for outcome in outcomes].count("Admission") == 1
    assert Session.objects.count() == 1
