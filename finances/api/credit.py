"""A person's credit."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from core.api.permissions import IsPerson
from finances.api.credit_shapes import CreditBalanceOutput, CreditMovementOutput, CreditOutput
from finances.models import LedgerEntry
from finances.selectors.credit import (
    list_credit_balances,
    list_credit_entries,
    present_credit_entries,
)
from users.types import AuthenticatedRequest


class MyCreditView(GenericAPIView[LedgerEntry]):
    """What I have to my credit, and how it came and went."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    serializer_class = CreditMovementOutput
    queryset = LedgerEntry.objects.none()

    @extend_schema(
        tags=["finanzas"],
        summary="Mi saldo a favor y sus movimientos, del más reciente al más antiguo",
        responses=CreditOutput,
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        """The balances, what ends first before the rest, and a page of movements."""
        person = request.user.pk
        balances = list_credit_balances(client_id=person, now=timezone.now())
        page: Any = self.paginate_queryset(list_credit_entries(client_id=person))
        movements = CreditMovementOutput(present_credit_entries(page), many=True)
        answer = self.get_paginated_response(movements.data)
        answer.data = {"balances": CreditBalanceOutput(balances, many=True).data, **answer.data}
        return answer
