"""The desk makes vouchers in the admin, audited, and cannot undo what clients do meanwhile."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from core.models import AuditEntry
from finances import registry
from finances.domain.codes import canonical
from finances.domain.discounts import Scope
from finances.models import Voucher
from finances.tests.credits import FACIAL, MASSAGE, make_voucher, take
from users.models import User
from users.tests.factories import UserFactory

ADD = "/admin/finances/voucher/add/"
PACKAGE = UUID(int=30)
INLINE = {
    f"redemptions-{name}": 0
    for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
}
FORM: dict[str, Any] = {
    "code": "amigos10",
    "name": "Amigos",
    "is_active": "on",
    "kind": "percent",
    "value": "10",
    "currency": "COP",
    "scope": "all",
    "min_spend": "0",
    "total_limit": "",
    "per_person_limit": "1",
    **INLINE,
}


@pytest.fixture
def desk(client: Client, admin_user: User) -> Client:
    client.force_login(admin_user)
    return client


@pytest.fixture
def on_sale(monkeypatch: pytest.MonkeyPatch) -> None:
    """A studio with two services and a package."""
    monkeypatch.setattr(registry, "_sellables", {})
    registry.register_sellables(Scope.SERVICES, lambda: [(MASSAGE, "Masaje"), (FACIAL, "Facial")])
    registry.register_sellables(Scope.PACKAGES, lambda: [(PACKAGE, "Cinco masajes")])


def complaints(answer: Any) -> dict[str, Any]:
    return dict(answer.context["adminform"].form.errors)


def test_the_desk_makes_a_voucher_and_it_is_audited(desk: Client, admin_user: User) -> None:
    answer = desk.post(ADD, FORM)

    assert answer.status_code == 302, complaints(answer)
    voucher = Voucher.objects.get()
    assert (voucher.code, voucher.canonical, voucher.value) == ("AMIGOS10", "AM1G0S10", 10)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_id) == ("finances.voucher.added", admin_user.pk)


def test_a_code_nobody_wrote_is_made_up(desk: Client) -> None:
    for _ in range(2):
        assert desk.post(ADD, FORM | {"code": ""}).status_code == 302

    codes = list(Voucher.objects.values_list("code", flat=True))
    assert len(set(codes)) == 2
    assert all(len(code) == 10 and canonical(code) == code for code in codes)


def test_it_may_be_good_for_some_services_only(desk: Client, on_sale: None) -> None:
    assert "Cinco masajes" in desk.get(ADD).text

    answer = desk.post(ADD, FORM | {"scope": "services", "item_ids": [str(FACIAL)]})

    assert answer.status_code == 302, complaints(answer)
    assert Voucher.objects.get().item_ids == [FACIAL]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"value": "101"}, "value"),
        ({"value": "0"}, "value"),
        ({"value": "-1", "kind": "amount"}, "value"),
        ({"value": "0.5", "kind": "amount"}, "value"),
        ({"min_spend": "-1"}, "min_spend"),
        ({"code": "A-"}, "code"),
        ({"code": "VlEJO"}, "code"),
        ({"scope": "services", "item_ids": [str(PACKAGE)]}, "item_ids"),
        ({"scope": "packages", "item_ids": [str(uuid4())]}, "item_ids"),
        (
            {
                "valid_from_0": "2026-12-02",
                "valid_from_1": "10:00",
                "valid_until_0": "2026-12-02",
                "valid_until_1": "10:00",
            },
            "valid_until",
        ),
    ],
)
def test_what_cannot_be_is_explained(
    desk: Client, on_sale: None, wrong: dict[str, Any], field: str
) -> None:
    make_voucher(code="V1EJ0")

    answer = desk.post(ADD, FORM | wrong)

    assert answer.status_code == 200
    assert list(complaints(answer)) == [field]
    assert Voucher.objects.count() == 1


def test_a_limit_below_what_was_used_is_explained(desk: Client) -> None:
    voucher = make_voucher(total_limit=5)
    for _ in range(2):
        take(UserFactory.create().pk, uuid4())

    answer = desk.post(f"/admin/finances/voucher/{voucher.pk}/change/", FORM | {"total_limit": "1"})

    assert list(complaints(answer)) == ["total_limit"]
    voucher.refresh_from_db()
    assert voucher.total_limit == 5


def test_saving_the_page_does_not_forget_uses_counted_meanwhile(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from finances.admin.vouchers import VoucherForm

    voucher = make_voucher()
    honest = VoucherForm.clean

    def clean_while_somebody_uses_it(form: VoucherForm) -> Any:
        take(UserFactory.create().pk, uuid4())
        return honest(form)

    monkeypatch.setattr(VoucherForm, "clean", clean_while_somebody_uses_it)
    answer = desk.post(f"/admin/finances/voucher/{voucher.pk}/change/", FORM | {"name": "Otro"})

    assert answer.status_code == 302, complaints(answer)
    voucher.refresh_from_db()
    assert (voucher.name, voucher.uses) == ("Otro", 1)


def test_lists_and_pages_of_money_open(desk: Client, client_user: User) -> None:
    voucher = make_voucher()
    take(client_user.pk, uuid4())
    pages = ["creditlot", "counterpayment", "voucher", "ledgertransaction", "ledgeraccount"]

    answers = [desk.get(f"/admin/finances/{page}/?q=300").status_code for page in pages]
    page = desk.get(f"/admin/finances/voucher/{voucher.pk}/change/")

    assert answers == [200] * len(pages)
    assert "Reservado" in page.text


@pytest.mark.parametrize("page", ["creditlot", "counterpayment", "ledgertransaction"])
def test_nobody_writes_money_by_hand(desk: Client, page: str) -> None:
    assert desk.get(f"/admin/finances/{page}/add/").status_code == 403
