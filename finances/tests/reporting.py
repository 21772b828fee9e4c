"""A studio's money at given moments, and its reports read back."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from core.models import Location
from finances.domain.accounts import Account, Side
from finances.domain.causes import Cause
from finances.domain.months import whole_day, whole_month
from finances.domain.reports import Report, read
from finances.models import Payment, PaymentAttempt
from finances.selectors.reports import get_report
from finances.steps.commissions import earn_commission
from finances.steps.counter import take_in_person
from finances.steps.credit import issue_credit
from finances.steps.ledger import Movement, post
from finances.steps.recognition import recognise, take_back
from finances.tests.conftest import Open
from finances.tests.places import make_place
from finances.tests.sales import earning, number_now, sold
from users.tests.factories import UserFactory

DAY = date(2026, 11, 20)
NOVEMBER = date(2026, 11, 1)
NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
EVENING = datetime(2026, 11, 21, 1, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 12, 7, 17, tzinfo=UTC)
MASSAGES, FACES = UUID(int=21), UUID(int=22)
ANA, LUZ = UUID(int=31), UUID(int=32)


@dataclass
class Studio:
    """Two places, a client, somebody at the desk; each call says only what it is about."""

    north: Location = field(default_factory=lambda: make_place("Norte"))
    south: Location = field(default_factory=lambda: make_place("Sur"))
    client: UUID = field(default_factory=lambda: UserFactory.create().pk)
    clerk: UUID = field(default_factory=lambda: UserFactory.create(staff=True).pk)

    def sell(
        self,
        price: int = 119_000,
        *,
        at: datetime = NOON,
        place: Location | None = None,
        staff: tuple[UUID, str] = (ANA, "Ana"),
        category: tuple[UUID, str] = (MASSAGES, "Masajes"),
        tax: str = "vat",
        discount: int = 0,
    ) -> Any:
        """A visit that was paid for happens; what was earned, to take it back."""
        line = sold(
            price,
            tax,
            discount=Decimal(discount),
            staff_id=staff[0],
            staff_name=staff[1],
            category_id=category[0],
            category_name=category[1],
        )
        place = place or self.north
        one = earning(self.client, line, location_id=place.pk, source=Account.DEPOSITS_HELD)
        with transaction.atomic():
            recognise([one], now=at)
            number_now()
        return one

    def take_back(self, earned: Any, amount: int, *, at: datetime = NOON) -> None:
        """A credit note for a part of it."""
        with transaction.atomic():
            take_back(
                client_id=self.client,
                amount=Decimal(amount),
                currency="COP",
                held_in=Account.DEPOSITS_HELD,
                revenue=Account.REVENUE_SERVICES,
                earned_by=(earned.cause_kind, earned.cause_id),
                cause_kind="tests.mistake",
                cause_id=uuid4(),
                reason="sí vino",
                now=at,
            )
            number_now()

    def pay(
        self,
        amount: int = 50_000,
        method: str = "cash",
        *,
        tip: int = 0,
        at: datetime = NOON,
        place: Location | None = None,
    ) -> None:
        """At the counter; the tip is Ana's."""
        with transaction.atomic():
            take_in_person(
                payable_kind="tests.thing",
                payable_id=uuid4(),
                client_id=self.client,
                amount=Decimal(amount),
                currency="COP",
                method=method,
                tip=Decimal(tip),
                tip_party=ANA if tip else None,
                actor_id=self.clerk,
                cause_id=uuid4(),
                location_id=(place or self.north).pk,
                now=at,
            )

    def pay_online(
        self, payment: Payment, method: str = "NEQUI", *, at: datetime = NOON
    ) -> PaymentAttempt:
        """The gateway took it; booked by hand, as settling does."""
        attempt = PaymentAttempt.objects.create(
            payment=payment,
            gateway_id=f"gw-{uuid4()}",
            reference=payment.reference,
            amount=payment.amount,
            currency="COP",
            status="approved",
            method=method,
            seen_at=at,
            booked_at=at,
        )
        sides = [
            Side(Account.GATEWAY_CLEARING, payment.amount, "COP"),
            Side(Account.DEPOSITS_HELD, -payment.amount, "COP", payment.client_id),
        ]
        with transaction.atomic():
            post([Movement("deposit_received", sides, attempt.pk)], now=at)
        return attempt

    def commission(self, amount: int = 30_000, *, party: UUID = ANA, at: datetime = NOON) -> None:
        with transaction.atomic():
            earn_commission(
                party=party,
                base=Decimal(amount * 2),
                percent=Decimal(50),
                currency="COP",
                cause_kind="tests.line",
                cause_id=uuid4(),
                description="Masaje",
                now=at,
            )

    def give_credit(
        self,
        amount: int = 10_000,
        *,
        source: Account = Account.PROMOTIONS,
        at: datetime = NOON,
    ) -> None:
        with transaction.atomic():
            issue_credit(
                client_id=self.client,
                amount=Decimal(amount),
                currency="COP",
                source=source,
                cause_kind="tests.gift",
                cause_id=uuid4(),
                reason="premio",
                now=at,
            )

    def resolve(
        self,
        amount: int = 3_000,
        *,
        where: Account = Account.GATEWAY_CLEARING,
        at: datetime = NOON,
    ) -> None:
        """The gateway kept a fee, or the bank, as somebody resolved it."""
        sides = [
            Side(Account.GATEWAY_FEES, Decimal(amount), "COP"),
            Side(where, -Decimal(amount), "COP"),
        ]
        cause: dict[str, Any] = {"cause_kind": "tests.difference", "cause_id": uuid4()}
        with transaction.atomic():
            post([Movement("difference_resolved", sides, **cause)], now=at)

    def refund(self, amount: int = 5_000, *, at: datetime = NOON) -> None:
        """Goodwill, promised and handed over, as the ledger has it."""
        cause: dict[str, Any] = {"cause_kind": Cause.REFUND, "cause_id": uuid4()}
        gone = Decimal(amount)
        promised = [
            Side(Account.REFUNDS, gone, "COP"),
            Side(Account.REFUNDS_PAYABLE, -gone, "COP", self.client),
        ]
        paid = [
            Side(Account.REFUNDS_PAYABLE, gone, "COP", self.client),
            Side(Account.CARD_TERMINAL, -gone, "COP"),
        ]
        with transaction.atomic():
            post([Movement("refund_promised", promised, **cause)], now=at)
            post([Movement("refund_paid", paid, **cause)], now=at)


