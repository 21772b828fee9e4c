"""Issuing sales documents: one for each thing that is earned (FIN-09).

Their numbers are given by the database while the transaction commits (migration 0015): nobody holds
a series while they do something else, and what is taken back has taken none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.db import execute, requires_transaction
from core.ids import uuid7
from core.money import ZERO
from finances.domain.sales import BilledLine
from finances.models.sales import DocumentKind

# The seller is who it is at that moment; what belongs to no place is sold by the first there is.
WRITE = """
WITH document AS (
    INSERT INTO finances_salesdocument
           (id, kind, location_id, client_id, currency, discount, base, tax,
            total, payable_kind, payable_id, part_of_kind, part_of_id, account, cause_kind,
            cause_id, corrects_id, reason, seller, issued_at, created_at, updated_at)
    SELECT fresh.*, coalesce(seller.facts, '{}'), %(now)s, now(), now()
      FROM unnest(%(id)s::uuid[], %(kind)s::text[], %(location)s::uuid[], %(client)s::uuid[],
                  %(currency)s::text[], %(discount)s::numeric[], %(base)s::numeric[],
                  %(tax)s::numeric[], %(total)s::numeric[], %(payable_kind)s::text[],
                  %(payable)s::uuid[], %(part_kind)s::text[], %(part)s::uuid[], %(account)s::text[],
                  %(cause_kind)s::text[], %(cause)s::uuid[], %(corrects)s::uuid[],
                  %(reason)s::text[])
        AS fresh (id, kind, location, client, currency, discount, base, tax,
                  total, payable_kind, payable, part_kind, part, account, cause_kind, cause,
                  corrects, reason)
      LEFT JOIN LATERAL (
           SELECT jsonb_build_object('name', name, 'tax_id', tax_id, 'address', address,
                                     'city', city, 'phone', phone, 'timezone', timezone) AS facts
             FROM core_location
            WHERE id = fresh.location OR fresh.location IS NULL
            ORDER BY created_at, id LIMIT 1) AS seller ON true)
INSERT INTO finances_salesline
       (document_id, position, kind, description, item_id, staff_id, staff_name, category_id,
        category_name, quantity, list_price, discount, tax_category, tax_rate, base, tax, total)
SELECT document, position, kind, description, item, staff, staff_name, category, category_name, 1,
       list_price, discount, tax_category, tax_rate, base, tax, total
  FROM unnest(%(line_document)s::uuid[], %(line_position)s::int[], %(line_kind)s::text[],
              %(line_description)s::text[], %(line_item)s::uuid[], %(line_staff)s::uuid[],
              %(line_staff_name)s::text[], %(line_category)s::uuid[],
              %(line_category_name)s::text[], %(line_list_price)s::numeric[],
              %(line_discount)s::numeric[], %(line_tax_category)s::text[],
              %(line_tax_rate)s::numeric[], %(line_base)s::numeric[], %(line_tax)s::numeric[],
              %(line_total)s::numeric[])
    AS fresh (document, position, kind, description, item, staff, staff_name, category,
              category_name, list_price, discount, tax_category, tax_rate, base, tax, total)
"""
LONGEST_DESCRIPTION = 300


@dataclass(frozen=True, slots=True)
class Draft:
    """A document before it has its number. A note's lines are what it takes back, all positive."""

    location_id: UUID | None
    client_id: UUID
    currency: str
    payable_kind: str
    payable_id: UUID
    account: str
    cause_kind: str
    cause_id: UUID
    lines: Sequence[BilledLine]
    part_of: tuple[str, UUID] | None = None
    corrects_id: UUID | None = None
    reason: str = ""

    @property
    def kind(self) -> str:
        """A note corrects something."""
        return (DocumentKind.CREDIT_NOTE if self.corrects_id else DocumentKind.SALE).value

    def sum(self, what: str) -> Decimal:
        """Of all lines, negative on a note."""
        side = -1 if self.corrects_id else 1
        return side * sum((getattr(line, what) for line in self.lines), ZERO)


@requires_transaction
def issue(drafts: Sequence[Draft], *, now: datetime) -> list[UUID]:
    """Write documents, in their order, and their ids. One statement, however many.

    Raises `IntegrityError` for a second document of one cause.
    """
    if not drafts:
        return []
    ids = [uuid7() for _ in drafts]
    lines = [
        (document_id, position, draft, line)
        for document_id, draft in zip(ids, drafts, strict=True)
        for position, line in enumerate(draft.lines, start=1)
    ]
    values = {
        "now": now,
        "id": ids,
        "kind": [draft.kind for draft in drafts],
        "location": [draft.location_id for draft in drafts],
        "client": [draft.client_id for draft in drafts],
        "currency": [draft.currency for draft in drafts],
        **{name: [draft.sum(name) for draft in drafts] for name in AMOUNTS},
        "payable_kind": [draft.payable_kind for draft in drafts],
        "payable": [draft.payable_id for draft in drafts],
        "part_kind": [draft.part_of[0] if draft.part_of else "" for draft in drafts],
        "part": [draft.part_of[1] if draft.part_of else None for draft in drafts],
        "account": [draft.account for draft in drafts],
        "cause_kind": [draft.cause_kind for draft in drafts],
        "cause": [draft.cause_id for draft in drafts],
        "corrects": [draft.corrects_id for draft in drafts],
        "reason": [draft.reason for draft in drafts],
    }
    execute(WRITE, values | _columns(lines))
    return ids


AMOUNTS = ("discount", "base", "tax", "total")


def _columns(lines: Collection[tuple[UUID, int, Draft, BilledLine]]) -> dict[str, list[Any]]:
    sides = [-1 if draft.corrects_id else 1 for _, _, draft, _ in lines]
    billed = [line for _, _, _, line in lines]
    sold = [line.line for line in billed]
    columns: dict[str, list[Any]] = {
        "document": [document_id for document_id, _, _, _ in lines],
        "position": [position for _, position, _, _ in lines],
        "kind": [line.kind for line in sold],
        "description": [line.description[:LONGEST_DESCRIPTION] for line in sold],
        "item": [line.item_id for line in sold],
        "staff": [line.staff_id for line in sold],
        "staff_name": [line.staff_name for line in sold],
        "category": [line.category_id for line in sold],
        "category_name": [line.category_name for line in sold],
        "tax_category": [line.tax_category for line in billed],
        "tax_rate": [line.tax_rate for line in billed],
    }
    for name in ("list_price", *AMOUNTS):
        amounts = [getattr(line, name) for line in billed]
        columns[name] = [side * amount for side, amount in zip(sides, amounts, strict=True)]
    return {f"line_{name}": values for name, values in columns.items()}
