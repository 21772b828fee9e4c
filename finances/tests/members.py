"""A member whose days go by, and a bank that answers as it is told; no gateway is asked."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from core.testing import deliver_outbox
from finances.domain.charges import OPEN
from finances.domain.sightings import GatewayTransaction
from finances.domain.statuses import Status
from finances.models import (
    Charge,
    LedgerEntry,
    PaymentSource,
    Subscription,
    SubscriptionPeriod,
    SubscriptionPlan,
)
from finances.services.renewals import move_on
from finances.services.subscriptions import (
    cancel_subscription,
    reactivate_subscription,
    subscribe,
)
from finances.steps.charge_news import take_in
from finances.types import OrderedSubscription
from notifications.models import Notification
from users.models import User
from users.services.bans import ban_person
from users.tests.factories import UserFactory

BOGOTA = ZoneInfo("America/Bogota")
Bank = Callable[[Charge, datetime], Status | None]


def day(text: str, hour: int = 12) -> datetime:
    """A moment of the studio's."""
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), BOGOTA).replace(
        hour=hour
    )


def a_plan(name: str = "VIP", price: int = 90_000) -> SubscriptionPlan:
    return SubscriptionPlan.objects.create(name=name, monthly_price=price)


def a_card(client: User, *, gateway_id: str = "77") -> PaymentSource:
    return PaymentSource.objects.create(
        client=client,
        kind="card",
        status="available",
        gateway_id=gateway_id,
        fingerprint=gateway_id,
        is_default=not PaymentSource.objects.filter(client=client, is_default=True).exists(),
        asked_at=day("2026-01-01"),
    )


def approve(charge: Charge, now: datetime) -> Status | None:
    return Status.APPROVED


def decline(charge: Charge, now: datetime) -> Status | None:
    return Status.DECLINED


def say_nothing(charge: Charge, now: datetime) -> Status | None:
    """The charge stays open."""
    return None


class Member:
    """A client with a card, who subscribes and lets days go by."""

    def __init__(self, *, now: datetime, price: int = 90_000, client: User | None = None) -> None:
        self.client = client or UserFactory.create(email=f"{UserFactory.build().phone}@example.com")
        self.plan, self.source = a_plan(price=price), a_card(self.client)
        self.now, self.tried_on = now, []  # type: ignore[var-annotated]

    def subscribe(self, bank: Bank = approve) -> "Member":
        ordered: OrderedSubscription = subscribe(
            client_id=self.client.pk, plan_id=self.plan.pk, source_id=self.source.pk, now=self.now
        )
        self.id = ordered.subscription_id
        self.answer(ordered.charge_id, bank)
        return self

    def answer(self, charge_id: UUID | None, bank: Bank) -> None:
        """The bank ends a charge, or does not."""
        if charge_id is None:
            return
        charge = Charge.objects.select_related("payment").get(pk=charge_id)
        outcome = bank(charge, self.now)
        if outcome is not None:
            end(charge, outcome, now=self.now)

    def live_until(self, moment: datetime, bank: Bank = approve) -> "Member":
        """Whatever is due until then happens when it is due."""
        for _ in range(400):
            due = self.row.next_look_at
            if due is None or due > moment:
                break
            self.now = max(self.now, due)
            before = self.row
            charge_id = move_on(subscription_id=self.id, now=self.now)
            if charge_id is not None:
                self.tried_on.append(self.now.astimezone(BOGOTA).date())
            self.answer(charge_id, bank)
            after = self.row
            if after.next_look_at is not None and after.next_look_at <= due:
                # Settled at this very moment: looked at again with the next.
                self.now += timedelta(seconds=1)
            elif charge_id is None and (after.status, after.paid_until) == (
                before.status, before.paid_until,
            ):  # fmt: skip
                self._let_quiet_days_go_by(after, until=moment)
        else:
            raise AssertionError("it is always due")
        self.now = max(self.now, moment)
        return self

    def _let_quiet_days_go_by(self, row: Subscription, *, until: datetime) -> None:
        """In the middle of a month a look a day changes nothing, and tests need not wait for it."""
        if row.status == "active" and row.paid_until is not None:
            end = datetime.combine(row.paid_until, datetime.min.time(), BOGOTA)
            if end - self.now < timedelta(days=27):
                self.now = max(self.now, min(until, end - timedelta(days=6)))

    @property
    def row(self) -> Subscription:
        return Subscription.objects.get(pk=self.id)

    @property
    def status(self) -> str:
        return self.row.status

    @property
    def months(self) -> list[SubscriptionPeriod]:
        return list(SubscriptionPeriod.objects.filter(subscription=self.id).order_by("number"))

    @property
    def open_charge(self) -> Charge:
        return Charge.objects.select_related("payment").get(status__in=OPEN)

    @property
    def role(self) -> str:
        deliver_outbox()
        return User.objects.values_list("role", flat=True).get(pk=self.client.pk)


def end(charge: Charge, outcome: Status, *, now: datetime) -> None:
    """What the gateway says of a charge, however late."""
    seen = GatewayTransaction(
        id=f"tx-{charge.reference}",
        reference=charge.reference,
        status=outcome,
        amount=charge.payment.amount,
        currency=charge.payment.currency,
        method="CARD",
        finalized_at=now,
    )
    with transaction.atomic():
        take_in([seen], now=now)


def lose(charge: Charge, now: datetime) -> Status | None:
    """It never came to the gateway, as its look-up finds."""
    Charge.objects.filter(pk=charge.pk).update(
        status="lost", refusal="FIN-CHARGE-LOST", ended_at=now, next_look_at=None
    )
    return None


def balance(account: str) -> Decimal:
    entries = LedgerEntry.objects.filter(account=account).values_list("amount", flat=True)
    return -sum(entries, Decimal(0))


def told(member: Member) -> list[str]:
    assert member.role
    found = Notification.objects.filter(person_id=member.client.pk).order_by("created_at", "pk")
    return list(found.values_list("template", flat=True))


def cancel(member: Member) -> None:
    cancel_subscription(
        subscription_id=member.id,
        client_id=member.client.pk,
        actor_id=member.client.pk,
        now=member.now,
    )


def reactivate(member: Member, source: PaymentSource | None = None) -> Any:
    return reactivate_subscription(
        subscription_id=member.id,
        client_id=member.client.pk,
        source_id=source.pk if source else None,
        now=member.now,
    )


def ban(member: Member) -> None:
    ban_person(
        person_id=member.client.pk,
        reason="Amenazas",
        actor_id=UserFactory.create(admin=True).pk,
        now=member.now,
    )
    assert member.role == "client"
