"""The groups of the admin's people: made once, and then the studio's own to change."""

from collections.abc import Iterator

from django.contrib.auth.models import Group, Permission

RECEPTION = "Recepción"
# What a receptionist may do; buttons on a page (arrived, cancel, pay, sell, …) ask for `change`.
RECEPTION_POWERS = {
    "spa.appointment": ("view", "change"),
    "spa.appointmentseries": ("view", "change"),
    "spa.classsession": ("view", "change"),
    "spa.enrolment": ("view",),
    "spa.waitlistentry": ("view", "add", "change"),
    "spa.block": ("view", "add", "change"),
    "spa.package": ("view",),
    "spa.clientpackage": ("view", "add", "change"),
    "spa.strike": ("view", "change"),
    "spa.loyaltyreward": ("view",),
    "spa.service": ("view",),
    "spa.serviceimage": ("view",),
    "spa.addon": ("view",),
    "spa.staffmember": ("view",),
    "spa.resource": ("view",),
    "core.location": ("view",),
    "finances.payment": ("view",),
    "finances.counterpayment": ("view",),
    "finances.cashshift": ("view", "add", "change"),
    "finances.cashmovement": ("view",),
    "finances.salesdocument": ("view",),
    "finances.salesline": ("view",),
    "finances.creditlot": ("view",),
    "users.user": ("view",),
}


def ensure_groups() -> None:
    """Make the groups that are missing; one that is there stays as people made it."""
    group, is_new = Group.objects.get_or_create(name=RECEPTION)
    if is_new:
        group.permissions.set(Permission.objects.filter(pk__in=_powers()))


def _powers() -> Iterator[int]:
    for label, powers in RECEPTION_POWERS.items():
        app, model = label.split(".")
        yield from Permission.objects.filter(
            content_type__app_label=app,
            content_type__model=model,
            codename__in=[f"{power}_{model}" for power in powers],
        ).values_list("pk", flat=True)
