"""Payees, commissions and payouts at the desk: accounts go in and never come out whole."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry
from finances import registry
from finances.models import Commission, Payee, Payout, PayoutBank
from finances.registry import Earner
from finances.selectors.ledger import verify
from finances.services.payouts import pay_out
from finances.tests.desks import buttons, press, said
from finances.tests.earnings import bank, earn, payee
from users.models import User
from users.tests.factories import UserFactory

ANA = UUID(int=7)


@pytest.fixture
def desk(client: Client, admin_user: User) -> Client:
    client.force_login(admin_user)
    return client


@pytest.fixture
def form(monkeypatch: pytest.MonkeyPatch, db: None) -> dict[str, Any]:
    """Ana's account, as somebody types it."""
    monkeypatch.setattr(registry, "_earners", [lambda: [Earner(ANA, "Ana", None)]])
    return {
        "party": str(ANA),
        "phone": "",
        "name": "Ana Ruiz",
        "email": "",
        "legal_id_kind": "CC",
        "legal_id": "1032456789",
        "bank": bank().pk,
        "account_type": "AHORROS",
        "account_number": "55554444333321",
    }


def page(desk: Client, model: Any) -> str:
    name = f"admin:finances_{model._meta.model_name}_changelist"
    answer = desk.get(reverse(name))
    assert answer.status_code == 200
    return answer.content.decode()


def run(desk: Client, model: Any, action: str, *rows: Any) -> Any:
    url = reverse(f"admin:finances_{model._meta.model_name}_changelist")
    chosen = [str(row.pk) for row in rows]
    return desk.post(url, {"action": action, "_selected_action": chosen}, follow=True)


def test_an_account_is_registered_and_shown_by_its_last_digits(
    desk: Client, form: dict[str, Any], admin_user: User
) -> None:
    answer = press(desk, Payee, "register", **form)

    assert said(answer) == ["Cuenta registrada."]
    found = Payee.objects.get()
    assert (found.party, found.kind, found.registered_by) == (ANA, "staff", admin_user)
    row = desk.get(reverse("admin:finances_payee_change", args=[found.pk])).content.decode()
    for shown in (page(desk, Payee), row):
        assert "••••3321" in shown
        assert "55554444333321" not in shown
        assert "1032456789" not in shown
    assert AuditEntry.objects.filter(action="finances.payee.registered").exists()


def test_a_clients_account_is_theirs_by_phone_and_only_one_of_both_is_said(
    desk: Client, form: dict[str, Any], client_user: User
) -> None:
    both = press(desk, Payee, "register", **form | {"phone": client_user.phone})
    nobody = press(desk, Payee, "register", **form | {"party": "", "phone": "+573009999999"})
    assert not Payee.objects.exists()
    assert both.context["form"].errors
    assert nobody.context["form"].errors

    press(desk, Payee, "register", **form | {"party": "", "phone": client_user.phone})

    found = Payee.objects.get()
    assert (found.party, found.kind) == (client_user.pk, "client")


def test_an_account_that_cannot_be_is_refused_with_a_reason(
    desk: Client, form: dict[str, Any]
) -> None:
    answer = press(desk, Payee, "register", **form | {"account_number": "12"})

    assert "6 a 20" in said(answer)[0]
    assert not Payee.objects.exists()


def test_an_account_that_two_are_paid_at_stands_out(desk: Client, db: None) -> None:
    payee(name="Ana"), payee(name="Beto"), payee(name="Caro", account_number="87654321")

    rows = desk.get(reverse("admin:finances_payee_changelist")).context["cl"].queryset

    shared = {row.name: row.is_account_shared for row in rows}
    assert shared == {"Ana": True, "Beto": True, "Caro": False}


def test_a_payee_is_paid_and_retired_from_the_list(desk: Client, db: None) -> None:
    ana = payee()
    earn(ana.party, 10_000)

    answer = run(desk, Payee, "pay_now", ana)
    assert Payout.objects.get().amount == 5_000
    assert Payout.objects.get().reference in said(answer)[0]
    run(desk, Payee, "pay_now", ana)
    assert Payout.objects.count() == 1

    press(desk, ana, "retire")
    ana.refresh_from_db()
    assert ana.replaced_at is not None
    assert buttons(desk, ana) == set()


def test_everybody_who_reaches_the_threshold_is_paid_by_a_button(desk: Client, db: None) -> None:
    earn(payee().party)
    earn(payee().party, 1_000)

    assert said(press(desk, Payout, "send"))[0].startswith("Por enviar: PSZ-")
    assert Payout.objects.get().amount == 250_000
    assert "No hay nada por pagar" in said(press(desk, Payout, "send"))[-1]
    shown = page(desk, Payout)
    assert Payout.objects.get().reference in shown


def test_the_provider_is_asked_again_by_a_button_and_not_about_what_is_over(
    desk: Client, admin_user: User
) -> None:
    ana = payee()
    earn(ana.party)
    (payout,) = pay_out(payee_ids=[ana.pk], actor_id=admin_user.pk, now=timezone.now())
    Payout.objects.update(looks=5, next_look_at=timezone.now() + timezone.timedelta(hours=1))

    run(desk, Payout, "ask_provider_again", payout)
    payout.refresh_from_db()
    assert (payout.looks, payout.next_look_at <= timezone.now()) == (0, True)

    Payout.objects.update(status="rejected", ended_at=timezone.now(), next_look_at=None)
    answer = run(desk, Payout, "ask_provider_again", payout)
    assert "ya terminó" in said(answer)[-1]


def test_a_commission_is_taken_back_once_with_a_reason(desk: Client, db: None) -> None:
    earned = earn(ANA)
    assert buttons(desk, earned) == {"Anular"}

    press(desk, earned, "take_back", reason="no era suya")

    assert buttons(desk, earned) == set()
    assert sum(row.amount for row in Commission.objects.all()) == 0
    assert verify() == []
    assert "Masaje" in page(desk, Commission)


def test_staff_who_may_look_may_not_pay(client: Client, db: None) -> None:
    client.force_login(UserFactory.create(staff=True, is_staff=True))

    for model in (Payee, Payout, Commission, PayoutBank):
        name = f"admin:finances_{model._meta.model_name}_changelist"
        assert client.get(reverse(name)).status_code == 403
    assert client.get(reverse("admin:finances_payout_send")).status_code in {302, 403}


def test_the_list_of_banks_is_read_by_a_button(desk: Client, sandbox: Any) -> None:
    answer = press(desk, PayoutBank, "refresh")

    assert said(answer)[0].startswith("Bancos en la lista: ")
    assert PayoutBank.objects.filter(is_listed=True).count() > 1
    assert "BANCOLOMBIA" in page(desk, PayoutBank)
