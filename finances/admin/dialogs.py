"""What the dialogs of money have in common."""

from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from users.selectors.people import find_person


class ReasonForm(BaseDialogForm):
    """Why; it is kept in the audit log."""

    reason = forms.CharField(
        label="Motivo", min_length=3, max_length=200, widget=UnfoldAdminTextareaWidget()
    )


class PersonForm(ReasonForm):
    """Somebody, found by their phone, and why."""

    phone = forms.CharField(
        label="Teléfono del cliente",
        help_text="Con indicativo: +573001112233",
        widget=UnfoldAdminTextInputWidget(),
    )

    def clean_phone(self) -> UUID:
        """Whose it is."""
        person = find_person(phone=self.cleaned_data["phone"].replace(" ", ""))
        if person is None:
            raise ValidationError(_("Nadie tiene ese teléfono."))
        return UUID(str(person.pk))
