"""Months in a row are rewarded with credit or with a service, as the rules say (SPA-15)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms import modelform_factory

from core.models import AuditEntry
from finances import errors, registry
from finances.admin.rules import RulesForm
from finances.models import CreditLot, FinanceSettings, SubscriptionPeriod, Voucher
from finances.registry import Sellable
from finances.selectors.ledger import verify
from finances.selectors.subscriptions import get_membership
from finances.selectors.vouchers import get_usable_voucher
from finances.tests.credits import FACIAL, MASSAGE, line, take
from finances.tests.earnings import rules
from finances.tests.members import Member, day, told
from finances.types import Scope
from notifications.models import Notification
from users.tests.factories import UserFactory

REWARD = "finances.subscription_period.reward"
THIS = UUID(int=1)


@pytest.fixture(autouse=True)
def sold(db: None, monkeypatch: pytest.MonkeyPatch) -> dict[UUID, Sellable]:
    """What the studio sells; a test may change it."""
    services = {MASSAGE: Sellable("Masaje", Decimal(120_000), "COP")}
    monkeypatch.setattr(registry, "_findable", {Scope.SERVICES: services.get})
    return services


def by_voucher(**more: Any) -> None:
    rules(**{"vip_reward_kind": "voucher", "vip_reward_service": MASSAGE} | more)


def credited() -> list[int]:
    return [int(lot.amount) for lot in CreditLot.objects.filter(cause_kind=REWARD)]


def test_a_service_is_given_once_for_each_three_months_and_its_owner_told() -> None:
    by_voucher(vip_reward_voucher_days=30)
    member = Member(now=day("2026-01-01")).subscribe()

    member.live_until(day("2026-07-02"))

    first, second = Voucher.objects.order_by("valid_until")
    assert credited() == []
    assert {first.client_id, second.client_id} == {member.client.pk}
    assert (first.kind, first.value, first.item_ids) == ("amount", 120_000, [MASSAGE])
    assert (first.total_limit, first.per_person_limit) == (1, 1)
    assert first.rewards is not None
    assert first.rewards.number == 3
    assert first.valid_until == day("2026-05-02", 0)
    assert told(member).count("voucher_given") == 2
    message = Notification.objects.filter(template="voucher_given").order_by("created_at")[0]
    assert message.facts == {
        "service": "Masaje", "code": first.code, "last_day": "2026-05-01",
        "reason": "premio por 3 meses seguidos de membresía",
    }  # fmt: skip
    assert AuditEntry.objects.filter(action="finances.voucher.given").count() == 2
    shown = get_membership(client_id=member.client.pk, now=day("2026-07-02"))
    assert [one["code"] for one in shown["vouchers"]] == [second.code]
    assert verify() == []


def test_the_rule_may_change_between_and_no_month_is_rewarded_twice() -> None:
    rules(vip_reward_kind="credit")
    member = Member(now=day("2026-01-01")).subscribe().live_until(day("2026-04-02"))
    assert (credited(), Voucher.objects.count()) == ([50_000], 0)

    by_voucher()
    member.live_until(day("2026-07-02"))
    assert (credited(), Voucher.objects.count()) == ([50_000], 1)

    rules(vip_reward_kind="credit")
    member.live_until(day("2026-10-02"))
    assert (credited(), Voucher.objects.count()) == ([50_000, 50_000], 1)
    assert verify() == []


def test_a_service_that_is_not_sold_any_more_is_rewarded_with_credit(
    sold: dict[UUID, Sellable],
) -> None:
    by_voucher()
    member = Member(now=day("2026-01-01")).subscribe()
    del sold[MASSAGE]

    member.live_until(day("2026-04-02"))

    assert (credited(), Voucher.objects.count()) == ([50_000], 0)


def test_nobody_else_uses_it_and_its_owner_uses_it_once_for_that_service() -> None:
    by_voucher()
    member = Member(now=day("2026-01-01")).subscribe().live_until(day("2026-04-02"))
    voucher, other = Voucher.objects.get(), UserFactory.create()
    asked: dict[str, Any] = {"code": voucher.code, "now": day("2026-04-03")}

    with pytest.raises(errors.VoucherUnknown):
        get_usable_voucher(client_id=other.pk, **asked)
    with pytest.raises(errors.VoucherUnknown):
        take(other.pk, THIS, **asked)
    with pytest.raises(errors.VoucherNotForThis):
        take(member.client.pk, THIS, lines=[line(120_000, FACIAL)], **asked)
    # Two of it at once: its worth is that of one.
    both = [line(120_000), line(120_000)]
    assert take(member.client.pk, THIS, lines=both, **asked).total == 120_000
    with pytest.raises(errors.VoucherUsedUp):
        take(member.client.pk, UUID(int=2), **asked)


def test_a_month_has_one_voucher_and_it_is_somebodys() -> None:
    by_voucher()
    Member(now=day("2026-01-01")).subscribe().live_until(day("2026-04-02"))
    voucher = Voucher.objects.get()
    month = SubscriptionPeriod.objects.get(number=1)

    with pytest.raises(IntegrityError, match="one_for_a_reward"), transaction.atomic():
        Voucher.objects.create(
            code="OTRO77", name="x", kind="amount", value=1, client_id=voucher.client_id,
            rewards=voucher.rewards,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="reward_is_somebodys"), transaction.atomic():
        Voucher.objects.create(code="OTRO77", name="x", kind="amount", value=1, rewards=month)


def test_the_owner_chooses_the_service_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_sellables", {Scope.SERVICES: lambda: [(MASSAGE, "Masaje")]})
    rules_form = modelform_factory(FinanceSettings, form=RulesForm, fields="__all__")
    form = rules_form(instance=FinanceSettings())
    initial = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    chosen = {"vip_reward_kind": "voucher", "vip_reward_service": str(MASSAGE)}

    assert rules_form(initial | chosen).is_valid()
    wrong = rules_form(initial | chosen | {"vip_reward_service": str(FACIAL)})
    assert list(wrong.errors) == ["vip_reward_service", "__all__"]


def test_the_rules_name_the_service_they_give() -> None:
    with pytest.raises(ValidationError, match="servicio"):
        FinanceSettings(vip_reward_kind="voucher").full_clean()
    FinanceSettings(vip_reward_kind="voucher", vip_reward_service=MASSAGE).full_clean()
