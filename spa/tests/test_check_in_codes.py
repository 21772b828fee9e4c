"""Codes to check in with: six letters and digits, no two alike (SPA-06)."""

import re
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from spa.models import Appointment
from spa.tests.conftest import Book, local
from users.tests.factories import UserFactory

AMONG = 31**6


def draw(count: int) -> list[str]:
    """As many codes as PostgreSQL would give to new visits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT spa_next_check_in_code() FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def test_a_visit_gets_a_code_when_it_is_booked(book: Book) -> None:
    visits = [
        book(client_id=UserFactory.create().pk, start=local(day, 10)).appointment
        for day in (7, 8, 9)
    ]

    codes = [visit.check_in_code for visit in visits]
    assert codes == list(
        Appointment.objects.order_by("starts_at").values_list("check_in_code", flat=True)
    )
    assert len(set(codes)) == 3
    assert all(re.fullmatch("[2-9A-HJKMNP-Z]{6}", code) for code in codes)


@pytest.mark.django_db
def test_no_two_of_many_are_alike_also_where_the_count_begins_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('spa_check_in_code_number', %s)", [AMONG - 10_000])

    codes = draw(20_000)

    assert len(set(codes)) == 20_000
    assert {len(code) for code in codes} == {6}


@pytest.mark.django_db
def test_neighbours_do_not_look_alike() -> None:
    codes = draw(200)

    shared = [
        sum(here == there for here, there in zip(one, other, strict=True))
        for one, other in pairwise(codes)
    ]
    assert max(shared) <= 3


def test_the_database_refuses_a_code_that_another_open_visit_has(book: Book) -> None:
    visits = [
        book(client_id=UserFactory.create().pk, start=local(day, 10)).appointment for day in (7, 8)
    ]
    taken = visits[0].check_in_code

    def take() -> Any:
        Appointment.objects.filter(pk=visits[1].pk).update(check_in_code=taken)

    with pytest.raises(IntegrityError, match="spa_appointment_code_once"), transaction.atomic():
        take()
    # A visit that is over needs its code no more.
    Appointment.objects.filter(pk=visits[0].pk).update(status="expired")
    take()
