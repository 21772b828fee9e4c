"""What there is at this moment, read from the tables when they have changed."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import connection

from core.models import OutboxMessage
from finances.models import CreditLot, Payment
from notifications.models import Delivery
from spa.models import (
    Appointment,
    AppointmentSeries,
    Block,
    ClassSession,
    ClientPackage,
    Enrolment,
    PackageUse,
    Strike,
    StrikeAppeal,
    WaitlistEntry,
    WaitlistOffer,
)
from spa.tests.machine.memory import Memory, Trace
from users.models import User

T = TypeVar("T")

# Whatever somebody may do leaves its traces in one of these.
APPS = ("spa", "finances", "notifications", "users")
MORE = ("core_outboxmessage", "core_inboxmessage", "core_auditentry")


def remembered(read: Callable[["Census"], T]) -> property:
    """A property that is read again when what it was read from has changed."""

    def recall(census: "Census") -> T:
        return census.memory.recall(read, lambda: read(census))

    return property(recall, doc=read.__doc__)


class Census:
    """Rows in the order in which they came to be."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    @remembered
    def visits(self) -> list[Appointment]:
        return list(Appointment.objects.select_related("location").order_by("pk"))

    def visits_that(self, statuses: Collection[str]) -> list[Appointment]:
        """Visits that stand at one of these."""
        return [visit for visit in self.visits if visit.status in statuses]

    @remembered
    def series(self) -> list[AppointmentSeries]:
        return list(AppointmentSeries.objects.order_by("pk"))

    @remembered
    def payments(self) -> list[Payment]:
        return list(Payment.objects.order_by("pk"))

    @remembered
    def packages(self) -> list[ClientPackage]:
        return list(ClientPackage.objects.order_by("pk"))

    @remembered
    def uses(self) -> list[PackageUse]:
        return list(PackageUse.objects.order_by("pk"))

    @remembered
    def lots(self) -> list[CreditLot]:
        return list(CreditLot.objects.order_by("pk"))

    @remembered
    def strikes(self) -> list[Strike]:
        return list(Strike.objects.order_by("pk"))

    @remembered
    def appeals(self) -> list[UUID]:
        """Strikes whose clients wait for an answer."""
        waiting = StrikeAppeal.objects.filter(status="open").order_by("pk")
        return list(waiting.values_list("strike_id", flat=True))

    @remembered
    def blocks(self) -> list[Block]:
        return list(Block.objects.filter(lifted_at=None).order_by("pk"))

    @remembered
    def entries(self) -> list[WaitlistEntry]:
        return list(WaitlistEntry.objects.order_by("pk"))

    @remembered
    def offers(self) -> list[WaitlistOffer]:
        return list(WaitlistOffer.objects.select_related("entry").order_by("pk"))

    @remembered
    def classes(self) -> list[ClassSession]:
        return list(ClassSession.objects.order_by("starts_at"))

    @remembered
    def places(self) -> list[Enrolment]:
        return list(Enrolment.objects.select_related("session").order_by("pk"))

    def classes_ahead(self, now: datetime) -> list[ClassSession]:
        """Classes that can still be come to."""
        return [c for c in self.classes if c.status == "scheduled" and c.starts_at > now]

    @remembered
    def banned(self) -> set[UUID]:
        """Who is not welcome."""
        return set(User.objects.exclude(banned_at=None).values_list("pk", flat=True))

    @remembered
    def ever_banned(self) -> set[str]:
        """Who has not been welcome, now or before."""
        bans = OutboxMessage.objects.filter(topic="users.person.banned.v1")
        return {message.payload["person_id"] for message in bans}

    @remembered
    def is_owed(self) -> bool:
        """Whether anybody is still to be told anything."""
        return OutboxMessage.objects.filter(status="PENDING").exists()

    @remembered
    def is_unsent(self) -> bool:
        """Whether a message has not left yet."""
        return Delivery.objects.filter(status="QUEUED").exists()

    def packages_of(self, person_id: UUID) -> list[ClientPackage]:
        """Packages somebody can use."""
        return [p for p in self.packages if p.client_id == person_id and p.sessions_left]


def tables() -> list[str]:
    """Every table that what somebody does may change."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
    ours = [name for name in names if name.partition("_")[0] in APPS]
    return sorted({*ours, *MORE})


def remember_how(names: Sequence[str]) -> None:
    """Let PostgreSQL plan the fingerprint of these tables once for all steps."""
    parts = (
        f"SELECT '{name}', count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {name} AS t"  # noqa: S608
        for name in names
    )
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
        cursor.execute(f"PREPARE machine_fingerprint AS {' UNION ALL '.join(parts)}")


def fingerprint() -> Trace:
    """A number for the whole contents of each table: equal when nothing has changed."""
    with connection.cursor() as cursor:
        cursor.execute("EXECUTE machine_fingerprint")
        return {name: (rows, sum_of_all) for name, rows, sum_of_all in cursor.fetchall()}
