"""People see to what differs; money moves once, and no payment is confirmed (FIN-06, NA-22)."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from core.models import AuditEntry
from core.testing import queue
from finances import errors
from finances.models import CreditLot, Difference, LedgerEntry
from finances.selectors.ledger import verify
from finances.services.differences import (
    approve_resolution,
    ask_again,
    assign_difference,
    reject_resolution,
)
from finances.tests.reconciling import Night, resolve, seen
from finances.tests.reconciling import night as night
from finances.tests.wires import forge
from users.models import User
from users.tests.factories import UserFactory


@pytest.fixture
def difference(night: Night) -> Difference:
    """70 000 pesos that somebody paid by a link of the gateway's panel."""
    night.pay_outside()
    night.run()
    return Difference.objects.get()


def moved() -> int:
    return LedgerEntry.objects.count()


def test_money_of_a_client_becomes_credit_and_the_client_hears_so(
    difference: Difference, admin_user: User, client_user: User
) -> None:
    resolve(difference, admin_user.pk, "client_credit", client_user.pk)

    difference.refresh_from_db()
    assert (difference.state, difference.resolved_by_id) == ("resolved", admin_user.pk)
    assert CreditLot.objects.get(client=client_user).remaining == 70_000
    assert AuditEntry.objects.filter(action="finances.difference.resolved").count() == 1
    assert verify() == []
    with pytest.raises(errors.DifferenceOver):
        resolve(difference, admin_user.pk)
    assert moved() == 2


def test_above_the_limit_a_second_person_agrees(difference: Difference, admin_user: User) -> None:
    Difference.objects.update(amount=700_000)
    resolve(difference, admin_user.pk)
    difference.refresh_from_db()
    assert (difference.state, moved()) == ("proposed", 0)
    approve = partial(approve_resolution, difference_id=difference.pk, now=timezone.now())

    with pytest.raises(errors.DifferenceNeedsAnother):
        approve(actor_id=admin_user.pk)
    with pytest.raises(errors.DifferenceProposed):
        resolve(difference, UserFactory.create(admin=True).pk)
    assert moved() == 0

    approve(actor_id=UserFactory.create(admin=True).pk)

    difference.refresh_from_db()
    assert (difference.state, moved()) == ("resolved", 2)
    assert verify() == []


def test_what_is_refused_or_has_changed_since_waits_as_before(
    night: Night, difference: Difference, admin_user: User
) -> None:
    Difference.objects.update(amount=700_000)
    resolve(difference, admin_user.pk)
    reject_resolution(difference_id=difference.pk, actor_id=admin_user.pk, now=timezone.now())
    difference.refresh_from_db()
    assert (difference.state, difference.way, difference.proposed_by) == ("open", "", None)
    with pytest.raises(errors.DifferenceNotProposed):
        approve_resolution(difference_id=difference.pk, actor_id=admin_user.pk, now=timezone.now())
    resolve(difference, admin_user.pk)

    night.run(days=2)

    difference.refresh_from_db()
    assert seen(difference) == ("payment", "missing_here", 70_000, "open")
    assert moved() == 0


def test_na_22_what_the_gateway_has_of_a_payment_of_ours_is_settled_and_never_booked(
    night: Night, admin_user: User
) -> None:
    payment = night.open_one(client_id=UserFactory.create().pk)
    night.wire.deliver(forge(night.wire.pay(payment), amount_in_cents=100))
    night.run()
    difference = Difference.objects.get()
    assert seen(difference) == ("payment", "status", 48_000, "open")

    for way, client in (("differences", None), ("client_credit", payment.client_id)):
        with pytest.raises(errors.DifferenceWayWrong):
            resolve(difference, admin_user.pk, way, client)
    assert moved() == 0
    ask_again(
        difference_id=difference.pk, note="de nuevo", actor_id=admin_user.pk, now=timezone.now()
    )

    payment.refresh_from_db()
    difference.refresh_from_db()
    assert (payment.status, difference.state, difference.way) == (
        "approved",
        "resolved",
        "asked_again",
    )
    assert night.held_here() == night.held_there()
    assert night.run(days=2).status == "clean"
    assert verify() == []


def test_asking_again_ends_nothing_that_still_differs(
    night: Night, difference: Difference, admin_user: User
) -> None:
    with pytest.raises(errors.DifferenceNotSettled):
        ask_again(
            difference_id=difference.pk, note="otra vez", actor_id=admin_user.pk, now=timezone.now()
        )
    difference.refresh_from_db()
    assert difference.state == "open"


