"""Whatever members, banks and gateways do: a month is charged once, and no peso is lost."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DomainError
from core.testing import IS_DEEP
from finances.domain.charges import OPEN
from finances.domain.statuses import Status
from finances.domain.subscriptions import BENEFITS
from finances.models import (
    Charge,
    CreditLot,
    LedgerEntry,
    Payment,
    Subscription,
    SubscriptionPeriod,
)
from finances.selectors.ledger import verify
from finances.services.plan_changes import change_plan
from finances.services.subscriptions import (
    cancel_subscription,
    reactivate_subscription,
    subscribe,
)
from finances.tests.members import BOGOTA, Member, a_plan, day, end, lose

SAYS = {"yes": Status.APPROVED, "no": Status.DECLINED, "error": Status.ERROR, "silent": None}
answers = st.sampled_from(["yes", "yes", "yes", "no", "no", "error", "silent", "lost"])
acts = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 20)),
    st.tuples(st.just("bank"), answers),
    st.tuples(st.sampled_from(["cancel", "reactivate", "subscribe", "late"]), st.just(0)),
    st.tuples(st.just("change"), st.integers(0, 2)),
)


class Undo(Exception):
    """Ends an example; the next one starts from empty tables."""


@contextmanager
def undone() -> Iterator[None]:
    block = transaction.atomic()
    # As a test's own: use cases may be durable inside.
    block._from_testcase = True  # type: ignore[attr-defined]
    try:
        with block:
            yield
            raise Undo
    except Undo:
        pass


class Life:
    """One client, whose bank says what it was told last."""

    def __init__(self) -> None:
        self.says = "yes"
        self.member = Member(now=day("2026-01-31"), price=60_000)
        self.plans = [self.member.plan, a_plan("Plata", 40_000), a_plan("Oro", 95_000)]
        self.member.subscribe(self.bank)

    def bank(self, charge: Charge, now: datetime) -> Status | None:
        if self.says == "lost":
            return lose(charge, now)
        return SAYS[self.says]

    def act(self, what: str, more: object) -> None:
        member, now = self.member, self.member.now
        client_id = member.client.pk
        if what == "bank":
            self.says = str(more)
            return
        if what == "wait":
            member.live_until(now + timedelta(days=int(str(more))), self.bank)
            return
        ordered = None
        with suppress(DomainError):
            if what == "cancel":
                cancel_subscription(
                    subscription_id=member.id, client_id=client_id, actor_id=client_id, now=now
                )
            elif what == "reactivate":
                ordered = reactivate_subscription(
                    subscription_id=member.id, client_id=client_id, source_id=None, now=now
                )
            elif what == "change":
                plan = self.plans[int(str(more))]
                ordered = change_plan(
                    subscription_id=member.id, client_id=client_id, plan_id=plan.pk, now=now
                )
            elif what == "subscribe":
                ordered = subscribe(
                    client_id=client_id,
                    plan_id=member.plan.pk,
                    source_id=member.source.pk,
                    now=now,
                )
                member.id = ordered.subscription_id
            else:
                self.answer_late(now)
        if ordered is not None:
            member.answer(ordered.charge_id, self.bank)

    def answer_late(self, now: datetime) -> None:
        """The gateway has the oldest of what nobody knew, or believed lost, and it was paid."""
        unheard = Charge.objects.filter(status__in=[*OPEN, "lost"]).select_related("payment")
        charge = unheard.order_by("started_at", "pk").first()
        if charge is not None:
            end(charge, Status.APPROVED, now=now)

    def check(self) -> None:
        """What holds at every moment."""
        received = Payment.objects.filter(status="approved")
        paid = sum(received.values_list("amount", flat=True), Decimal(0))
        kept = {
            account: -sum(
                LedgerEntry.objects.filter(account=account).values_list("amount", flat=True),
                Decimal(0),
            )
            for account in ("deferred_subscriptions", "revenue_subscriptions")
        }
        bought = CreditLot.objects.exclude(cause_kind__startswith="finances.subscription_period")
        credit = sum(bought.values_list("amount", flat=True), Decimal(0))
        assert sum(kept.values()) + credit == paid
        months = SubscriptionPeriod.objects.filter(state="paid")
        assert all(month.payment.allocation == "accepted" for month in months)
        spans = sorted((month.starts_on, month.ends_on) for month in months)
        for before, after in pairwise(spans):
            assert before[1] <= after[0], "no day is paid twice"
        row = self.member.row
        assert self.member.role == ("vip" if row.status in BENEFITS else "client")
        assert Subscription.objects.exclude(status="ended").count() <= 1
        tried = Charge.objects.filter(ordered_by=None).values_list("started_at", flat=True)
        on = Counter(moment.astimezone(BOGOTA).date() for moment in tried)
        assert all(times == 1 for times in on.values()), "a try a day"


@pytest.mark.django_db
@settings(
    max_examples=300 if IS_DEEP else 8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(acts, min_size=3, max_size=9))
def test_whatever_happens_each_month_is_paid_once_and_no_peso_is_lost(
    course: list[tuple[str, object]],
) -> None:
    with undone():
        life = Life()
        for what, more in course:
            life.act(what, more)
            life.check()
        assert verify() == []
