"""Reading what was paid in person."""

from uuid import UUID

from finances.models import CounterPayment


def is_taken(*, cause_id: UUID) -> bool:
    """Whether money was taken at the counter for this request before. One query."""
    return CounterPayment.objects.filter(cause_id=cause_id).exists()
