"""How usable a start leaves somebody's day (SPA-28)."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spa import errors
from spa.domain.availability import Busy, find_offers
from spa.domain.bits import Window, instant_of_bit, span
from spa.domain.calendar import Calendar
from spa.domain.need import Chain, Part, Stretch, VisitNeed
from spa.domain.ranking import rank, rests
from spa.domain.studio import Hours, Studio, Worker
from spa.models import Service, StaffMember
from spa.selectors.availability import ask, find_free
from spa.selectors.ranking import rank_offers
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local, rule_that
from spa.tests.factories import ServiceFactory, SkillFactory
from spa.tests.ledger import nothing_changes
from spa.tests.studios import PLACE, always_open, always_working, treatment
from users.tests.factories import UserFactory

BOGOTA = ZoneInfo("America/Bogota")
MONDAY = date(2026, 12, 7)
SIZE = 48


@given(
    free=st.integers(0, 2**SIZE - 1)
    | st.lists(st.integers(0, SIZE), min_size=2, max_size=6).map(
        lambda edges: sum(
            span(*pair) for pair in zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False)
        )
    ),
    begin=st.integers(-4, 2),
    length=st.integers(1, 6),
    shortest=st.integers(1, 8),
)
def test_a_rest_is_unusable_when_time_beside_the_visit_is_free_but_too_short(
    free: int, begin: int, length: int, shortest: int
) -> None:
    stretch = Stretch(begin * 5, (begin + length) * 5)

    before, after = rests(free, stretch, shortest * 5)

    def run(bit: int, step: int) -> int:
        """How many bits are free from there on, counted one by one."""
        found = 0
        while bit >= 0 and free >> bit & 1:
            found, bit = found + 1, bit + step
        return found

    for start in range(4, SIZE):
        assert bool(before >> start & 1) == (0 < run(start + begin - 1, -1) < shortest)
        assert bool(after >> start & 1) == (0 < run(start + begin + length, 1) < shortest)


def ranked(
    *workers: Worker, minutes: int = 60, shortest: int = 70, busy: Busy | None = None
) -> dict[str, int]:
    """Wall times of Monday with their ranks; visits pause ten minutes."""
    place = always_open(BOGOTA, slot_minutes=30)
    service = treatment(duration=minutes, buffer_after=10)
    offers = find_offers(
        Calendar(Studio({PLACE: place}, {}, workers, ())),
        place=place,
        need=VisitNeed.of([Chain((Part(service),))], usual_buffer=10),
        busy=busy or {},
        window=Window(MONDAY, MONDAY),
        earliest=datetime(2020, 1, 1, tzinfo=UTC),
        latest=datetime(2040, 1, 1, tzinfo=UTC),
    )
    ranking = rank(offers, lambda _demand, _option: shortest)
    return {
        f"{instant_of_bit(bit).astimezone(BOGOTA):%H:%M}": ranking.of(bit)
        for bit in offers.start_bits()
    }


def shift(number: int, begin: time, end: time) -> Worker:
    return always_working(number, hours={PLACE: (Hours(1, begin, end),)})


def test_starts_at_the_edge_or_a_whole_service_from_it_are_the_best() -> None:
    # From nine to one: 09:30 leaves half an hour before it, 11:00 fifty minutes after its pause.
    assert ranked(shift(1, time(9), time(13))) == {
        "09:00": 0,
        "09:30": 1,
        "10:00": 1,
        "10:30": 0,
        "11:00": 1,
        "11:30": 1,
    }


def test_what_touches_a_visit_before_it_leaves_nothing_unusable() -> None:
    worker = shift(1, time(9), time(18))
    noon = int(datetime(2026, 12, 7, 12, tzinfo=BOGOTA).timestamp())
    busy = {worker.resource_id: [(noon, noon + 3600)]}

    found = ranked(worker, shortest=120, busy=busy)

    assert found["13:00"] == 0
    assert found["13:30"] == 1
    # An hour and a half before it and forty minutes after it: neither suffices for two hours.
    assert found["10:30"] == 2


def test_with_several_people_the_best_of_them_counts() -> None:
    early, late = shift(1, time(9), time(13)), shift(2, time(9, 30), time(13))

    assert ranked(early)["09:30"] == 1
    assert ranked(early, late)["09:30"] == 0


def test_a_shorter_service_makes_a_rest_usable() -> None:
    assert ranked(shift(1, time(9), time(13)), shortest=30)["09:30"] == 0


@given(step=st.sampled_from([30, 60, 90]), length=st.integers(2, 9), shortest=st.integers(1, 20))
def test_the_first_start_of_a_shift_never_leaves_a_rest_before_it_and_nothing_is_hidden(
    step: int, length: int, shortest: int
) -> None:
    worker = shift(1, time(9), time(9 + length))

    found = ranked(worker, minutes=step, shortest=shortest * 5)

    assert all(0 <= value <= 2 for value in found.values())
    assert len(found) == max(0, (length * 60 - step - 10) // 30 + 1)
    if found:
        assert found["09:00"] <= 1


@pytest.fixture
def question(service: Service, therapist: StaffMember) -> Any:
    """What the API asks for a service."""

    def ask_for(found: Service = service) -> Any:
        return ask(service_ids=[found.pk], location_id=None, staff_id=None, now=NOW)

    return ask_for


def _ranks(question: Any) -> dict[str, int]:
    day = MONDAY_TEN.date()
    offers = find_free(question, first_day=day, last_day=day, now=NOW).offers
    ranking = rank_offers(question, offers)
    assert ranking is not None
    return {
        f"{instant_of_bit(bit).astimezone(BOGOTA):%H:%M}": ranking.of(bit)
        for bit in offers.start_bits()
    }


def test_the_shortest_service_is_the_one_that_person_can_give(
    question: Any, service: Service, therapist: StaffMember
) -> None:
    assert _ranks(question())["09:30"] == 1

    # A quarter of an hour and its pause fit into half an hour, for who knows how.
    skill = SkillFactory.create()
    quick = ServiceFactory.create(
        duration_minutes=15, required_skill=skill, locations=list(service.locations.all())
    )
    assert _ranks(question())["09:30"] == 1
    therapist.skills.add(skill)
    assert _ranks(question())["09:30"] == 0
    assert _ranks(question())["09:15"] == 1
    Service.objects.filter(pk=quick.pk).update(is_online_bookable=False)
    assert _ranks(question())["09:30"] == 1


def test_without_the_rule_nothing_is_ranked(question: Any, api: Any, service: Service) -> None:
    day = MONDAY_TEN.date()
    url, asked = "/api/v1/availability", {"services": str(service.pk), "from": day, "to": day}
    rule_that(horizon_days=365)

    with_ranks = api.get(url, asked).json()["days"][0]["slots"]
    rule_that(horizon_days=365, prefer_tight_slots=False)
    without = api.get(url, asked).json()["days"][0]["slots"]

    assert {slot.pop("rank") for slot in with_ranks} <= {0, 1, 2}
    assert with_ranks == without
    offers = find_free(question(), first_day=day, last_day=day, now=NOW).offers
    assert rank_offers(question(), offers) is None


def test_alternatives_that_leave_no_gap_come_first_then_the_nearest(book: Book) -> None:
    Service.objects.update(duration_minutes=50)
    book(start=local(7, 12, 15))

    def offered() -> list[str]:
        with pytest.raises(errors.SlotTaken) as refused, nothing_changes():
            book(client_id=UserFactory.create().pk, start=local(7, 12, 30))
        return [found["start"][11:16] for found in refused.value.facts["alternatives"]]

    ordered = offered()
    rule_that(prefer_tight_slots=False)
    nearest = offered()

    # The same three either way: the rule orders, it hides nothing.
    assert nearest == ["13:15", "13:30", "11:15"]
    assert ordered == ["13:15", "11:15", "13:30"]
