"""What a visit needs, of whom and of what, and for how long."""

from spa.domain.need import Chain, Part, Stretch, VisitNeed
from spa.tests.studios import added, chains, treatment


def _stretches(*wanted: Chain) -> list[tuple[str, Stretch, bool]]:
    need = VisitNeed.of(wanted, usual_buffer=10)
    return sorted(
        ((one.kind, one.stretch, one.is_shared) for one in need.demands), key=lambda one: one[0]
    )


def test_a_visit_holds_people_and_rooms_from_the_first_preparation_to_the_last_pause() -> None:
    wanted = chains(
        treatment(duration=60, buffer_before=15, buffer_after=5, room_kind="CABIN"),
        treatment(duration=30, requires_staff=False, room_kind="EQUIPMENT"),
        treatment(duration=20, buffer_before=50, buffer_after=0, room_kind="CABIN"),
    )

    assert VisitNeed.of(wanted, usual_buffer=10).duration == 110
    assert _stretches(*wanted) == [
        ("CABIN", Stretch(-15, 110), False),
        ("EQUIPMENT", Stretch(60, 100), False),
        ("STAFF", Stretch(-15, 110), False),
    ]


def test_a_long_pause_is_not_cut_short_by_a_short_service_after_it() -> None:
    wanted = chains(
        treatment(duration=60, buffer_after=45, room_kind="CABIN"),
        treatment(duration=10, buffer_after=0, room_kind="CABIN"),
    )

    assert [stretch for _, stretch, _ in _stretches(*wanted)] == [Stretch(0, 105)] * 2


def test_somebody_or_something_is_shared_only_if_every_service_shares_it() -> None:
    shared = treatment(is_low_supervision=True, shares_room=True, room_kind="CABIN")
    alone = treatment(room_kind="CABIN")

    assert [is_shared for _, _, is_shared in _stretches(*chains(shared, shared))] == [True] * 2
    assert [is_shared for _, _, is_shared in _stretches(*chains(shared, alone))] == [False] * 2


def test_an_addition_makes_its_service_longer_and_moves_those_that_follow() -> None:
    first, second = treatment(duration=60), treatment(duration=30, buffer_after=0)
    chain = Chain((Part(first, (added(10), added(20))), Part(second)))

    need = VisitNeed.of([chain], usual_buffer=10)

    assert need.duration == 120
    assert [served.begin for served in need.served] == [0, 90]


def test_a_visit_lasts_until_the_last_of_those_who_come_together_is_done() -> None:
    short, long = chains(treatment(duration=30)), chains(treatment(duration=90))

    assert VisitNeed.of([*short, *long], usual_buffer=10).duration == 90
    assert VisitNeed.of([*long, *short], usual_buffer=10).duration == 90
