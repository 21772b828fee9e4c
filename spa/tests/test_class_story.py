"""Whatever people, money and the clock do in any order: seats and books agree (SPA-21, NA-18).

A machine drives two classes and a few people through random interleavings and looks at everything
after each step: the counter of seats, the line, the ledger, packages, and how often people heard.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.errors import DomainError
from core.models import OutboxMessage
from finances.domain.accounts import Account
from finances.models import CreditLot, Payment
from finances.selectors.ledger import verify
from spa.domain.classes import CERTAIN, HELD, SessionStatus
from spa.models import ClassSession, ClientPackage, Enrolment, Occupancy, PackageUse
from spa.services.class_counter import take_class_payment
from spa.services.classes import cancel_session, finish_session, take_attendance
from spa.services.enrolment import expire_seats
from spa.steps.leaving import end_places_ahead
from spa.tests.classes import (
    assert_seats_agree,
    class_type,
    come,
    go,
    pay,
    rich,
    schedule,
    session_of,
)
from spa.tests.conftest import MONDAY_TEN, NOW
from spa.tests.factories import LocationFactory
from spa.tests.ledger import count_overlaps
from spa.tests.packages import balance_of, offer, sold
from users.tests.factories import UserFactory

# Few on every run, many in the soak (see the profiles in conftest).
EXAMPLES = max(settings().max_examples // 8, 5)
STEPS = 25
PEOPLE = range(4)
CLASSES = range(2)
people, classes = st.sampled_from(PEOPLE), st.sampled_from(CLASSES)


class Story(RuleBasedStateMachine):
    """Two small classes, four people, one clock that only goes forward."""

    @initialize()
    def begin(self) -> None:
        # Taken back at the end: a savepoint, because a use case refuses to run inside `atomic`.
        self.savepoint = transaction.savepoint()
        location = LocationFactory.create()
        taught = class_type(capacity=2)
        self.sessions = [session_of(schedule(location, class_type=taught)) for _ in CLASSES]
        self.people = [UserFactory.create().pk for _ in PEOPLE]
        self.desk = UserFactory.create(staff=True).pk
        self.now: datetime = NOW
        for person in self.people[:2]:
            rich(person, "55000.00")
        package = offer(sessions=2, price=Decimal("60000.00"))
        package.class_types.add(taught)
        self.package = sold(package, client_id=self.people[0], now=NOW)

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            wrong = [finding for finding in verify() if not finding.is_explained]
            transaction.savepoint_rollback(self.savepoint)
            assert wrong == []

    def try_to(self, act: Any, *args: Any, **kwargs: Any) -> Any:
        """A refusal is an answer too; anything else is a bug."""
        try:
            return act(*args, **kwargs)
        except DomainError:
            return None

    @rule(person=people, number=classes, wait=st.booleans(), credit=st.booleans())
    def comes(self, person: int, number: int, wait: bool, credit: bool) -> None:
        self.try_to(
            come, self.sessions[number], self.people[person], now=self.now, wait=wait,
            use_credit=credit,
        )  # fmt: skip

    @rule(number=classes)
    def comes_with_the_package(self, number: int) -> None:
        self.try_to(
            come, self.sessions[number], self.people[0], now=self.now, package_id=self.package.pk
        )

    @rule(person=people, number=classes, waive=st.booleans())
    def leaves(self, person: int, number: int, waive: bool) -> None:
        place = Enrolment(session=self.sessions[number], client_id=self.people[person])
        reason = "enferma" if waive else ""
        self.try_to(go, place, now=self.now, actor_id=self.desk, waive_reason=reason)

    @rule(data=st.data(), attempt=st.integers(1, 2))
    def money_arrives(self, data: st.DataObject, attempt: int) -> None:
        """In time, late, twice: whichever payment there ever was."""
        asked = Payment.objects.filter(payable_kind="spa.enrolment").values("payable_id")
        places = list(Enrolment.objects.filter(pk__in=asked).order_by("pk"))
        if places:
            paid = data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True))
            pay(*paid, now=self.now, attempt=attempt)

    @rule(person=people, number=classes)
    def pays_at_the_desk(self, person: int, number: int) -> None:
        self.try_to(
            take_class_payment,
            session_id=self.sessions[number].pk,
            client_id=self.people[person],
            method="cash",
            actor_id=self.desk,
            now=self.now,
        )

    @rule(minutes=st.sampled_from([1, 10, 25, 61, 60 * 24, 60 * 20]))
    def time_goes_by(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(number=classes)
    def the_sweep_runs(self, number: int) -> None:
        expire_seats(session_id=self.sessions[number].pk, now=self.now)

    @rule(number=classes)
    def the_class_may_be_over(self, number: int) -> None:
        finish_session(session_id=self.sessions[number].pk, now=self.now)

    @precondition(lambda self: self.now > MONDAY_TEN - timedelta(days=1))
    @rule(number=classes)
    def is_cancelled(self, number: int) -> None:
        self.try_to(
            cancel_session,
            session_id=self.sessions[number].pk,
            reason="lluvia",
            actor_id=self.desk,
            now=self.now,
        )

    @rule(number=classes, data=st.data())
    def roll_is_called(self, number: int, data: st.DataObject) -> None:
        present = data.draw(st.lists(st.sampled_from(self.people), unique=True))
        self.try_to(
            take_attendance,
            session_id=self.sessions[number].pk,
            present=present,
            actor_id=self.desk,
            now=self.now,
        )

    @rule(person=people)
    def is_banned_and_welcome_again(self, person: int) -> None:
        with transaction.atomic():
            end_places_ahead(client_id=self.people[person], now=self.now)

    @invariant()
    def seats_are_counted_right(self) -> None:
        assert_seats_agree()

    @invariant()
    def what_is_held_was_paid_for_places_that_stand(self) -> None:
        open_places = Enrolment.objects.filter(
            session__status=SessionStatus.SCHEDULED.value,
            status__in=[status.value for status in CERTAIN],
        )
        assert balance_of(Account.DEPOSITS_HELD) == sum(
            (place.paid for place in open_places), Decimal(0)
        )

    @invariant()
    def every_peso_of_a_place_has_one_fate(self) -> None:
        """Paid is either still held, given back, kept as forfeited, or earned."""
        forfeited = earned = Decimal(0)
        for place in Enrolment.objects.select_related("session"):
            if place.status == "left":
                forfeited += place.paid - place.returned
            elif place.status == "cancelled":
                assert place.returned == place.paid
            elif place.status in CERTAIN and place.session.status == "done":
                earned += place.paid
            elif place.status == "expired":
                assert place.paid == 0
        uses = PackageUse.objects.filter(source_kind="spa.enrolment")
        forfeited += 30_000 * uses.filter(state="forfeited").count()
        earned += 30_000 * uses.filter(state="fulfilled").count()
        assert balance_of(Account.REVENUE_FORFEITED) == forfeited
        assert balance_of(Account.REVENUE_CLASSES) == earned

    @invariant()
    def packages_and_places_agree(self) -> None:
        package = ClientPackage.objects.get()
        used = PackageUse.objects.filter(source_kind="spa.enrolment")
        spent = used.exclude(state="restored").count()
        assert package.sessions_left == 2 - spent
        for use in used:
            status = Enrolment.objects.get(pk=use.source_id).status
            assert (use.state == "restored") <= (status in {"left", "cancelled"})
            assert (use.state == "used") <= (status in CERTAIN)

    @invariant()
    def nobody_waits_beside_a_free_seat_they_could_be_asked_about(self) -> None:
        for session in ClassSession.objects.filter(status="scheduled"):
            line = Enrolment.objects.filter(session=session, status="waiting")
            is_near = session.starts_at - self.now < timedelta(minutes=5)
            if line.exists() and not is_near:
                assert session.seats_taken == session.capacity

    @invariant()
    def a_kept_seat_has_an_end_and_credit_only_where_it_is_kept(self) -> None:
        kept = Enrolment.objects.filter(status__in=[status.value for status in HELD])
        reserved = sum((place.credit_used for place in kept), Decimal(0))
        assert sum((lot.reserved for lot in CreditLot.objects.all()), Decimal(0)) == reserved

    @invariant()
    def everybody_hears_of_each_thing_once(self) -> None:
        told = OutboxMessage.objects.filter(topic__startswith="spa.enrolment.")
        heard = [
            (message.topic, message.payload["enrolment_id"])
            for message in told
            if message.topic != "spa.enrolment.confirmed.v1"
        ]
        assert len(heard) == len(set(heard))
        sure = told.filter(topic="spa.enrolment.confirmed.v1")
        assert len({m.payload["enrolment_id"] for m in sure}) == sure.count()

    @invariant()
    def nobody_teaches_in_two_places(self) -> None:
        assert count_overlaps() == 0
        standing = ClassSession.objects.exclude(status="cancelled").count()
        assert Occupancy.objects.count() == standing


@pytest.mark.hypothesis
@pytest.mark.django_db
def test_whatever_happens_seats_books_packages_and_messages_agree() -> None:
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
