"""The studio's people, as other apps may know them."""

from finances.registry import Earner
from spa.models import StaffMember


def list_earning_staff() -> list[Earner]:
    """Whoever can earn tips and commissions: money is theirs by their resource. One query."""
    rows = StaffMember.objects.order_by("display_name", "pk")
    return [
        Earner(party=resource_id, name=name, person_id=person_id)
        for resource_id, name, person_id in rows.values_list(
            "resource_id", "display_name", "user_id"
        )
    ]
