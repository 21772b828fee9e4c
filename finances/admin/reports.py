"""Reports in the admin: those of closed months, and any other that is asked for."""

from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.admin import ReadOnlyAdmin
from core.errors import DomainError
from core.models import Location
from finances.domain.months import DAILY, MONTHLY, Period, whole_day, whole_month
from finances.domain.report_files import FILES, file_of
from finances.models import KeptReport
from finances.selectors.reports import get_report

PERIODS = [(DAILY, "Un día"), (MONTHLY, "Todo el mes")]
FORMS = [("pdf", "PDF"), ("xlsx", "Excel")]
LIST = "admin:finances_keptreport_changelist"


class ReportForm(BaseDialogForm):
    """Of what, and as what."""

    period = forms.ChoiceField(
        label="Período", choices=PERIODS, widget=UnfoldAdminSelectWidget(choices=PERIODS)
    )
    day = forms.DateField(
        label="Día, o uno cualquiera del mes",
        initial=timezone.localdate,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
    )
    location = forms.ModelChoiceField(
        Location.objects.order_by("name"),
        label="Sede",
        required=False,
        empty_label="Todas",
        widget=UnfoldAdminSelectWidget(),
    )
    form = forms.ChoiceField(
        label="Formato", choices=FORMS, widget=UnfoldAdminSelectWidget(choices=FORMS)
    )


@admin.register(KeptReport)
class KeptReportAdmin(ReadOnlyAdmin):
    """Reports of closed months, kept as they were; a button makes any other."""

    list_display = ["__str__", "place", "says_what_the_ledger_says", "made_at"]
    list_filter = ["location", "agrees"]
    list_select_related = ["location"]
    ordering = ["-month", "location__name", "pk"]
    fields = ["month", "location", "agrees", "digest", "made_at"]
    actions_list = ["make"]
    actions_detail = ["pdf", "xlsx"]

    @display(description="Sede")
    def place(self, kept: KeptReport) -> str:
        """All of them where none is named."""
        return kept.location.name if kept.location else _("Todas")

    @display(description="Cuadra con el libro", boolean=True, ordering="agrees")
    def says_what_the_ledger_says(self, kept: KeptReport) -> bool:
        """Whether all controls came to nothing."""
        return kept.agrees

    def get_urls(self) -> list[URLPattern]:
        """Where files come from: a dialog cannot answer one."""
        view = self.admin_site.admin_view(self.download)
        own = path("download/", view, name="finances_keptreport_download")
        return [own, *super().get_urls()]

    @action(
        description="Descargar un reporte",
        url_path="make",
        permissions=["administer"],
        icon="download",
        dialog={
            "title": "Descargar un reporte",
            "description": "Un mes cerrado da siempre lo mismo. Lo demás es provisional.",
            "form_class": ReportForm,
            "form_submit_text": "Descargar",
        },
    )
    def make(self, request: HttpRequest, form: ReportForm) -> HttpResponse:
        """Lead to the file, or say why there is none."""
        asked = form.cleaned_data
        place = asked["location"]
        query = {
            "period": asked["period"],
            "day": asked["day"].isoformat(),
            "location": place.pk if place else "",
            "as": asked["form"],
        }
        try:
            get_report(
                period=_period(asked["period"], asked["day"]),
                location_id=place.pk if place else None,
                now=timezone.now(),
            )
        except DomainError as refusal:
            self.message_user(request, refusal.detail, messages.WARNING)
            return HttpResponse(headers={"HX-Redirect": reverse(LIST)})
        target = f"{reverse('admin:finances_keptreport_download')}?{urlencode(query)}"
        return HttpResponse(headers={"HX-Redirect": target})

    def download(self, request: HttpRequest) -> HttpResponse:
        """The file."""
        if not self.has_administer_permission(request):
            raise PermissionDenied
        asked = request.GET
        try:
            day = date.fromisoformat(asked.get("day", ""))
            place = UUID(asked["location"]) if asked.get("location") else None
            period = _period(asked.get("period", DAILY), day)
            body = get_report(period=period, location_id=place, now=timezone.now())
        except (ValueError, OverflowError, DomainError) as exc:
            raise Http404 from exc
        form = asked.get("as", "pdf")
        return _answer(body, form if form in FILES else "pdf")

    @action(description="PDF", url_path="pdf", permissions=["view"], icon="picture_as_pdf")
    def pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To read and to print."""
        return _answer(bytes(KeptReport.objects.get(pk=object_id).body), "pdf")

    @action(description="Excel", url_path="xlsx", permissions=["view"], icon="table_view")
    def xlsx(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To go on with."""
        return _answer(bytes(KeptReport.objects.get(pk=object_id).body), "xlsx")


def _period(kind: str, day: date) -> Period:
    return whole_month(day.replace(day=1)) if kind == MONTHLY else whole_day(day)


def _answer(body: bytes, form: str) -> HttpResponse:
    made = file_of(body, form=form)
    return HttpResponse(made.body, content_type=made.content_type, headers=made.headers)
