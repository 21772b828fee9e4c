"""Several vouchers in one quote, one booking, one purchase (SPA-13, SPA-26)."""

from typing import Any
from uuid import uuid4

import pytest

from finances.models import VoucherUse
from finances.tests.credits import give, make_voucher
from spa.models import Appointment, ClientPackage, Service, StaffMember
from spa.tests.conftest import coming, rule_that
from spa.tests.packages import offer
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def codes() -> list[str]:
    """Ten per cent and 5 000 that combine."""
    make_voucher(combines_with_vouchers=True)
    make_voucher(code="CINCO", kind="amount", value=5_000, combines_with_vouchers=True)
    return ["CINCO", "amigos10"]


def post(api: Any, path: str, **asked: Any) -> Any:
    headers = {"Idempotency-Key": str(uuid4())}
    return api.post(f"/api/v1/{path}", asked, format="json", headers=headers)


def test_a_quote_and_its_booking_take_both_off(
    api: Any, client_user: User, service: Service, therapist: StaffMember, codes: list[str]
) -> None:
    me = api.as_(client_user)
    wanted = {
        "services": [str(service.pk)], "staff": None, "start": coming(3, 10).isoformat(),
        "voucher": codes[0], "vouchers": codes[1:],
    }  # fmt: skip

    quoted = post(me, "appointments/quote", **wanted).json()
    booked = post(me, "appointments", **wanted)

    # 120 000, less 10 %, less 5 000.
    assert (quoted["discount"], quoted["total"]) == ("17000.00", "103000.00")
    assert booked.status_code == 201, booked.json()
    assert Appointment.objects.get().total == 103_000
    assert VoucherUse.objects.filter(state="reserved").count() == 2


def test_a_package_is_bought_with_both(
    api: Any, client_user: User, service: Service, codes: list[str]
) -> None:
    package = offer(service)

    answer = post(api.as_(client_user), f"packages/{package.pk}/buy", vouchers=codes)

    assert answer.status_code == 201, answer.json()
    assert ClientPackage.objects.get().price == package.price * 9 / 10 - 5_000


def test_one_that_does_not_combine_with_credit_says_so(
    api: Any, client_user: User, service: Service, therapist: StaffMember
) -> None:
    make_voucher(combines_with_credit=False)
    me = api.as_(client_user)
    wanted = {
        "services": [str(service.pk)], "staff": None, "start": coming(3, 10).isoformat(),
        "voucher": "AMIGOS10", "use_credit": True,
    }  # fmt: skip

    without_any = post(me, "appointments/quote", **wanted)
    give(client_user.pk, 10_000, valid_days=3000)
    refused = post(me, "appointments/quote", **wanted)

    assert without_any.json()["discount"] == "12000.00"
    assert (refused.status_code, refused.json()["code"]) == (422, "FIN-VOUCHER-DOES-NOT-COMBINE")


def test_one_that_does_not_combine_with_the_vip_price_says_so(
    api: Any, client_user: User, service: Service, therapist: StaffMember
) -> None:
    make_voucher(combines_with_vip=False)
    User.objects.filter(pk=client_user.pk).update(role="vip")
    client_user.refresh_from_db()
    me = api.as_(client_user)
    wanted = {
        "services": [str(service.pk)], "staff": None, "start": coming(3, 10).isoformat(),
        "voucher": "AMIGOS10",
    }  # fmt: skip

    rule_that(vip_discount_percent=0)
    as_everybody = post(me, "appointments/quote", **wanted)
    Service.objects.update(vip_price=100_000)
    refused = post(me, "appointments/quote", **wanted)
    Service.objects.update(vip_price=None)
    rule_that(vip_discount_percent=15)
    refused_too = post(me, "appointments/quote", **wanted)

    assert as_everybody.json()["discount"] == "12000.00"
    assert refused_too.json() == refused.json() | {"request_id": refused_too.json()["request_id"]}
    assert (refused.status_code, refused.json()["code"]) == (422, "FIN-VOUCHER-DOES-NOT-COMBINE")
