"""The books over HTTP, to look at (FIN-04)."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsAdmin
from finances import errors
from finances.api.filters import LedgerEntryFilter
from finances.api.ledger_shapes import BalanceOutput, LedgerEntryOutput
from finances.models import LedgerAccount, LedgerEntry
from finances.selectors.ledger import list_balances, list_balances_of, list_entries

TAGS = ["libro contable"]


class LedgerAccountsView(APIView):
    """The chart of accounts with what each account says."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    refusals = {"GET": (errors.MonthUnreadable, errors.MonthNotClosed)}

    @extend_schema(
        summary="Cuentas contables y su saldo, hoy o al cierre de un mes",
        tags=TAGS,
        parameters=[OpenApiParameter("month", str, description="Un mes cerrado: `2026-11`")],
        responses=BalanceOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """Every account that ever moved, in each currency."""
        text = request.query_params.get("month")
        found = list_balances_of(month=_month(text)) if text else list_balances()
        chart = LedgerAccount.objects.in_bulk([balance.account for balance in found])
        return Response(BalanceOutput([_row(balance, chart) for balance in found], many=True).data)


@extend_schema_view(
    get=extend_schema(summary="Asientos contables, del más reciente al más antiguo", tags=TAGS)
)
class LedgerEntriesView(ListAPIView[LedgerEntry]):
    """Sides of movements, a month at a time."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    serializer_class = LedgerEntryOutput
    filterset_class = LedgerEntryFilter

    def get_queryset(self) -> QuerySet[LedgerEntry]:
        return list_entries()


def _row(balance: Any, chart: dict[str, LedgerAccount]) -> dict[str, Any]:
    account = chart[balance.account]
    return {
        "account": account.code,
        "name": account.name,
        "kind": account.kind,
        "currency": balance.currency,
        "amount": balance.amount,
    }


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as exc:
        raise errors.MonthUnreadable from exc
