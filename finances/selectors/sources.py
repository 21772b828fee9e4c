"""Reading the ways to pay that people keep."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.errors import CATALOGUE
from finances import errors
from finances.domain.sources import SHOWN, SourceStatus
from finances.models import PaymentSource


def list_sources(*, client_id: UUID) -> QuerySet[PaymentSource]:
    """What a client keeps, or is about to; the newest first."""
    mine = PaymentSource.objects.filter(client_id=client_id, status__in=SHOWN)
    return mine.order_by("-asked_at", "-pk")


def get_source(*, source_id: UUID, client_id: UUID) -> PaymentSource:
    """A client's source, whatever became of it. Raises `SourceUnknown`."""
    found = PaymentSource.objects.filter(pk=source_id, client_id=client_id).first()
    if found is None:
        raise errors.SourceUnknown
    return found


def get_usable_source(*, source_id: UUID, client_id: UUID) -> PaymentSource:
    """A client's source that can be charged. Raises `SourceUnknown`, `SourceNotUsable`."""
    source = get_source(source_id=source_id, client_id=client_id)
    if source.status != SourceStatus.AVAILABLE:
        raise errors.SourceNotUsable
    return source


def present_source(source: PaymentSource) -> dict[str, Any]:
    """The API's `payment source`: nothing that could charge it. No query."""
    return {
        "id": str(source.pk),
        "kind": source.kind,
        "status": source.status,
        "brand": source.brand,
        "last_four": source.last_four,
        "is_default": source.is_default,
        "refusal": present_refusal(source.refusal),
        "asked_at": source.asked_at.isoformat(),
    }


def present_refusal(code: str) -> dict[str, str] | None:
    """Why the gateway said no, in the words of the catalogue; `None` for an empty code."""
    if not code:
        return None
    return {"code": code, "detail": str(CATALOGUE[code].message)}
