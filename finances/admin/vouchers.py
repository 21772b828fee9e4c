"""Vouchers, as the desk makes them."""

import secrets
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from core.admin import AuditedAdmin, ReadOnlyInline
from core.validators import validate_price
from finances.domain.codes import canonical, new_code
from finances.domain.discounts import Scope, VoucherKind
from finances.models import Voucher, VoucherUse
from finances.registry import list_sellables

WHOLE = 100
GROUPS = {Scope.SERVICES: _("Servicios"), Scope.PACKAGES: _("Paquetes")}
SHORTEST_CODE = 3


class VoucherForm(forms.ModelForm[Voucher]):
    """Explains kindly what the constraints would refuse; an empty code is made up."""

    item_ids = forms.TypedMultipleChoiceField(
        label=_("Solo estos"),
        help_text=_("Ninguno: todos los de su clase."),
        required=False,
        coerce=UUID,
        widget=UnfoldAdminSelect2MultipleWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = {scope: dict(list_sellables(scope)) for scope in GROUPS}
        field: Any = self.fields["item_ids"]
        field.choices = [(name, list(self.items[scope].items())) for scope, name in GROUPS.items()]

    def clean_code(self) -> str:
        """As typed, in capitals."""
        code: str = self.cleaned_data["code"].strip().upper() or new_code(secrets.choice)
        if len(canonical(code)) < SHORTEST_CODE:
            raise ValidationError(_("Usa al menos 3 letras o números."))
        others = Voucher.objects.filter(canonical=canonical(code)).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(_("Ya hay un cupón con ese código, o con uno que se confunde."))
        return code

    def clean(self) -> dict[str, Any]:
        """What only several fields together can say."""
        asked = super().clean() or self.cleaned_data
        for check in (self._check_value, self._check_items, self._check_limit, self._check_dates):
            check(asked)
        return asked

    def _check_value(self, asked: dict[str, Any]) -> None:
        value, currency = asked.get("value"), asked.get("currency", "")
        if value is None:
            return
        if value <= 0 or (asked.get("kind") == VoucherKind.PERCENT and value > WHOLE):
            self.add_error("value", _("Un porcentaje va de 0 a 100; un valor es mayor que cero."))
        for name in ("min_spend", *(["value"] if asked.get("kind") == VoucherKind.AMOUNT else [])):
            try:
                validate_price(asked.get(name, value), currency)
            except ValidationError as wrong:
                self.add_error(name, wrong)

    def _check_items(self, asked: dict[str, Any]) -> None:
        scope = asked.get("scope")
        known = self.items.get(Scope(scope), {}) if scope else {}
        if any(item not in known for item in asked.get("item_ids", [])):
            self.add_error("item_ids", _("Elige solo de la clase para la que sirve el cupón."))

    def _check_limit(self, asked: dict[str, Any]) -> None:
        limit = asked.get("total_limit")
        if limit is not None and limit < self.instance.uses:
            self.add_error("total_limit", _("Ya se usó %(n)d veces.") % {"n": self.instance.uses})

    def _check_dates(self, asked: dict[str, Any]) -> None:
        start, end = asked.get("valid_from"), asked.get("valid_until")
        if start and end and end <= start:
            self.add_error("valid_until", _("Debe terminar después de empezar."))


class VoucherUseInline(ReadOnlyInline):
    """Who used it for what."""

    model = VoucherUse
    fields = ["client", "amount", "currency", "state", "payable_kind", "reserved_at", "ended_at"]


@admin.register(Voucher)
class VoucherAdmin(AuditedAdmin):
    """Vouchers. What has been used cannot be deleted, only switched off."""

    form = VoucherForm
    list_display = [
        "code",
        "name",
        "kind",
        "value",
        "uses",
        "total_limit",
        "valid_until",
        "is_active",
    ]
    list_filter = ["is_active", "kind", "scope"]
    search_fields = ["code", "canonical", "name"]
    readonly_fields = ["uses", "client"]
    ordering = ["-created_at"]
    inlines = [VoucherUseInline]
    fieldsets = [
        (None, {"fields": ["code", "name", "is_active"]}),
        (_("Descuento"), {"fields": ["kind", "value", "currency"]}),
        (_("Para qué sirve"), {"fields": ["scope", "item_ids", "min_spend"]}),
        (
            _("Con qué se combina"),
            {"fields": ["combines_with_vouchers", "combines_with_vip", "combines_with_credit"]},
        ),
        (
            _("Cuánto y hasta cuándo"),
            {
                "fields": [
                    "client",
                    "total_limit",
                    "per_person_limit",
                    "uses",
                    "valid_from",
                    "valid_until",
                ]
            },
        ),
    ]

    def save_model(
        self, request: HttpRequest, obj: Voucher, form: forms.ModelForm[Voucher], change: bool
    ) -> None:
        """Write what was edited only: `uses` counts on while somebody looks at the page."""
        obj.save(update_fields=[*form.changed_data, "updated_at"] if change else None)
