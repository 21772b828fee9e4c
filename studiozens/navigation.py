"""The admin's side bar: what a receptionist opens every day on top, machinery at the bottom."""

from typing import Any

from django.contrib import admin
from django.db.models.options import Options
from django.http import HttpRequest
from django.urls import reverse

# Title of the group, and its pages: model and icon.
PAGES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Recepción", (
        ("spa.Appointment", "event"),
        ("spa.AppointmentSeries", "event_repeat"),
        ("spa.ClassSession", "groups"),
        ("spa.WaitlistEntry", "hourglass_top"),
        ("spa.Block", "block"),
        ("users.User", "person"),
        ("spa.ClientPackage", "redeem"),
        ("spa.Strike", "warning"),
        ("spa.LoyaltyReward", "military_tech"),
    )),
    ("Dinero", (
        ("finances.KeptReport", "summarize"),
        ("finances.Payment", "credit_card"),
        ("finances.Charge", "contactless"),
        ("finances.PaymentSource", "wallet"),
        ("finances.CounterPayment", "point_of_sale"),
        ("finances.CashShift", "lock_clock"),
        ("finances.SalesDocument", "receipt"),
        ("finances.DocumentSeries", "format_list_numbered"),
        ("finances.Refund", "undo"),
        ("finances.CreditLot", "savings"),
        ("finances.Adjustment", "exposure"),
        ("finances.Subscription", "card_membership"),
        ("finances.SubscriptionPlan", "workspace_premium"),
        ("finances.Voucher", "sell"),
        ("finances.Commission", "percent"),
        ("finances.Payout", "payments"),
        ("finances.Payee", "contacts"),
        ("finances.PayoutBank", "account_balance_wallet"),
        ("finances.LedgerTransaction", "receipt_long"),
        ("finances.LedgerAccount", "account_balance"),
        ("finances.ClosedMonth", "lock"),
        ("finances.Reconciliation", "compare_arrows"),
        ("finances.Difference", "difference"),
    )),
    ("Oferta", (
        ("spa.Service", "spa"),
        ("spa.ServiceCategory", "category"),
        ("spa.AddOn", "add_circle"),
        ("spa.Package", "inventory_2"),
        ("spa.ClassType", "self_improvement"),
        ("spa.ClassSchedule", "calendar_month"),
        ("spa.ClassConflict", "event_busy"),
    )),
    ("Equipo y sedes", (
        ("spa.StaffMember", "badge"),
        ("spa.Skill", "school"),
        ("spa.Resource", "meeting_room"),
        ("spa.CalendarImport", "sync"),
        ("core.Location", "location_on"),
        ("core.Holiday", "celebration"),
    )),
    ("Mensajes", (
        ("notifications.Notification", "notifications"),
        ("notifications.Delivery", "send"),
    )),
    ("Reglas", (
        ("spa.BookingSettings", "tune"),
        ("spa.LoyaltySettings", "loyalty"),
        ("finances.FinanceSettings", "payments"),
        ("notifications.MessagingSettings", "forum"),
        ("users.IdentitySettings", "verified_user"),
    )),
    ("Sistema", (
        ("auth.Group", "group"),
        ("users.Session", "devices"),
        ("core.AuditEntry", "history"),
        ("core.OutboxMessage", "outbox"),
        ("core.InboxMessage", "inbox"),
        ("django_celery_beat.PeriodicTask", "schedule"),
        ("django_celery_beat.IntervalSchedule", "timer"),
        ("django_celery_beat.CrontabSchedule", "update"),
        ("django_celery_beat.ClockedSchedule", "alarm"),
        ("django_celery_beat.SolarSchedule", "wb_twilight"),
    )),
)  # fmt: skip


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of pages that somebody may see, for django-unfold."""
    known = {model._meta.label: model._meta for model in admin.site._registry}
    groups = (
        {
            "title": title,
            "items": [
                _item(known[label], icon)
                for label, icon in pages
                if _may_see(request, known[label])
            ],
        }
        for title, pages in PAGES
    )
    return [group for group in groups if group["items"]]


def _may_see(request: HttpRequest, opts: Options[Any]) -> bool:
    powers = (f"{opts.app_label}.{power}_{opts.model_name}" for power in ("view", "change"))
    return any(request.user.has_perm(power) for power in powers)


def _item(opts: Options[Any], icon: str) -> dict[str, Any]:
    return {
        "title": str(opts.verbose_name_plural).capitalize(),
        "icon": icon,
        "link": reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
    }
