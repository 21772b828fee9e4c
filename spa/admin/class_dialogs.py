"""What the desk is asked when something happens to a class."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import forms
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from spa.admin.dialogs import METHODS, ClientForm
from spa.domain.classes import CERTAIN, OPEN, EnrolmentStatus
from spa.models import Enrolment
from spa.selectors.classes import get_session, list_instructors, list_roster


class EnrolForm(ClientForm):
    """Who comes, and whether their credit pays."""

    use_credit = forms.BooleanField(
        label="Pagar con su saldo a favor", required=False, widget=UnfoldBooleanSwitchWidget()
    )


class PersonForm(BaseDialogForm):
    """Somebody who is in the class."""

    statuses: Collection[EnrolmentStatus] = OPEN
    person = forms.ChoiceField(label="Quién", widget=UnfoldAdminSelectWidget())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = _places(self.object_id, self.statuses)
        chosen: Any = self.fields["person"]
        chosen.choices = [(str(place.client_id), _label(place)) for place in self.places]

    @property
    def client_id(self) -> UUID:
        """Who was chosen."""
        return UUID(self.cleaned_data["person"])


class PaymentForm(PersonForm):
    """Who pays, and how."""

    statuses = (EnrolmentStatus.PENDING_PAYMENT,)
    method = forms.ChoiceField(
        label="Cómo paga", choices=METHODS, widget=UnfoldAdminSelectWidget(choices=METHODS)
    )


class LeaveForm(PersonForm):
    """Who does not come; a reason gives everything back."""

    waive_reason = forms.CharField(
        label="Motivo para devolver todo",
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
    )


class AttendanceForm(BaseDialogForm):
    """Who was there; at first all are ticked who were not noted as absent."""

    present = forms.TypedMultipleChoiceField(
        label="Vinieron",
        coerce=UUID,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = _places(self.object_id, CERTAIN)
        ticked: Any = self.fields["present"]
        ticked.choices = [(str(place.client_id), _label(place)) for place in places]
        ticked.initial = [
            str(place.client_id) for place in places if place.status != EnrolmentStatus.ABSENT
        ]


class SubstituteForm(BaseDialogForm):
    """Who gives the class instead."""

    instructor = forms.TypedChoiceField(
        label="Instructor", coerce=UUID, widget=UnfoldAdminSelectWidget()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["instructor"]
        taught = get_session(session_id=UUID(str(self.object_id))).class_type
        able = list_instructors(skill_id=taught.required_skill_id)
        chosen.choices = [(str(member.pk), member.display_name) for member in able]


def _places(session_id: int | str | None, statuses: Collection[EnrolmentStatus]) -> list[Enrolment]:
    roster = list_roster(session_id=UUID(str(session_id)))
    return [place for place in roster if place.status in statuses]


def _label(place: Enrolment) -> str:
    return f"{place.client.full_name or place.client.phone} · {place.get_status_display()}"
