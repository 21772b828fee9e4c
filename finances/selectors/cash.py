"""Reading tills. What an open one should hold is said nowhere: it is counted blind (FIN-12)."""

from uuid import UUID

from django.db.models import QuerySet

from finances import errors
from finances.models import CashShift


def list_shifts() -> QuerySet[CashShift]:
    """All shifts, newest first, with what was moved. Two queries for a page."""
    found = CashShift.objects.prefetch_related("movements")
    return found.order_by("-opened_at", "-pk")


def get_shift(*, shift_id: UUID) -> CashShift:
    """One shift. Two queries. Raises `CashShiftUnknown`."""
    return _found(list_shifts().filter(pk=shift_id))


def get_open_shift(*, location_id: UUID) -> CashShift:
    """The open shift of a place. Two queries. Raises `CashShiftUnknown`."""
    return _found(list_shifts().filter(location_id=location_id, closed_at=None))


def _found(shifts: QuerySet[CashShift]) -> CashShift:
    shift = shifts.first()
    if shift is None:
        raise errors.CashShiftUnknown
    return shift
