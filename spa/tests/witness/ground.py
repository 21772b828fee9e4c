"""The witness's ground: the studio with a till, accounts and earners, and what workers do there."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.core.cache import cache
from hypothesis import strategies as st
from hypothesis.stateful import rule

from core import inbox
from finances.domain.commissions import DEVELOPER
from finances.domain.reconciliation import DAYS_BACK
from finances.models import FinanceSettings, PayoutBank, Reconciliation
from finances.models.payees import PayeeKind
from finances.services.cash import open_shift
from finances.services.charge_looks import look_up_next_charge
from finances.services.charges import send_charge
from finances.services.commissions import book_developer_days
from finances.services.payees import refresh_banks
from finances.services.payouts import pay_out_by_the_rules
from finances.services.payouts_sending import work_on_next_payout
from finances.services.reconciliation import reconcile_due
from finances.services.refund_sending import look_up_next_refund, send_next_refund
from finances.services.source_looks import look_at_next_source
from finances.tests.earnings import payee
from spa.models import Service
from spa.tests.machine.studio import DAWN, Studio
from spa.tests.machine.time_passes import TASKS, TimePasses
from spa.tests.machine.world import World
from spa.tests.witness.bank import FarBank

T = TypeVar("T")


def once(act: Callable[..., object]) -> Callable[[World], None]:
    """What finds all that is due by itself."""

    def run(world: World) -> None:
        world.do(act, now=world.now)

    return run


def until_nothing(act: Callable[..., object]) -> Callable[[World], None]:
    """Until nothing is due, or the provider is away."""

    def run(world: World) -> None:
        while world.do(act, now=world.now):
            pass

    return run


# What moves no money is left to the other machine.
OF_THE_STUDIO = (
    "holds",
    "packages unpaid",
    "packages that ended",
    "credit that ended",
    "no-shows",
    "payments",
)
WORK: dict[str, Callable[[World], None]] = {name: TASKS[name] for name in OF_THE_STUDIO} | {
    "events": until_nothing(inbox.process_due),
    "charges": until_nothing(look_up_next_charge),
    "sources": until_nothing(look_at_next_source),
    "refunds": until_nothing(send_next_refund),
    "refunds in doubt": until_nothing(look_up_next_refund),
    "developer": once(book_developer_days),
    "payouts by the rules": once(pay_out_by_the_rules),
    "payouts": until_nothing(work_on_next_payout),
    "nights": once(reconcile_due),
}
# After these there may be more in the providers' books.
MOVE_MONEY_THERE = {send_charge, send_next_refund, work_on_next_payout}


class Ground(TimePasses):
    """Every clock goes together, and what workers do for money is done too."""

    tasks = WORK

    @property
    def far(self) -> FarBank:
        """The providers."""
        bank = self.bank
        assert isinstance(bank, FarBank)
        return bank

    def go_to(self, now: datetime) -> None:
        super().go_to(now)
        self.far.keep_time(now)

    def do(self, act: Callable[..., T], **words: Any) -> T | None:
        done = super().do(act, **words)
        if act in MOVE_MONEY_THERE:
            self.far.look()
        return done

    @rule(
        tasks=st.lists(st.sampled_from(sorted(WORK)), min_size=2, max_size=4, unique=True),
        minutes=st.sampled_from([0, 1, 3, 12, 90]),
    )
    def workers_see_to_money(self, tasks: list[str], minutes: int) -> None:
        """Some of them, in any order, when they run."""
        self.go_to(self.now + timedelta(minutes=minutes))
        for task in tasks:
            WORK[task](self)


def furnish(studio: Studio) -> None:
    """People earn and can be paid, the till is open, limits are low enough to be met."""
    FinanceSettings.objects.filter(pk=1).update(
        refund_approval_above=120_000,
        adjustment_approval_above=60_000,
        staff_threshold=20_000,
        developer_threshold=1_000,
    )
    cache.clear()
    Service.objects.update(commission_percent=30)
    refresh_banks()
    bank_id = PayoutBank.objects.order_by("name").values_list("pk", flat=True)[0]
    earners = [(member.resource_id, PayeeKind.STAFF) for member in studio.therapists]
    clients = [(person.pk, PayeeKind.CLIENT) for person in studio.people[:3]]
    developer = (DEVELOPER, PayeeKind.DEVELOPER)
    for number, (party, kind) in enumerate([*earners, *clients, developer]):
        payee(party, kind=kind, bank_id=bank_id, account_number=f"{12345678 + number}", now=DAWN)
    _compare_days_before()
    open_shift(
        location_id=studio.place.pk,
        opening_float=Decimal(300_000),
        actor_id=studio.desk.pk,
        now=DAWN - timedelta(hours=1),
    )


def _compare_days_before() -> None:
    """There was nothing on them: no example spends its time with them."""
    ended = {"status": "clean", "started_at": DAWN, "finished_at": DAWN}
    Reconciliation.objects.bulk_create(
        Reconciliation(day=DAWN.date() - timedelta(days=back), **ended)
        for back in range(1, DAYS_BACK + 1)
    )
