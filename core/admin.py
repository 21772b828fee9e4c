"""The platform in the admin: places, holidays, what is owed, what happened."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from core import outbox
from core.audit import record
from core.errors import DomainError
from core.models import (
    AuditEntry,
    DeliveryStatus,
    Holiday,
    InboxMessage,
    Location,
    OpeningHours,
    OutboxMessage,
)


class AuditedAdmin(ModelAdmin):
    """An admin page whose every change is an entry of the audit log, in the same transaction."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Somebody added a row."""
        _audit(request, "added", obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Somebody changed a row; the message names the fields, never their values."""
        _audit(request, "changed", obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Somebody deleted rows."""
        for obj in queryset:
            _audit(request, "deleted", obj, [])
        return super().log_deletions(request, queryset)


def _audit(request: HttpRequest, what: str, obj: Model, message: Any) -> None:
    label = obj._meta.label_lower
    record(
        action=f"{label}.{what}",
        subject_kind=label,
        subject_id=obj.pk,
        actor_id=request.user.pk,
        now=timezone.now(),
        facts={"fields": message},
    )


def actor_of(request: HttpRequest) -> UUID:
    """Who sits at the desk."""
    return UUID(str(request.user.pk))


class ReasonForm(BaseDialogForm):
    """Why; it is kept in the audit log."""

    reason = forms.CharField(
        label="Motivo", min_length=3, max_length=200, widget=UnfoldAdminTextareaWidget()
    )


def act_and_say(
    page: admin.ModelAdmin[Any],
    request: HttpRequest,
    act: Callable[[], str],
    *,
    object_id: str | None = None,
) -> HttpResponse:
    """Do what a dialog asks for, say how it went, and show the row, or the list, as it is now.

    The dialog lives on that page and asks by itself, so it is told where to go by a header.
    """
    try:
        page.message_user(request, act())
    except DomainError as refusal:
        page.message_user(request, refusal.detail, messages.WARNING)
    name = f"admin:{page.opts.app_label}_{page.opts.model_name}"
    row = reverse(f"{name}_change", args=[object_id]) if object_id else None
    return HttpResponse(headers={"HX-Redirect": row or reverse(f"{name}_changelist")})


class _LookOnly:
    """Nobody adds, changes or deletes here."""

    def has_add_permission(self, *args: Any, **kwargs: Any) -> bool:
        """No."""
        return False

    def has_change_permission(self, *args: Any, **kwargs: Any) -> bool:
        """No."""
        return False

    def has_delete_permission(self, *args: Any, **kwargs: Any) -> bool:
        """No."""
        return False


class ReadOnlyAdmin(_LookOnly, ModelAdmin):
    """Rows to look at; writes are actions that call services."""

    def has_administer_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may administer everything: for actions with `permissions=["administer"]`."""
        return bool(getattr(request.user, "is_superuser", False))


class ReadOnlyInline(_LookOnly, TabularInline):
    """Rows of a row, to look at."""

    extra = 0
    tab = True


class BusinessSettingsAdmin(SimpleHistoryAdmin, AuditedAdmin):
    """One row of rules, with the history of its changes (CORE-08)."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only while there is none."""
        return not self.model._default_manager.exists() and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There are always rules."""
        return False


class OpeningHoursInline(TabularInline):
    """When a place is open."""

    model = OpeningHours
    extra = 0


@admin.register(Location)
class LocationAdmin(AuditedAdmin):
    """Places."""

    list_display = ["name", "city", "timezone", "is_open_to_public"]
    search_fields = ["name", "city"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [OpeningHoursInline]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Closed to the public, never deleted."""
        return False


@admin.register(Holiday)
class HolidayAdmin(AuditedAdmin):
    """Dates on which places are closed."""

    list_display = ["date", "name", "location"]
    list_filter = ["location"]
    list_select_related = ["location"]
    date_hierarchy = "date"
    ordering = ["date"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what to what."""

    list_display = ["at", "action", "subject_kind", "subject_id", "actor_id"]
    list_filter = ["action", "subject_kind"]
    search_fields = ["subject_id", "action"]
    ordering = ["-pk"]


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """What subscribers are owed; the dead ones can be given another round."""

    list_display = ["created_at", "topic", "subscriber", "status", "attempts", "due_at"]
    list_filter = ["status", "subscriber"]
    search_fields = ["topic", "aggregate"]
    ordering = ["-pk"]
    actions = ["replay"]

    @admin.action(description=_("Entregar de nuevo los abandonados"), permissions=["administer"])
    def replay(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        """Revive the dead among the chosen."""
        dead = queryset.filter(status=DeliveryStatus.DEAD)
        ids = list(dead.values_list("pk", flat=True))
        revived = outbox.replay(message_ids=ids, now=timezone.now())
        self.message_user(request, _("Se entregarán de nuevo: %(n)d") % {"n": revived})


@admin.register(InboxMessage)
class InboxMessageAdmin(ReadOnlyAdmin):
    """What providers told us. The body is raw and may name people, so it is not shown."""

    list_display = ["received_at", "provider", "key", "times_received", "status", "attempts"]
    list_filter = ["provider", "status"]
    search_fields = ["key"]
    exclude = ["body"]
    ordering = ["-pk"]
