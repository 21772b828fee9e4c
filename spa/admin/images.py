"""Pictures of a service, on the service's own page."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminImageSmallFieldWidget, UnfoldAdminIntegerFieldWidget

from core.images import FORMATS, MEGABYTES, PictureField
from spa.models import Service, ServiceImage
from spa.models.images import IMAGES_PER_SERVICE

ACCEPTED = ", ".join(FORMATS)


class ServiceImageForm(forms.ModelForm[ServiceImage]):
    """A picture, what it shows, and where it comes.

    `order` is what is asked for. The place that follows from it, and from what else is asked for,
    is given by the form set.
    """

    file = PictureField(
        label="imagen",
        help_text=f"{ACCEPTED}; a lo sumo {MEGABYTES} MB",
        widget=UnfoldAdminImageSmallFieldWidget(attrs={"accept": "image/*"}),
    )
    order = forms.IntegerField(
        label="orden", required=False, min_value=0, widget=UnfoldAdminIntegerFieldWidget
    )

    class Meta:
        model = ServiceImage
        fields = ["file", "alt"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["order"] = self.instance.position


class ServiceImageFormSet(BaseInlineFormSet[ServiceImage, Service, ServiceImageForm]):
    """All pictures of one service; saved, they are numbered from one, without gaps."""

    default_error_messages = {
        **BaseInlineFormSet.default_error_messages,
        "too_many_forms": _("Un servicio tiene a lo sumo %(num)d imágenes."),
    }

    def save(self, commit: bool = True) -> Any:
        """Store them, then number all there are; saving the service has locked its row by now."""
        saved = super().save(commit)
        found = list(ServiceImage.objects.filter(service=self.instance))
        forms_of = {form.instance.pk: form for form in self.forms}
        found.sort(key=lambda image: _turn(image, forms_of.get(image.pk)))
        _number(found)
        return saved


def _turn(image: ServiceImage, form: ServiceImageForm | None) -> tuple[int, int, Any]:
    """When a picture comes: where it is wanted; of two wanted there, as the mover meant it."""
    asked = form.cleaned_data.get("order") if form else image.position
    if asked is None:
        return IMAGES_PER_SERVICE + 1, 0, image.pk
    # Up to the place of another is before it, down to it is after it.
    moved = (asked > image.position) - (asked < image.position)
    return asked, moved, image.pk


def _number(images: Iterable[ServiceImage]) -> None:
    for place, image in enumerate(images, start=1):
        image.position = place
    ServiceImage.objects.bulk_update(images, ["position"])


class ServiceImageInline(TabularInline):
    """The pictures with their thumbnails, in the order they are shown; dragged or numbered."""

    model = ServiceImage
    form = ServiceImageForm
    formset = ServiceImageFormSet
    fields = ["file", "alt", "order"]
    ordering = ["position"]
    ordering_field = "order"
    max_num = IMAGES_PER_SERVICE
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Service | None = None, **kwargs: Any) -> Any:
        """One that also refuses what the page would not offer."""
        return super().get_formset(request, obj, validate_max=True, **kwargs)
