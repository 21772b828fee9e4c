"""Who pays: at the checkout, by charges of ours, with the wrong money; and whose events come."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.errors import ProviderUnavailable
from finances.domain.means import Acceptance, Means, Method, Spent
from finances.domain.sources import SourceKind
from finances.domain.statuses import Status
from finances.gateways.current import gateway
from finances.models import Payment, PaymentSource
from finances.services.charges import send_charge, start_charge
from finances.services.payouts_webhooks import receive_payout_event
from finances.services.review import review_payment
from finances.services.sources import keep_card, start_source
from finances.tests.chargers import BAD_CARD, GOOD_CARD
from spa.tests.machine.money import Money
from spa.tests.machine.visits import Bookings
from spa.tests.machine.world import which
from spa.tests.witness.ground import Ground

fates = st.sampled_from(["told", "told", "told twice", "late", "lost"])
WAYS = ("checkout", "card", "bad card", "nequi", "kept", "agent", "in doubt", "other money")
ways = st.sampled_from(["checkout", *WAYS])
EMAIL = "ana@example.com"


class Paying(Bookings, Money, Ground):
    """Payers and the gateway."""

    def _open_payments(self, payable_id: Any) -> list[Payment]:
        return [payment for payment in self.unsettled() if payment.payable_id == payable_id]

    @precondition(lambda self: self.unsettled())
    @rule(number=which, way=ways, fate=fates)
    def somebody_pays_somehow(self, number: int, way: str, fate: str) -> None:
        self._pay(self.one(number, self.unsettled()), way, fate)

    def _pay(self, payment: Payment, way: str, fate: str) -> None:
        if way == "checkout":
            self.far.charge(payment, Status.APPROVED, now=self.now)
        elif way == "other money":
            self._pay_something_else(payment)
        else:
            self._charge(payment, way)
        self._let_come(fate)

    def _let_come(self, fate: str) -> None:
        """The newest event comes once, twice, later or never."""
        if not self.bank.on_the_way:
            return
        if fate == "lost":
            self.bank.on_the_way.pop()
        elif fate == "told twice":
            self.bank.on_the_way.append(self.bank.on_the_way[-1])
            self._events_arrive(2)
        elif fate == "told":
            self._events_arrive(1)

    def _charge(self, payment: Payment, way: str) -> None:
        try:
            means, spent = self._means(payment, way)
        except ProviderUnavailable:
            # While the breaker is open nobody is shown what he has to accept.
            return
        words = {"payment_id": payment.pk, "client_id": payment.client_id, "now": self.now}
        charge = self.do(start_charge, means=means, ordered_by=payment.client_id, **words)
        if charge is not None and way == "in doubt":
            self.far.fail("wompi", "lost_answer", "/wompi/v1/transactions", "POST", next=1)
        if charge is not None:
            self.do(send_charge, charge_id=charge.pk, spent=spent)
            self.far.wait_for(charge.reference)

    def _means(self, payment: Payment, way: str) -> tuple[Means, Spent]:
        mine = [source for source in self.kept() if source.client_id == payment.client_id]
        if way == "kept" and mine:
            return Means(Method.SOURCE, {"email": EMAIL}, source_id=mine[0].pk), Spent()
        token = self.far.card({"bad card": BAD_CARD}.get(way, GOOD_CARD))
        spent = Spent(token=token, acceptance=self._accept())
        method = {"nequi": Method.NEQUI, "agent": Method.BANCOLOMBIA_COLLECT}.get(way, Method.CARD)
        details = {"email": EMAIL}
        if method is Method.NEQUI:
            details["phone"] = "3991111111"
        has_token = method is Method.CARD
        return Means(method, details, has_token=has_token, has_accepted=True), spent

    def _accept(self) -> Acceptance:
        info = gateway().merchant_info()
        return Acceptance(info.policy.token, info.personal_data.token)

    def kept(self) -> list[PaymentSource]:
        """What can be charged."""
        return list(PaymentSource.objects.filter(status="available").order_by("pk"))

    def somebody_keeps_a_card(self, who: int) -> None:
        """For the next time."""
        words = {"client_id": self.person(who).pk, "kind": SourceKind.CARD, "email": EMAIL}
        source = self.do(start_source, now=self.now, **words)
        if source is not None:
            words = {"token": self.far.card(GOOD_CARD), "email": EMAIL}
            self.do(keep_card, source_id=source.pk, acceptance=self._accept(), **words)

    def _pay_something_else(self, payment: Payment) -> None:
        """What the gateway took is not what was owed: less, more, or other money."""
        if any(seen.status is Status.PENDING for seen in self.far.of(payment)):
            return
        number, owed = len(self.census.payments), int(payment.amount * 100)
        cents = (owed, owed + 5_000_000, 150_000)[number % 3]
        currency = payment.currency if number % 3 else "USD"
        words = {"amount_in_cents": cents, "currency": currency}
        self.far.charge(payment, Status.APPROVED, now=self.now, **words)

    @precondition(lambda self: any(p.status == "flagged" for p in self.census.payments))
    @rule(number=which)
    def what_is_in_review_is_asked_about_again(self, number: int) -> None:
        flagged = [payment for payment in self.census.payments if payment.status == "flagged"]
        words = {"payment_id": self.one(number, flagged).pk, "actor_id": self.studio.admin.pk}
        self.do(review_payment, now=self.now, **words)

    @precondition(lambda self: self.bank.on_the_way)
    @rule(count=st.integers(1, 4))
    def events_are_lost(self, count: int) -> None:
        del self.bank.on_the_way[:count]

    @precondition(lambda self: self.far.payout_news)
    @rule(count=st.integers(1, 4), newest_first=st.booleans(), again=st.booleans())
    def news_of_payouts_comes(self, count: int, newest_first: bool, again: bool) -> None:
        news = self.far.payout_news
        if newest_first:
            news.reverse()
        come = news[:count]
        for event in come:
            self.do(receive_payout_event, body=event, now=self.now)
        if not again:
            del news[:count]
        self._work()
