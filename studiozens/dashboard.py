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
from finances.selectors.adjustments import count_adjustments_requested
from finances.selectors.payments import count_flagged
from finances.selectors.payouts import count_payouts_for_somebody
from finances.selectors.reconciliation import count_pending
from finances.selectors.refunds import count_waiting_for_somebody
from spa.selectors.desk import get_today

PAYMENTS, ADJUSTMENTS = "finances_payment", "finances_adjustment"
FILTERS = {PAYMENTS: "?status__exact=%s", ADJUSTMENTS: "?state__exact=%s"}


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the cards, what waits for a person and the next visits to the page's context.

    Eight queries.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    today = get_today(now=timezone.now(), zone=zone)
    visits = reverse("admin:spa_appointment_changelist")
    waiting = _waiting()
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
            "value": sum(count for _what, count, _href in waiting),
            "href": next((href for _what, count, href in waiting if count), "#"),
        },
    ]
    context["waiting"] = [
        {"title": what, "value": count, "href": href} for what, count, href in waiting if count
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


def _waiting() -> list[tuple[str, int, str]]:
    """What only a person can end: what it is, how many there are, where they are. Six queries."""
    found = [
        (_("Pagos que no coinciden con la pasarela"), count_flagged(), PAYMENTS, "flagged"),
        (_("Devoluciones"), count_waiting_for_somebody(), "finances_refund", ""),
        (_("Pagos a terceros"), count_payouts_for_somebody(), "finances_payout", ""),
        (_("Ajustes por aprobar"), count_adjustments_requested(), ADJUSTMENTS, "requested"),
        (_("Diferencias de conciliación"), count_pending(), "finances_difference", ""),
        (_("Entregas abandonadas"), count_dead_letters(), "core_outboxmessage", ""),
    ]
    return [
        (what, count, reverse(f"admin:{page}_changelist") + (FILTERS[page] % only if only else ""))
        for what, count, page, only in found
    ]
