"""Reports over HTTP, for administrators (FIN-11)."""

from datetime import date
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from core.api.permissions import IsAdmin
from core.api.renderers import JSONRenderer
from finances import errors
from finances.api.documents import PdfRenderer
from finances.api.reports_shapes import ReportOutput
from finances.domain.months import Period, month_of, whole_day, whole_month
from finances.domain.report_files import FILES, FORMS, PDF, XLSX, file_of
from finances.selectors.reports import get_report

LOCATION = OpenApiParameter("location", OpenApiTypes.UUID, description="Solo una sede")
FORM = OpenApiParameter(
    "as",
    enum=FORMS,
    description="Como qué se pide; sin él decide el encabezado `Accept`. Los archivos cuentan en el"
    " límite `export`.",
)
ANSWERS = {
    (200, "application/json"): ReportOutput,
    (200, XLSX): OpenApiResponse(OpenApiTypes.BINARY, description="Excel"),
    (200, PDF): OpenApiResponse(OpenApiTypes.BINARY, description="PDF"),
}
REFUSALS = (errors.ReportInTheFuture, errors.ReportPlaceUnknown, errors.ReportFormUnknown)


class XlsxRenderer(JSONRenderer):
    """Lets a caller ask for a workbook; a problem is told as ever."""

    media_type = XLSX
    format = "xlsx"


class ReportView(APIView):
    """What both reports share."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    renderer_classes = [JSONRenderer, XlsxRenderer, PdfRenderer]

    def check_throttles(self, request: Request) -> None:
        """Files are dear to make, and to carry away."""
        if _form(request) in FILES:
            self.throttle_scope = "export"
        super().check_throttles(request)

    def answer(self, request: Request, period: Period) -> HttpResponse:
        """The report of the period, of the place that was asked for."""
        form, now = _form(request), timezone.now()
        place = _place(request.query_params.get("location"))
        made = file_of(get_report(period=period, location_id=place, now=now), form=form)
        return HttpResponse(made.body, content_type=made.content_type, headers=made.headers)


class DailyReportView(ReportView):
    """A local day."""

    refusals = {"GET": (errors.ReportDayUnreadable, *REFUSALS)}

    @extend_schema(
        summary="Reporte de un día, en JSON, Excel o PDF",
        tags=["reportes"],
        parameters=[
            OpenApiParameter("date", OpenApiTypes.DATE, description="`2026-11-20`; si falta, hoy"),
            LOCATION,
            FORM,
        ],
        responses=ANSWERS,
    )
    def get(self, request: Request) -> HttpResponse:
        """Final once its month is closed."""
        text = request.query_params.get("date")
        return self.answer(request, _day(text) if text else whole_day(timezone.localdate()))


class MonthlyReportView(ReportView):
    """A local month."""

    refusals = {"GET": (errors.MonthUnreadable, *REFUSALS)}

    @extend_schema(
        summary="Reporte de un mes, en JSON, Excel o PDF",
        tags=["reportes"],
        parameters=[
            OpenApiParameter("month", str, description="`2026-11`; si falta, este"),
            LOCATION,
            FORM,
        ],
        responses=ANSWERS,
    )
    def get(self, request: Request) -> HttpResponse:
        """The same bytes each time once the month is closed."""
        text = request.query_params.get("month")
        this = month_of(timezone.now(), zone=timezone.get_default_timezone())
        return self.answer(request, _month(text) if text else whole_month(this))


def _form(request: Request) -> str:
    """What `?as=` says, otherwise the `Accept` header."""
    renderer = getattr(request, "accepted_renderer", None)
    wanted = str(request.query_params.get("as") or getattr(renderer, "format", "json"))
    if wanted not in FORMS:
        raise errors.ReportFormUnknown(forms=", ".join(FORMS))
    return wanted


def _day(text: str) -> Period:
    try:
        return whole_day(date.fromisoformat(text))
    except (ValueError, OverflowError) as exc:
        raise errors.ReportDayUnreadable from exc


def _month(text: str) -> Period:
    try:
        return whole_month(date.fromisoformat(f"{text}-01"))
    except (ValueError, OverflowError) as exc:
        raise errors.MonthUnreadable from exc


def _place(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as exc:
        raise errors.ReportPlaceUnknown from exc
