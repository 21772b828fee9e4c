"""Where people are paid. Accounts are typed here once and never shown whole again."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.admin import ReadOnlyAdmin, act_and_say, actor_of
from core.errors import DomainError
from finances.domain.commissions import DEVELOPER
from finances.models import Payee, PayoutBank
from finances.models.payees import AccountType, LegalIdKind, PayeeKind
from finances.selectors.commissions import names_of_parties
from finances.selectors.payouts import with_shared_accounts
from finances.services.payees import refresh_banks, register_payee, retire_payee
from finances.services.payouts import pay_out
from users.forms import PersonField

A_CLIENT = ""
DETAILS = (
    "party",
    "kind",
    "name",
    "email",
    "legal_id_kind",
    "legal_id",
    "bank",
    "account_type",
    "account_number",
)


class PayeeForm(BaseDialogForm):
    """Whose money it is, and where it goes."""

    party = forms.ChoiceField(label="Para quién", required=False, widget=UnfoldAdminSelectWidget())
    phone = PersonField(
        required=False, help_text="Solo para un cliente; con indicativo: +573001112233"
    )
    name = forms.CharField(label="Titular", max_length=120, widget=UnfoldAdminTextInputWidget())
    email = forms.EmailField(label="Correo", required=False, widget=UnfoldAdminTextInputWidget())
    legal_id_kind = forms.ChoiceField(
        label="Tipo de documento", choices=LegalIdKind, widget=UnfoldAdminSelectWidget()
    )
    legal_id = forms.CharField(
        label="Documento", max_length=20, widget=UnfoldAdminTextInputWidget()
    )
    bank = forms.ModelChoiceField(
        label="Banco",
        queryset=PayoutBank.objects.filter(is_listed=True).order_by("name"),
        widget=UnfoldAdminSelectWidget(),
    )
    account_type = forms.ChoiceField(
        label="Tipo de cuenta", choices=AccountType, widget=UnfoldAdminSelectWidget()
    )
    account_number = forms.CharField(
        label="Número de cuenta", max_length=20, widget=UnfoldAdminTextInputWidget()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["party"]
        names = [(str(party), name) for party, name in names_of_parties().items()]
        field.choices = [(A_CLIENT, _("Un cliente, por su teléfono")), *names]

    def clean(self) -> dict[str, Any]:
        """One of the studio's people, or a client; not both."""
        asked: dict[str, Any] = super().clean() or self.cleaned_data
        if "phone" in self.errors:
            return asked
        client = asked.get("phone")
        if bool(asked.get("party")) == bool(client):
            raise ValidationError(_("Elige a alguien del estudio o escribe el teléfono."))
        asked["party"] = client or UUID(asked["party"])
        asked["kind"] = _kind(asked["party"], is_client=bool(client))
        return asked

    def payee(self) -> Payee:
        """As it was filled in."""
        return Payee(**{name: self.cleaned_data[name] for name in DETAILS})


def _kind(party: UUID, *, is_client: bool) -> PayeeKind:
    if is_client:
        return PayeeKind.CLIENT
    return PayeeKind.DEVELOPER if party == DEVELOPER else PayeeKind.STAFF


@admin.register(Payee)
class PayeeAdmin(ReadOnlyAdmin):
    """Payees: new details replace the old ones, which stay with what was sent to them."""

    list_display = [
        "name",
        "kind",
        "bank",
        "masked_account",
        "is_shared",
        "registered_at",
        "registered_by",
        "replaced_at",
    ]
    list_filter = ["kind", ("replaced_at", admin.EmptyFieldListFilter)]
    list_select_related = ["bank", "registered_by"]
    search_fields = ["name", "email"]
    ordering = ["replaced_at", "name", "pk"]
    fields = [
        "name",
        "kind",
        "email",
        "legal_id_kind",
        "bank",
        "account_type",
        "masked_account",
        "registered_at",
        "registered_by",
        "replaced_at",
    ]
    actions = ["pay_now"]
    actions_list = ["register"]
    actions_detail = ["retire"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payee]:
        """Knows of each account whether somebody else is paid there too."""
        found: QuerySet[Payee] = super().get_queryset(request)
        return with_shared_accounts(found)

    @admin.display(description="cuenta")
    def masked_account(self, payee: Payee) -> str:
        """Its last digits."""
        return payee.masked_account

    @admin.display(description="cuenta compartida", boolean=True)
    def is_shared(self, payee: Payee) -> bool:
        """Whether somebody else is paid at the same account."""
        return bool(getattr(payee, "is_account_shared", False))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Only while somebody is paid there."""
        found: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return found if Payee.objects.filter(pk=object_id, replaced_at=None).exists() else []

    @action(
        description="Registrar una cuenta",
        url_path="register",
        permissions=["administer"],
        dialog={
            "title": "Registrar una cuenta bancaria",
            "description": "Reemplaza la que tuviera. El número no se vuelve a mostrar completo.",
            "form_class": PayeeForm,
            "form_submit_text": "Registrar",
        },
    )
    def register(self, request: HttpRequest, form: PayeeForm) -> HttpResponse:
        """Pay somebody there from now on."""

        def act() -> str:
            register_payee(payee=form.payee(), actor_id=actor_of(request), now=timezone.now())
            return _("Cuenta registrada.")

        return act_and_say(self, request, act)

    @action(
        description="Dejar de usar esta cuenta",
        url_path="retire",
        permissions=["administer"],
        icon="close",
        dialog={
            "title": "Dejar de usar esta cuenta",
            "description": "Lo que se le deba espera a que se registre otra.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Dejar de usar",
        },
    )
    def retire(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Pay nobody there any more."""

        def act() -> str:
            retire_payee(payee_id=UUID(object_id), actor_id=actor_of(request), now=timezone.now())
            return _("Ya no se paga a esa cuenta.")

        return act_and_say(self, request, act, object_id=object_id)

    @admin.action(description="Pagarles ahora lo que se les debe", permissions=["administer"])
    def pay_now(self, request: HttpRequest, queryset: QuerySet[Payee]) -> None:
        """Whatever it is, also below their threshold."""
        ids = list(queryset.values_list("pk", flat=True))
        try:
            payouts = pay_out(payee_ids=ids, actor_id=actor_of(request), now=timezone.now())
        except DomainError as refusal:
            self.message_user(request, refusal.detail, messages.WARNING)
        else:
            names = ", ".join(payout.reference for payout in payouts)
            self.message_user(request, _("Por enviar: %(names)s") % {"names": names})


@admin.register(PayoutBank)
class PayoutBankAdmin(ReadOnlyAdmin):
    """The banks the provider pays to."""

    list_display = ["name", "is_listed"]
    list_filter = ["is_listed"]
    search_fields = ["name"]
    ordering = ["name"]
    actions_list = ["refresh"]

    @action(
        description="Actualizar la lista",
        url_path="refresh",
        permissions=["administer"],
        dialog={
            "title": "Actualizar la lista de bancos",
            "description": "Se consulta al proveedor de pagos.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Actualizar",
        },
    )
    def refresh(self, request: HttpRequest, form: BaseDialogForm) -> HttpResponse:
        """Ask the provider now rather than within hours."""
        return act_and_say(
            self, request, lambda: _("Bancos en la lista: %(n)d") % {"n": refresh_banks()}
        )
