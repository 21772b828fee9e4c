"""Things that are earned in tests: each call says only what it is about."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from finances.models import SalesDocument
from finances.steps.credit_notes import draft_note
from finances.steps.documents import Draft, issue
from finances.steps.recognition import recognise
from finances.tests.credits import NOON, VISIT
from finances.types import Account, Earning, ItemKind, Sale, SaleLine


def sold(price: object = 119_000, tax: str = "", **more: Any) -> SaleLine:
    """A massage."""
    defaults = {"kind": ItemKind.SERVICE, "description": "Masaje relajante", "tax_category": tax}
    return SaleLine(list_price=Decimal(str(price)), **{**defaults, **more})


def earning(client_id: UUID, *lines: SaleLine, **more: Any) -> Earning:
    """All of these lines were paid for and have happened; out of promotions, which nobody owns."""
    lines = lines or (sold(),)
    sale = {name: more.pop(name) for name in ("location_id", "billed", "part_of") if name in more}
    defaults: dict[str, Any] = {
        "amount": sum((line.net for line in lines), Decimal(0)),
        "currency": "COP",
        "source": Account.PROMOTIONS,
        "revenue": Account.REVENUE_SERVICES,
        "cause_kind": "tests.completed",
        "cause_id": uuid4(),
        "sale": Sale(
            **{"location_id": None, **sale}, payable_kind=VISIT, payable_id=uuid4(), lines=lines
        ),
    }
    return Earning(client_id=client_id, **{**defaults, **more})


def earn(*earnings: Earning) -> int:
    """They have happened."""
    with transaction.atomic():
        done = recognise(earnings, now=NOON)
        number_now()
    return done


def note_for(earned_by: tuple[str, UUID], amount: object, reason: str, cause_id: UUID) -> Draft:
    """A credit note of its own, in the caller's transaction."""
    note = draft_note(
        earned_by=earned_by,
        amount=Decimal(str(amount)),
        reason=reason,
        cause_kind="tests.note",
        cause_id=cause_id,
    )
    assert note is not None
    issue([note], now=NOON)
    return note


def number_now() -> None:
    """What a commit does: tests that are taken back never come to one."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS finances_salesdocument_numbered IMMEDIATE")
        cursor.execute("SET CONSTRAINTS finances_salesdocument_numbered DEFERRED")


def numbers() -> list[int | None]:
    """The numbers of all documents, in the order in which they were issued."""
    return list(SalesDocument.objects.order_by("pk").values_list("number", flat=True))
