"""Money that goes back, credit by hand, differences that people resolve, and what the bank pays."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.ids import uuid7
from finances.domain.reconciliation import PENDING, Way
from finances.domain.sightings import GatewayTransaction
from finances.models import Adjustment, CounterPayment, Difference, Refund
from finances.services.adjustments import (
    approve_adjustment,
    reject_adjustment,
    request_adjustment,
)
from finances.services.differences import (
    approve_resolution,
    ask_again,
    reject_resolution,
    resolve_difference,
)
from finances.services.refund_sending import send_next_refund
from finances.services.refunds import Wish, approve_refund, reject_refund, request_refund
from spa.tests.machine.world import people, which
from spa.tests.witness.ground import Ground


class GivingBack(Ground):
    """Refunds of ours and of others, chargebacks (`the_gateway_voids`), adjustments, payouts."""

    def paid(self) -> list[Any]:
        """What somebody has paid, at the gateway or at the desk."""
        online = [payment for payment in self.census.payments if payment.allocation]
        return [*online, *CounterPayment.objects.filter(amount__gt=0).order_by("pk")]

    @precondition(lambda self: self.paid())
    @rule(
        number=which,
        source=st.sampled_from(["credit", "goodwill", "goodwill"]),
        to=st.sampled_from(["gateway", "gateway", "gateway", "credit", "bank", "cash"]),
        share=st.sampled_from([30, 50, 100, 100]),
        at_once=st.booleans(),
        fails=st.sampled_from([None, None, None, "DECLINED", "ERROR"]),
    )
    def money_is_asked_back(
        self, number: int, source: str, to: str, share: int, at_once: bool, fails: str | None
    ) -> None:
        """Maybe the gateway will say no, to this refund or to a later one."""
        if fails:
            self.far.plan_refund(fails)
        self._ask_back(self.one(number, self.paid()), source, to, share, at_once)

    def _ask_back(self, payment: Any, source: str, to: str, share: int, at_once: bool) -> None:
        wish = Wish(
            payment_id=payment.pk,
            amount=(payment.amount * share / 100).quantize(Decimal(1)),
            source=source,
            destination=to,
            reason="no pudo venir",
            location_id=self.studio.place.pk,
        )
        words = {"refund_id": uuid7(), "now": self.now}
        refund = self.do(request_refund, wish=wish, actor_id=self.desk, **words)
        if refund is not None and at_once:
            if refund.needs_approval:
                self.do(approve_refund, actor_id=self.studio.admin.pk, **words)
            self.do(send_next_refund, now=self.now)

    def asked(self) -> list[Refund]:
        """Refunds that wait for a second person."""
        return list(Refund.objects.filter(state="requested").order_by("pk"))

    @precondition(lambda self: self.asked())
    @rule(number=which, agreed=st.sampled_from([True, True, False]))
    def somebody_decides_about_a_refund(self, number: int, agreed: bool) -> None:
        words = {"refund_id": self.one(number, self.asked()).pk, "now": self.now}
        if agreed:
            self.do(approve_refund, actor_id=self.studio.admin.pk, **words)
        else:
            self.do(reject_refund, reason="no", actor_id=self.studio.admin.pk, **words)

    @precondition(lambda self: self.bank.approved())
    @rule(number=which, share=st.sampled_from([30, 100]))
    def somebody_gives_back_at_the_gateways_desk(self, number: int, share: int) -> None:
        self._give_back_there(self.one(number, self.bank.approved()), share)

    def _give_back_there(self, attempt: GatewayTransaction, share: int) -> None:
        cents = self.far.left(attempt) * share // 10_000 * 100
        if cents and attempt.method == "CARD":
            self.far.give_back(attempt, cents)

    @rule(who=people, thousands=st.sampled_from([-40, -10, 20, 90]))
    def credit_is_adjusted(self, who: int, thousands: int) -> None:
        self.do(
            request_adjustment,
            adjustment_id=uuid7(),
            client_id=self.person(who).pk,
            amount=Decimal(thousands * 1000),
            currency="COP",
            reason="una prueba",
            actor_id=self.desk,
            now=self.now,
        )

    def proposed(self) -> list[Adjustment]:
        """Adjustments that wait for a second person."""
        return list(Adjustment.objects.filter(state="requested").order_by("pk"))

    @precondition(lambda self: self.proposed())
    @rule(number=which, agreed=st.booleans())
    def somebody_decides_about_an_adjustment(self, number: int, agreed: bool) -> None:
        adjustment = self.one(number, self.proposed())
        words = {"adjustment_id": adjustment.pk, "actor_id": self.studio.admin.pk}
        if agreed:
            self.do(approve_adjustment, now=self.now, **words)
        else:
            self.do(reject_adjustment, reason="no", now=self.now, **words)

    def differing(self) -> list[Difference]:
        """What waits for somebody since a night."""
        return list(Difference.objects.filter(state__in=sorted(PENDING)).order_by("pk"))

    @precondition(lambda self: self.differing())
    @rule(
        number=which,
        way=st.sampled_from(["differences", "gateway_fees", "client_credit", "ask again"]),
        agreed=st.sampled_from([True, True, False]),
        who=people,
    )
    def somebody_sees_to_a_difference(self, number: int, way: str, agreed: bool, who: int) -> None:
        """An administrator, and where the rules want it another one."""
        one = self.one(number, self.differing())
        words = {"difference_id": one.pk, "now": self.now}
        admin = self.studio.admin.pk
        if way == "ask again":
            self.do(ask_again, note="visto", actor_id=admin, **words)
            return
        client = self.person(who).pk if way == "client_credit" else None
        kind = {"way": Way(way), "note": "visto", "client_id": client}
        self.do(resolve_difference, actor_id=self.desk, **kind, **words)
        second = approve_resolution if agreed else reject_resolution
        if Difference.objects.get(pk=one.pk).state == "proposed":
            self.do(second, actor_id=admin, **words)

    @precondition(lambda self: [*self.far.unpaid_lines()])
    @rule(number=which, status=st.sampled_from(["APPROVED", "APPROVED", "FAILED", "CANCELLED"]))
    def the_bank_ends_a_batch(self, number: int, status: str) -> None:
        self.far.end_batch(self.one(number, [*self.far.unpaid_lines()]), status)
