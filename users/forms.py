"""A person in a form of the admin: typed as their phone, as the desk knows people."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from users.selectors.people import find_person


class PersonField(forms.CharField):
    """Somebody's phone with its country code, spaces or not; cleans to their id, or `None`."""

    def __init__(self, **options: Any) -> None:
        known = {
            "label": "Teléfono del cliente",
            "help_text": "Con indicativo: +573001112233",
            "widget": UnfoldAdminTextInputWidget(),
        }
        super().__init__(**(known | options))

    def clean(self, value: Any) -> UUID | None:
        """Whose phone it is; a phone that nobody has is refused."""
        phone = super().clean(value).replace(" ", "")
        if not phone:
            return None
        person = find_person(phone=phone)
        if person is None:
            raise ValidationError(_("Nadie tiene ese teléfono."))
        return UUID(str(person.pk))
