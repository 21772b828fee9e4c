"""Money: payers and the gateway's events, credit, packages."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core import inbox
from core.ids import uuid7
from finances.domain.references import base_of
from finances.domain.statuses import UNSETTLED, Status
from finances.models import Payment
from finances.services.webhooks import receive_event
from finances.tests.wires import at
from spa.models import ClientPackage
from spa.services.packages import buy_package, refund_package, sell_package, transfer_package
from spa.tests.machine.studio import VOUCHER
from spa.tests.machine.world import World, people, which
from spa.tests.paying import give_credit


class Money(World):
    """What is paid, when its events arrive, and what money turns into."""

    def unsettled(self) -> list[Payment]:
        """Payments that may still be paid, whatever we think of the time; open ones first."""
        found = [payment for payment in self.census.payments if payment.status in UNSETTLED]
        return sorted(found, key=lambda payment: payment.status == "expired")

    @precondition(lambda self: self.unsettled())
    @rule(number=st.integers(0, 3), told=st.sampled_from(["at once", "at once", "later"]))
    def somebody_pays(self, number: int, told: str) -> None:
        self.bank.charge(self.one(number, self.unsettled()), Status.APPROVED, now=self.now)
        if told == "at once":
            self._events_arrive(1)

    @precondition(lambda self: self.unsettled())
    @rule(number=which, status=st.sampled_from([Status.DECLINED, Status.ERROR, Status.PENDING]))
    def a_payment_fails(self, number: int, status: Status) -> None:
        self.bank.charge(self.one(number, self.unsettled()), status, now=self.now)
        self._events_arrive(1)

    @precondition(lambda self: self.census.payments)
    @rule(number=which)
    def somebody_pays_once_more(self, number: int) -> None:
        """Also what is paid already."""
        self.bank.charge(self.one(number, self.census.payments), Status.APPROVED, now=self.now)

    @precondition(lambda self: self.bank.approved())
    @rule(number=which, told=st.sampled_from(["at once", "later"]))
    def the_gateway_voids(self, number: int, told: str) -> None:
        """Whatever is on its way still, the approval itself too, comes before the void or after."""
        attempt = self.one(number, self.bank.approved())
        reference = base_of(attempt.reference)
        payment = next(p for p in self.census.payments if p.reference == reference)
        self.bank.void(attempt, payment)
        if told == "at once":
            self._events_arrive(1)

    @precondition(lambda self: self.bank.on_the_way)
    @rule(count=st.integers(1, 3), newest_first=st.booleans())
    def events_arrive(self, count: int, newest_first: bool) -> None:
        if newest_first:
            self.bank.on_the_way.reverse()
        self._events_arrive(count)

    @precondition(lambda self: self.bank.arrived)
    @rule(number=which, minutes=st.sampled_from([None, 0, -90]))
    def the_gateway_repeats_itself(self, number: int, minutes: int | None) -> None:
        """The very same event, or another about the same, of today or older than those we had."""
        event = self.one(number, self.bank.arrived)
        if minutes is not None:
            moment = timezone.now() + timedelta(minutes=minutes)
            event = at(event, int(moment.timestamp()))
        self.do(receive_event, body=event, now=self.now)
        self._work()

    def _events_arrive(self, count: int) -> None:
        for _ in range(min(count, len(self.bank.on_the_way))):
            self.bank.arrived.append(event := self.bank.on_the_way.pop())
            self.do(receive_event, body=event, now=self.now)
        self._work()

    def _work(self) -> None:
        while self.do(inbox.process_due, now=self.now):
            pass

    @rule(who=people, thousands=st.sampled_from([7, 30, 90]))
    def credit_is_given(self, who: int, thousands: int) -> None:
        client_id = self.person(who).pk
        self.do(give_credit, client_id=client_id, amount=thousands * 1000, now=self.now)

    @rule(who=people, lessons=st.booleans(), with_voucher=st.booleans())
    def somebody_would_buy_a_package(self, who: int, lessons: bool, with_voucher: bool) -> None:
        self.do(
            buy_package,
            client_id=self.person(who).pk,
            package_id=self._package(lessons),
            vouchers=[VOUCHER] if with_voucher else [],
            now=self.now,
        )

    @rule(who=people, lessons=st.booleans())
    def the_desk_sells_a_package(self, who: int, lessons: bool) -> None:
        self.do(
            sell_package,
            client_id=self.person(who).pk,
            package_id=self._package(lessons),
            method="card",
            sale_id=uuid7(),
            actor_id=self.desk,
            now=self.now,
        )

    def _package(self, lessons: bool) -> Any:
        return self.studio.lessons.pk if lessons else self.studio.visits.pk

    def usable(self) -> list[ClientPackage]:
        """Packages that have sessions."""
        return [package for package in self.census.packages if package.sessions_left]

    @precondition(lambda self: self.usable())
    @rule(number=which)
    def a_package_is_paid_back(self, number: int) -> None:
        self.do(
            refund_package,
            client_package_id=self.one(number, self.usable()).pk,
            reason="se muda",
            actor_id=self.desk,
            now=self.now,
        )

    @precondition(lambda self: self.usable())
    @rule(number=which, who=people)
    def a_package_changes_hands(self, number: int, who: int) -> None:
        self.do(
            transfer_package,
            client_package_id=self.one(number, self.usable()).pk,
            to_client_id=self.person(who).pk,
            reason="un regalo",
            actor_id=self.desk,
            now=self.now,
        )
