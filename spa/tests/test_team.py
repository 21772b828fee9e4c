"""The team as bookable time (SPA-02)."""

from django.db import transaction

from spa.models import Occupancy, Resource, StaffMember
from spa.steps.team import give_resource
from spa.tests.conftest import Book


def test_who_is_renamed_keeps_their_time_and_what_is_booked_of_it(
    therapist: StaffMember, book: Book
) -> None:
    book()
    theirs = therapist.resource_id
    therapist.display_name = "Luisa F."

    with transaction.atomic():
        give_resource(therapist)
        therapist.save()

    assert StaffMember.objects.get().resource_id == theirs == Occupancy.objects.get().resource_id
    assert Resource.objects.get(pk=theirs).name == "Luisa F."
