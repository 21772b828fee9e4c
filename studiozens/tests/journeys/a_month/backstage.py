"""What the desk's process does for the month: the owner's settings, and the clock.

Imported once Django is set up.
"""

from collections.abc import Callable
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from finances.domain.commissions import DEVELOPER
from finances.models import Payee, PayoutBank, SubscriptionPlan
from finances.services.payees import register_payee
from spa.models import Service
from users.models import User
from users.tests.factories import PASSWORD, UserFactory


def admit(*, names: list[str]) -> list[dict[str, str]]:
    """New clients of these first names, who sign in with a password."""
    UserFactory.reset_sequence(1)
    with transaction.atomic():
        users = [UserFactory.with_password(first_name=name) for name in names]
    return [
        {"id": str(user.pk), "phone": user.phone, "name": user.first_name, "password": PASSWORD}
        for user in users
    ]


def set_up(*, category: str, percent: int, taxed: str, plan_price: int) -> dict[str, str]:
    """A commission for a category, a tax on a service, a membership; gives plan and developer."""
    with transaction.atomic():
        Service.objects.filter(category__name=category).update(commission_percent=percent)
        Service.objects.filter(name=taxed).update(tax_category="vat")
        plan = SubscriptionPlan.objects.create(name="Zen VIP", monthly_price=plan_price)
    return {"plan": str(plan.pk), "developer": str(DEVELOPER)}


def register_payees(*, parties: dict[str, str], by: str) -> list[str]:
    """Bank accounts for whoever is owed something (`staff`, `developer`, `client`)."""
    owner = User.objects.get(phone=by)
    bank = PayoutBank.objects.order_by("name").first()
    return [
        str(register_payee(payee=payee, actor_id=owner.pk, now=timezone.now()).pk)
        for payee in (
            Payee(
                party=party,
                kind=kind,
                name="Titular de la cuenta",
                legal_id_kind="CC",
                legal_id=f"102030{number}",
                bank=bank,
                account_type="AHORROS",
                account_number=f"300123{number}1",
            )
            for number, (party, kind) in enumerate(parties.items(), start=100)
        )
    ]


def pass_time(*, minutes: int, step: str) -> str:
    """`manage.py clock --forward`; what it said."""
    return _said("clock", "--forward", f"{minutes}m", "--step", step)


def reconcile(*, day: str) -> str:
    """`manage.py reconcile --day`; what it said."""
    return _said("reconcile", "--day", day)


def _said(*command: str) -> str:
    said = StringIO()
    call_command(*command, stdout=said)
    return said.getvalue()


ORDERS: dict[str, Callable[..., Any]] = {
    "admit": admit,
    "set_up": set_up,
    "register_payees": register_payees,
    "pass_time": pass_time,
    "reconcile": reconcile,
}