def busy(studio: Studio, open_one: Open) -> None:
    """A day with something of everything."""
    massage = studio.sell(119_000, discount=19_000, staff=(ANA, "Ana"))
    studio.sell(
        80_000, place=studio.south, staff=(LUZ, "Luz"), category=(FACES, "Faciales"), tax=""
    )
    studio.take_back(massage, 20_000)
    studio.pay(60_000, "cash", tip=10_000)
    studio.pay(40_000, "card", place=studio.south)
    studio.pay_online(open_one(amount="48000.00", client_id=studio.client))
    studio.pay_online(open_one(amount="30000.00", client_id=studio.client), "CARD")
    studio.commission()
    studio.give_credit()
    studio.refund()
    studio.resolve()


def of_day(day: date = DAY, *, place: Location | None = None, now: datetime = EVENING) -> Report:
    return read(get_report(period=whole_day(day), location_id=_id(place), now=now))


def of_month(
    month: date = NOVEMBER, *, place: Location | None = None, now: datetime = EVENING
) -> bytes:
    return get_report(period=whole_month(month), location_id=_id(place), now=now)


def _id(place: Location | None) -> UUID | None:
    return place.pk if place else None


def rows(report: Report, key: str, *columns: str) -> list[tuple[Any, ...]]:
    """A table's rows, of these columns; money as whole pesos."""
    section = report.section(key)
    assert section is not None
    return [tuple(_whole(row[column]) for column in columns) for row in section.rows]


def differences(report: Report) -> dict[str, int]:
    """What controls differ by, where they do."""
    found = {control.key: _whole(control.difference) for control in report.controls}
    assert report.agrees == (not any(found.values()))
    return {key: gap for key, gap in found.items() if gap}


def _whole(cell: Any) -> Any:
    is_money = isinstance(cell, str) and cell[-3:-2] == "." and cell[-2:].isdigit()
    return int(Decimal(cell)) if is_money else cell
