"""Closing months in the admin."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from core.admin import ReadOnlyAdmin, act_and_say, actor_of
from finances.domain.months import month_of
from finances.models import ClosedMonth
from finances.selectors.periods import first_open_month
from finances.services.periods import close_month, sum_next_mark


@admin.register(ClosedMonth)
class ClosedMonthAdmin(ReadOnlyAdmin):
    """Months that are closed, by whom, and the button that closes the next."""

    list_display = ["month", "closed_at", "closed_by"]
    ordering = ["-month"]
    list_select_related = ["closed_by"]
    actions_list = ["close_next"]

    @action(
        description="Cerrar el mes siguiente",
        url_path="close-next",
        permissions=["administer"],
        icon="lock",
        dialog={
            "title": "Cerrar el mes siguiente",
            "description": "Después nada puede ocurrir en él, y no se abre más: lo que esté mal se "
            "corrige con un movimiento de hoy.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Cerrar",
        },
    )
    def close_next(self, request: HttpRequest, form: BaseDialogForm) -> HttpResponse:
        """The first month that is open."""

        def close() -> str:
            now = timezone.now()
            month = first_open_month() or month_of(now, zone=timezone.get_default_timezone())
            closed = close_month(month=month, actor_id=actor_of(request), now=now)
            sum_next_mark()
            return _("Mes %(month)s cerrado.") % {"month": closed}

        return act_and_say(self, request, close)
