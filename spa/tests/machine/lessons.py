"""Classes: come to, left, taught, cancelled."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from spa.models import ClassSession, Enrolment
from spa.services.class_counter import take_class_payment
from spa.services.classes import cancel_session, substitute_instructor, take_attendance
from spa.services.enrolment import Wish, enrol, leave
from spa.tests.machine.world import World, people, which

ways = st.sampled_from(["money", "money", "credit", "package"])


class Lessons(World):
    """Two seats, four people."""

    def ahead(self) -> list[ClassSession]:
        """The next classes; few, so that they fill."""
        return self.census.classes_ahead(self.now)[:2]

    def in_class(self) -> list[Enrolment]:
        """Whose place is still open."""
        return [place for place in self.census.places if place.closed_at is None]

    def begun(self) -> list[Enrolment]:
        """Places in classes that are given or have been."""
        return [place for place in self.in_class() if place.session.starts_at <= self.now]

    @precondition(lambda self: self.ahead())
    @rule(who=people, number=which, by=ways, wait=st.booleans())
    def somebody_comes_to_a_class(self, who: int, number: int, by: str, wait: bool) -> None:
        """Takes a seat, accepts the one on offer, or waits in line."""
        person = self.person(who).pk
        mine = [p for p in self.census.packages_of(person) if p.class_type_ids]
        wish = Wish(
            package_id=mine[0].pk if by == "package" and mine else None,
            use_credit=by == "credit",
            wait=wait,
        )
        self.do(
            enrol,
            client_id=person,
            session_id=self.one(number, self.ahead()).pk,
            wish=wish,
            actor_id=person,
            now=self.now,
        )

    @precondition(lambda self: self.in_class())
    @rule(number=which, waived=st.booleans())
    def somebody_leaves_a_class(self, number: int, waived: bool) -> None:
        """Or declines an offer, or goes out of the line."""
        place = self.one(number, self.in_class())
        self.do(
            leave,
            client_id=place.client_id,
            session_id=place.session_id,
            actor_id=self.desk if waived else place.client_id,
            waive_reason="enferma" if waived else "",
            now=self.now,
        )

    @precondition(lambda self: self.in_class())
    @rule(number=which)
    def a_seat_is_paid_about_a_class(self, number: int) -> None:
        place = self.one(number, self.in_class())
        self.do(
            take_class_payment,
            session_id=place.session_id,
            client_id=place.client_id,
            method="cash",
            actor_id=self.desk,
            now=self.now,
        )

    @precondition(lambda self: self.begun())
    @rule(number=which, there=st.booleans())
    def roll_is_called(self, number: int, there: bool) -> None:
        place = self.one(number, self.begun())
        present = [place.client_id] if there else []
        self._about_a_class(take_attendance, place.session_id, present=present)

    @precondition(lambda self: self.census.places)
    @rule(number=which)
    def the_studio_cancels_a_class(self, number: int) -> None:
        session = self.one(number, self.census.places).session
        self._about_a_class(cancel_session, session.pk, reason="lluvia")

    @precondition(lambda self: self.ahead())
    @rule(number=which, who=which)
    def somebody_else_teaches(self, number: int, who: int) -> None:
        staff = self.one(who, self.studio.team)
        session = self.one(number, self.ahead())
        self._about_a_class(substitute_instructor, session.pk, instructor_id=staff.pk)

    def _about_a_class(self, act: Any, session_id: Any, **words: Any) -> None:
        self.do(act, session_id=session_id, actor_id=self.desk, now=self.now, **words)