def test_a_way_that_does_not_fit_is_refused(
    difference: Difference, admin_user: User, client_user: User
) -> None:
    for way, client in (
        ("gateway_fees", None),  # money that is more there is no cost
        ("client_credit", None),
        ("differences", client_user.pk),
        ("asked_again", None),
    ):
        with pytest.raises(errors.DifferenceWayWrong):
            resolve(difference, admin_user.pk, way, client)
    with pytest.raises(errors.DifferenceOfOneself):
        resolve(difference, admin_user.pk, "client_credit", admin_user.pk)
    Difference.objects.update(amount=-70_000)
    with pytest.raises(errors.DifferenceWayWrong):
        resolve(difference, admin_user.pk, "client_credit", client_user.pk)
    assert moved() == 0

    resolve(difference, admin_user.pk, "gateway_fees")

    assert moved() == 2


def test_a_difference_is_assigned_to_who_administers(
    difference: Difference, admin_user: User, staff_user: User
) -> None:
    def assign(owner: User) -> None:
        assign_difference(
            difference_id=difference.pk,
            owner_id=owner.pk,
            actor_id=admin_user.pk,
            now=timezone.now(),
        )

    with pytest.raises(errors.DifferenceOwnerWrong):
        assign(staff_user)
    assign(admin_user)

    difference.refresh_from_db()
    assert (difference.state, difference.owner) == ("assigned", admin_user)
    with pytest.raises(errors.DifferenceUnknown):
        assign_difference(
            difference_id=uuid4(),
            owner_id=admin_user.pk,
            actor_id=admin_user.pk,
            now=timezone.now(),
        )


def test_a_resolution_that_moved_other_money_is_found(
    difference: Difference, admin_user: User
) -> None:
    resolve(difference, admin_user.pk)
    assert verify() == []

    Difference.objects.update(amount=69_000)

    (finding,) = verify()
    assert "says 69000.00 are resolved, booked are 70000.00" in finding.text
    assert not finding.is_explained


@pytest.mark.django_db(transaction=True)
def test_two_who_resolve_at_once_move_the_money_once(
    night: Night, difference: Difference, admin_user: User
) -> None:
    other = UserFactory.create(admin=True)

    def hold() -> None:
        Difference.objects.select_for_update().get()

    outcomes = queue(
        [partial(resolve, difference, by) for by in (admin_user.pk, other.pk)], behind=hold
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "Difference",
        "DifferenceOver",
    ]
    assert moved() == 2


URL = "/api/v1/differences"


def test_resolving_over_http(
    api: Any, difference: Difference, admin_user: User, client_user: User
) -> None:
    caller, key = api.as_(admin_user), {"Idempotency-Key": "once"}
    body = {"way": "client_credit", "client": str(client_user.pk), "note": "pagó por enlace"}
    path = f"{URL}/{difference.pk}/resolve"

    without = caller.post(path, body, format="json")
    first = caller.post(path, body, format="json", headers=key)
    again = caller.post(path, body, format="json", headers=key)

    assert without.status_code == 400
    assert (first.status_code, first.json()["state"]) == (200, "resolved")
    assert again.content == first.content
    assert (again["Idempotency-Replayed"], CreditLot.objects.count()) == ("true", 1)
    shown = caller.get(f"{URL}/{difference.pk}").json()
    assert (shown["amount"], shown["theirs"]["reference"]) == ("70000.00", "LINK-1")


def test_the_lists_cost_the_same_however_long(
    api: Any, night: Night, admin_user: User, django_assert_num_queries: Any
) -> None:
    caller = api.as_(admin_user)
    counts = []
    for number in range(2):
        night.pay_outside(reference=f"LINK-{number}")
        run = night.run(days=1 + number)
        with django_assert_num_queries(4):  # who asks, the day, how many, the page
            found = caller.get(f"/api/v1/reconciliations/{run.pk}/differences?state=open")
        with django_assert_num_queries(3):
            days = caller.get("/api/v1/reconciliations?status=differs")
        counts.append((found.json()["count"], days.json()["count"]))
        with django_assert_num_queries(2):
            one = caller.get(f"/api/v1/reconciliations/{run.pk}")
        assert one.json()["found"] == number + 1
    assert counts == [(1, 1), (2, 1)]


def test_who_asks_again_over_http_hears_what_the_provider_says(
    api: Any, difference: Difference, admin_user: User
) -> None:
    answer = api.as_(admin_user).post(
        f"{URL}/{difference.pk}/ask-again", {"note": "por si acaso"}, format="json"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "FIN-DIFFERENCE-NOT-SETTLED")
