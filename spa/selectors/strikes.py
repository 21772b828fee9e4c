"""Reading strikes."""

from uuid import UUID

from django.db.models import QuerySet

from spa.models import AppealStatus, Strike


def list_strikes(*, client_id: UUID | None, has_open_appeal: bool = False) -> QuerySet[Strike]:
    """A client's strikes with what was said against them, or everybody's; latest first.

    One query for a page. `has_open_appeal`: only those that wait for an answer.
    """
    found = Strike.objects.select_related("appointment__location", "appeal")
    if client_id is not None:
        found = found.filter(client_id=client_id)
    if has_open_appeal:
        found = found.filter(appeal__status=AppealStatus.OPEN)
    return found.order_by("-at", "-pk")


def get_strike(*, strike_id: UUID) -> Strike:
    """One strike as lists show it; it is there."""
    return list_strikes(client_id=None).get(pk=strike_id)
