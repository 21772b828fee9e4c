"""The waitlist at the desk: who waits, what they were offered, and why they were passed over."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.admin import AuditedAdmin, ReadOnlyInline, actor_of
from core.errors import DomainError
from spa.domain.waiting import OfferStatus
from spa.models import Service, WaitlistEntry, WaitlistOffer, WaitlistService, WaitlistSkip
from spa.services.waitlist import leave_waitlist, offer_now
from spa.steps.waitlist_joining import Search, join

# What the desk fills in; of somebody who waits already only the priority changes.
ASKED = [
    "client",
    "location",
    "services",
    "staff",
    "party_size",
    ("date_from", "date_to"),
    ("time_from", "time_to"),
    "priority",
    "notes",
]
SHOWN = [
    "client",
    "location",
    "titles",
    "staff",
    "party_size",
    ("date_from", "date_to"),
    ("time_from", "time_to"),
    "priority",
    "notes",
    "status",
    ("joined_at", "joined_by", "closed_at"),
]


class WaitlistEntryForm(forms.ModelForm[WaitlistEntry]):
    """Somebody who calls and would wait."""

    services = forms.ModelMultipleChoiceField(
        Service.objects.order_by("name"), label="servicios", required=False
    )

    class Meta:
        model = WaitlistEntry
        fields = [
            "client", "location", "staff", "party_size", "date_from", "date_to", "time_from",
            "time_to", "priority", "notes",
        ]  # fmt: skip

    def clean_services(self) -> QuerySet[Service]:
        """Whoever waits, waits for something."""
        chosen: QuerySet[Service] = self.cleaned_data["services"]
        if self.instance._state.adding and not chosen:
            raise forms.ValidationError(_("Elige al menos un servicio."))
        return chosen


class WaitlistOfferInline(ReadOnlyInline):
    """What they were offered."""

    model = WaitlistOffer
    fields = ["starts_at", "staff", "status", "offered_at", "expires_at", "ended_at", "appointment"]


class WaitlistSkipInline(ReadOnlyInline):
    """Why they were passed over."""

    model = WaitlistSkip
    fields = ["reason", "last_at", "freed_from", "freed_to", "first_at"]


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(AuditedAdmin):
    """The line: priority first, then who came first."""

    form = WaitlistEntryForm
    list_display = [
        "client", "status", "open_offer", "titles", "when", "staff", "party_size", "location",
        "priority",
    ]  # fmt: skip
    list_filter = ["status", "location", "staff"]
    list_select_related = ["client", "location", "staff"]
    search_fields = ["client__first_name", "client__last_name", "client__phone"]
    autocomplete_fields = ["client"]
    ordering = ["-priority", "joined_at", "pk"]
    actions = ["offer", "take_off"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitlistEntry]:
        found: QuerySet[WaitlistEntry] = super().get_queryset(request)
        wanted = WaitlistService.objects.select_related("service").order_by("position")
        return found.prefetch_related(
            Prefetch("wanted", wanted),
            Prefetch("offers", WaitlistOffer.objects.filter(status=OfferStatus.OPEN), "open"),
        )

    @admin.display(description="servicios")
    def titles(self, entry: WaitlistEntry) -> str:
        """What they wait for."""
        return " + ".join(wanted.service.name for wanted in entry.wanted.all())

    @admin.display(description="cuándo", ordering="date_from")
    def when(self, entry: WaitlistEntry) -> str:
        """The days, and the hours at which a visit may begin."""
        days = f"{entry.date_from:%d/%m}–{entry.date_to:%d/%m}"
        hours = [f"{at:%H:%M}" if at else "" for at in (entry.time_from, entry.time_to)]
        return f"{days}, {hours[0]}–{hours[1]}" if any(hours) else days

    @admin.display(description="oferta")
    def open_offer(self, entry: Any) -> str:
        """The time that is kept for them."""
        zone = entry.location.zone
        return ", ".join(f"{o.starts_at.astimezone(zone):%d/%m %H:%M}" for o in entry.open)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A form to fill in, or a page to read."""
        return SHOWN if obj else ASKED

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What was agreed on the phone stays."""
        flat = [name for row in SHOWN for name in (row if isinstance(row, tuple) else (row,))]
        return [name for name in flat if name != "priority"] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        """What happened, once something can have happened."""
        return [WaitlistOfferInline, WaitlistSkipInline] if obj else []

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A refusal is told above the form, which keeps what was filled in."""
        try:
            answer: HttpResponse = super().add_view(request, form_url, extra_context)
        except DomainError as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
            kept = {k: v for k, v in request.POST.items() if k != "csrfmiddlewaretoken" and v}
            answer = redirect(f"{request.path}?{urlencode(kept)}")
        return answer

    def save_model(
        self, request: HttpRequest, obj: WaitlistEntry, form: forms.ModelForm[Any], change: bool
    ) -> None:
        """Whoever is written down joins as anybody does; later only the priority changes."""
        if change:
            obj.save(update_fields=["priority", "updated_at"])
            return
        search = Search(
            service_ids=[service.pk for service in form.cleaned_data["services"]],
            location_id=obj.location_id,
            staff_id=obj.staff_id,
            party_size=obj.party_size,
            date_from=obj.date_from,
            date_to=obj.date_to,
            time_from=obj.time_from,
            time_to=obj.time_to,
            notes=obj.notes,
        )
        entry = join(
            search,
            client_id=obj.client_id,
            actor_id=actor_of(request),
            priority=obj.priority,
            now=timezone.now(),
        )
        obj.pk, obj._state.adding = entry.pk, False

    @admin.action(description="Ofrecer ahora lo que haya libre", permissions=["change"])
    def offer(self, request: HttpRequest, queryset: QuerySet[WaitlistEntry]) -> None:
        """Out of turn: the desk knows why."""
        offered = 0
        for entry_id in queryset.values_list("pk", flat=True):
            offered += offer_now(entry_id=entry_id, actor_id=actor_of(request), now=timezone.now())
        told = ngettext("Se hizo %(n)d oferta.", "Se hicieron %(n)d ofertas.", offered)
        self.message_user(request, told % {"n": offered})

    @admin.action(description="Retirar de la lista", permissions=["change"])
    def take_off(self, request: HttpRequest, queryset: QuerySet[WaitlistEntry]) -> None:
        """A time on offer goes to the next at once."""
        for entry_id in queryset.values_list("pk", flat=True):
            try:
                leave_waitlist(entry_id=entry_id, client_id=None, now=timezone.now())
            except DomainError as refusal:
                self.message_user(request, refusal.detail, messages.WARNING)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Taken off the list, never deleted."""
        return False
