"""What a visit would cost (SPA-26)."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsPerson
from spa.api.appointment_shapes import BookingInput
from spa.api.quote_shapes import QuoteOutput
from spa.api.refusals import ASKING, PAYING
from spa.services.quote import Quote, quote_visit
from spa.steps.booking import Draft
from users.types import AuthenticatedRequest


class QuoteView(APIView):
    """A visit's price before it is booked."""

    permission_classes = [IsPerson]
    throttle_scope = "quotes"
    refusals = {"POST": ASKING + PAYING}

    @extend_schema(
        summary="Cotizar una cita",
        tags=["reservas"],
        request=BookingInput,
        responses=QuoteOutput,
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Takes what booking takes and answers what booking would agree to; nothing is held."""
        quote = quote_visit(
            client_id=request.user.pk,
            is_vip=request.user.role == "vip",
            **BookingInput.parse_order(request.data),
            now=timezone.now(),
        )
        return Response(_present(quote))


def _present(quote: Quote) -> dict[str, Any]:
    visit, price = quote.draft.appointment, quote.draft.priced.price
    zone = quote.draft.question.place.zone
    refusal = quote.refusal
    return {
        "is_available": refusal is None,
        "refusal": refusal
        and {"code": refusal.code, "detail": refusal.detail, "facts": refusal.facts},
        "start": visit.starts_at.astimezone(zone),
        "end": visit.ends_at.astimezone(zone),
        "location": visit.location_id,
        "items": list(_items(quote.draft)),
        "discount": price.discount,
        "total": price.total,
        "deposit": price.deposit,
        "credit": price.credit,
        "credit_usable": quote.credit_usable,
        "due_now": price.due_now,
        "currency": price.currency,
        "policy": visit.policy,
    }


def _items(draft: Draft) -> Iterator[dict[str, Any]]:
    """The lines of the price, person by person."""
    lines = iter(draft.priced.price.lines)
    for served in draft.question.need.served:
        for add_on in (None, *served.part.add_ons):
            line = next(lines)
            yield {
                "service": served.part.treatment.id,
                "add_on": add_on.id if add_on else None,
                "guest": served.chain,
                "list_price": line.charge.list_price,
                "price": line.price,
                "discount": line.discount,
                "is_covered": line.is_covered,
            }
