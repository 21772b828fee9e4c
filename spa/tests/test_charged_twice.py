"""What is being charged shows no checkout, wherever a payment is shown (FIN-01)."""

from typing import Any

from core.models import Location
from finances.models import Payment
from finances.tests.chargers import charge_opened
from spa.models import Appointment
from spa.services.counter import pay_balance
from spa.tests.classes import a_class, come
from spa.tests.conftest import NOW, Book, Repeat, local, rule_that


def is_charged(payment: Any) -> bool:
    return bool(payment["charge"] and payment["charge"]["is_open"] and not payment["checkout"])


def charge_all() -> None:
    for payment_id in Payment.objects.values_list("pk", flat=True):
        charge_opened(payment_id)


def shown(caller: Any, path: str) -> list[Any]:
    return [row["payment"] for row in caller.get(f"/api/v1/{path}").json()["results"]]


def test_visits_classes_and_series(
    api: Any, client_user: Any, location: Location, book: Book, repeat: Repeat
) -> None:
    rule_that(open_holds_limit=20)
    caller = api.as_(client_user)
    book(start=local(8, 10))
    repeat()
    come(a_class(location), client_user.pk)
    paths = ["appointments", "appointment-series", "me/enrolments"]
    before = [payment for path in paths for payment in shown(caller, path) if payment]
    assert len(before) == 3
    assert not any(map(is_charged, before))

    charge_all()

    after = [payment for path in paths for payment in shown(caller, path) if payment]
    assert [payment["id"] for payment in after] == [payment["id"] for payment in before]
    assert all(map(is_charged, after))


def test_a_page_of_visits_costs_one_query_more_whatever_its_length(
    api: Any, client_user: Any, book: Book, django_assert_num_queries: Any
) -> None:
    caller = api.as_(client_user)
    for hour in (9, 12, 15):
        book(start=local(7, hour))
        charge_opened(Payment.objects.get(next_reference=1).pk)
        with django_assert_num_queries(6):
            assert all(map(is_charged, shown(caller, "appointments")))


def test_asking_for_a_balance_again_gives_the_charge_that_is_under_way(
    book: Book, client_user: Any
) -> None:
    visit = book().appointment
    Appointment.objects.update(
        status="completed", completed_at=NOW, hold_expires_at=None, paid=0, deposit=0
    )
    asked: dict[str, Any] = {"appointment_id": visit.pk, "client_id": client_user.pk, "now": NOW}
    charge_opened(pay_balance(**asked)["id"])

    assert is_charged(pay_balance(**asked))
