"""The administration's first page: today, and whether anything waits for a person."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.queues import count_dead_letters
from finances.selectors.payments import count_flagged
from finances.selectors.refunds import count_waiting_for_somebody
from spa.selectors.desk import get_today


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the cards and the next visits to the page's context; five queries."""
    zone = ZoneInfo(settings.TIME_ZONE)
    today = get_today(now=timezone.now(), zone=zone)
    visits = reverse("admin:spa_appointment_changelist")
    context["cards"] = [
        {"title": _("Citas de hoy"), "value": today.confirmed, "href": visits},
        {
            "title": _("Valor de hoy"),
            "value": f"$ {intcomma(int(today.expected))}",
            "href": reverse("admin:finances_payment_changelist"),
        },
        {
            "title": _("Reservas sin pagar"),
            "value": today.held,
            "href": f"{visits}?status__exact=pending_payment",
        },
        {
            "title": _("Por revisar"),
            "value": count_flagged() + count_waiting_for_somebody() + count_dead_letters(),
            "href": f"{reverse('admin:finances_payment_changelist')}?status__exact=flagged",
        },
    ]
    context["upcoming"] = {
        "headers": [_("Hora"), _("Servicios"), _("Cliente"), _("Personal"), _("Sede")],
        "rows": [
            [
                visit.starts_at.astimezone(visit.location.zone).strftime("%d/%m %H:%M"),
                visit.title,
                visit.client.full_name,
                visit.staff or "",
                visit.location.name,
            ]
            for visit in today.upcoming
        ],
    }
    return context
