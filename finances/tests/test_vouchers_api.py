"""`POST vouchers/check`: what a code promises to whoever asks."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from finances.models import VoucherUse
from finances.tests.credits import FACIAL, make_voucher, take
from users.models import User

URL = "/api/v1/vouchers/check"


def test_a_code_says_what_it_promises(
    api: Any, client_user: User, django_assert_num_queries: Any
) -> None:
    until = timezone.now().replace(microsecond=0) + timedelta(days=3)
    make_voucher(
        kind="amount",
        value=20_000,
        scope="services",
        item_ids=[FACIAL],
        min_spend=50_000,
        valid_until=until,
    )
    caller = api.as_(client_user)

    with django_assert_num_queries(3):  # who calls, the voucher, my uses
        answer = caller.post(URL, {"code": "amigos-IO"}, format="json")

    assert answer.status_code == 200
    assert answer.json() == {
        "code": "AMIGOS10",
        "kind": "amount",
        "value": "20000.00",
        "currency": "COP",
        "scope": "services",
        "items": [str(FACIAL)],
        "min_spend": "50000.00",
        "valid_until": answer.json()["valid_until"],
        "combines_with_vouchers": False,
        "combines_with_vip": True,
        "combines_with_credit": True,
    }
    assert not VoucherUse.objects.exists()


@pytest.mark.parametrize(
    ("voucher", "status", "code"),
    [
        ({"code": "OTRO"}, 404, "FIN-VOUCHER-UNKNOWN"),
        ({"is_active": False}, 404, "FIN-VOUCHER-UNKNOWN"),
        ({"valid_until": timezone.now()}, 422, "FIN-VOUCHER-NOT-VALID-NOW"),
        ({"total_limit": 0}, 409, "FIN-VOUCHER-USED-UP"),
    ],
)
def test_why_a_code_is_of_no_use(
    api: Any, client_user: User, voucher: dict[str, Any], status: int, code: str
) -> None:
    make_voucher(**voucher)

    answer = api.as_(client_user).post(URL, {"code": "AMIGOS10"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_code_i_have_used_is_of_no_use_to_me(api: Any, client_user: User) -> None:
    make_voucher()
    take(client_user.pk, uuid4())

    answer = api.as_(client_user).post(URL, {"code": "AMIGOS10"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "FIN-VOUCHER-LIMIT-REACHED")
    assert answer.json()["facts"] == {"limit": 1}


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "x" * 65}, {"code": "A", "b": 1}])
def test_what_is_no_code_is_malformed(api: Any, client_user: User, body: dict[str, Any]) -> None:
    answer = api.as_(client_user).post(URL, body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "CORE-INPUT-INVALID")


def test_codes_cannot_be_guessed_fast(api: Any, client_user: User) -> None:
    caller = api.as_(client_user)

    answers = [caller.post(URL, {"code": f"guess{n}"}, format="json") for n in range(11)]

    assert [answer.status_code for answer in answers] == [404] * 10 + [429]
