"""The proof's accounts: right after every attack, and wrong as soon as anything is damaged.

Requests are answered in this process, one after the other; what happens when they really race is
shown in `journeys/test_prove.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from rest_framework.test import APIClient

from core.models import AuditEntry, Location
from finances.models import LedgerEntry
from spa.models import Appointment, BookingSettings, Enrolment, Occupancy
from spa.selectors.overlaps import count_overlaps
from studiozens.proof.attack import Attack, Scene
from studiozens.proof.books import compare
from studiozens.proof.crowd import Crowd
from studiozens.proof.ground import ProofProblem, open_place
from studiozens.proof.guard import remove_guard
from studiozens.proof.leaving import put_away
from studiozens.proof.run import ATTACKS
from studiozens.proof.wire import Answer, Ask
from users.models import Session, User

pytestmark = pytest.mark.django_db
ATTEMPTS = 12
FEW = 5
BY_SLUG = {kind.slug: kind for kind in ATTACKS}


@dataclass
class Indoors:
    """The same requests, answered here."""

    clients: int = 4
    asked: list[Ask] = field(default_factory=list)

    def at_once(self, asks: Sequence[Ask]) -> list[Answer]:
        self.asked += asks
        return [self._answer(ask) for ask in asks]

    def _answer(self, ask: Ask) -> Answer:
        headers = {**ask.headers}
        del headers["Content-Type"]
        answer = APIClient().post(ask.path, ask.body, format="json", headers=headers)
        return Answer(answer.status_code, answer.json())


@pytest.fixture
def scene() -> Scene:
    return Scene(Indoors(), Crowd(), open_place(), Random(1))


@pytest.fixture
def done(request: pytest.FixtureRequest, scene: Scene) -> Attack:
    """The attack that a test names, after it has run."""
    attack = BY_SLUG[request.param](scene, ATTEMPTS)
    attack.prepare()
    score = attack.run()
    assert (score.lost, score.errors, score.overlaps) == ([], {}, 0)
    return attack


def sql(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


VISIT = "UPDATE spa_appointment SET {} WHERE status = 'confirmed'"
DAMAGE = [
    ("horario", "a visit without its time", "DELETE FROM spa_occupancy"),
    (
        "cruces",
        "a visit without its room",
        "DELETE FROM spa_occupancy WHERE resource_id IN"
        " (SELECT id FROM spa_resource WHERE kind = 'CABIN')",
    ),
    (
        "horario",
        "a visit with less than its time",
        "UPDATE spa_occupancy SET during = during * tstzrange(lower(during),"
        " upper(during) - interval '5 min')",
    ),
    ("horario", "a promise that is gone", VISIT.format("status = 'expired'")),
    ("horario", "time that belongs to no visit", "UPDATE spa_occupancy SET source_id = uuidv7()"),
    (
        "horario",
        "time that nobody was promised",
        "INSERT INTO spa_occupancy (resource_id, lanes, during, source_kind, source_id)"
        " SELECT resource_id, lanes, tstzrange(upper(during), upper(during) + interval '1 h'),"
        " source_kind, uuidv7() FROM spa_occupancy LIMIT 1",
    ),
    ("mover", "a move counted twice", VISIT.format("reschedules = reschedules + 1")),
    (
        "mover",
        "a visit at another time",
        VISIT.format("starts_at = starts_at + interval '1 h', ends_at = ends_at + interval '1 h'"),
    ),
    (
        "cancelar",
        "a session that did not come back",
        "UPDATE spa_clientpackage SET sessions_left = 2 WHERE sessions_left = 3",
    ),
    (
        "cancelar",
        "a visit cancelled twice",
        "INSERT INTO spa_appointmenttransition (appointment_id, from_status, to_status, at, reason)"
        " SELECT id, 'confirmed', 'cancelled', now(), '' FROM spa_appointment"
        " WHERE status = 'cancelled'",
    ),
    ("cupos", "a counter", "UPDATE spa_classsession SET seats_taken = 0 WHERE seats_taken > 0"),
    (
        "cupos",
        "a seat that is gone",
        "UPDATE spa_enrolment SET status = 'left' WHERE status = 'enrolled'",
    ),
    (
        "paquete",
        "a session used for nothing",
        "DELETE FROM spa_enrolment WHERE status = 'enrolled'",
    ),
]


@pytest.mark.parametrize("done", sorted(BY_SLUG), indirect=True)
def test_what_clients_were_told_is_what_is_held_and_every_damage_is_a_lost_update(
    done: Attack,
) -> None:
    score = done.score

    assert score.attempts >= ATTEMPTS
    assert score.yes > 0
    assert score.yes + score.refused.total() == score.attempts
    assert done.told()
    for what, damage in [row[1:] for row in DAMAGE if row[0] == done.slug]:
        with transaction.atomic():
            assert sql(damage) > 0, what
            assert done.judge().lost, what
            transaction.set_rollback(True)
        assert done.judge().lost == [], f"more was lost than {what}"


@pytest.mark.parametrize("done", ["clave"], indirect=True)
def test_a_second_visit_under_one_key_is_a_lost_update(done: Attack) -> None:
    told = Appointment.objects.earliest("pk")
    told.pk, told.check_in_code = None, ""
    told.starts_at += timedelta(days=1)
    told.ends_at += timedelta(days=1)
    told.save(force_insert=True)

    lost = done.judge().lost

    # Nobody was told of it, and its client has one more than the key may have made.
    assert len(lost) == 2


@pytest.mark.parametrize("done", ["horario"], indirect=True)
def test_overlapping_rows_are_found_without_the_constraint_and_lanes_do_not_overlap(
    done: Attack,
) -> None:
    row = Occupancy.objects.earliest("pk")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE spa_occupancy DROP CONSTRAINT spa_occupancy_no_overlap")
    begin, end = row.during.lower, row.during.upper
    for during in [(begin, end), (begin + timedelta(minutes=30), end + timedelta(minutes=30))]:
        Occupancy.objects.create(
            resource_id=row.resource_id,
            lanes=(0, None),
            during=during,
            source_kind="test",
            source_id=row.source_id,
        )
    Occupancy.objects.create(
        resource_id=row.resource_id,
        lanes=(0, None),
        during=(end + timedelta(minutes=30), end + timedelta(hours=1)),
        source_kind="test",
        source_id=row.source_id,
    )

    for lane in (0, 1):
        Occupancy.objects.create(
            resource_id=row.resource_id,
            lanes=(lane, lane + 1),
            during=(begin - timedelta(days=1), end - timedelta(days=1)),
            source_kind="test",
            source_id=row.source_id,
        )

    assert done.judge().overlaps == 3
    assert count_overlaps() == 3
    assert count_overlaps(resource_ids=[]) == 0


def test_one_answer_that_does_not_fit_is_an_error(scene: Scene) -> None:
    attack = BY_SLUG["horario"](scene, 4)
    attack.prepare()
    Location.objects.update(is_open_to_public=False)

    score = attack.run()

    assert score.errors.total() == 4
    assert score.yes == score.refused.total() == 0


def test_nobody_sends_more_than_one_person_may(scene: Scene) -> None:
    scene.crowd.most_tries = FEW
    for slug in ["horario", "mover"]:
        attack = BY_SLUG[slug](scene, 2 * ATTEMPTS)
        attack.prepare()
        attack.run()

    sent: dict[str, int] = {}
    for ask in scene.wire.asked:
        sent[ask.bearer] = sent.get(ask.bearer, 0) + 1
    assert max(sent.values()) <= FEW
    assert Crowd().most_tries < 20


def test_everything_is_put_away_and_no_money_moved(scene: Scene) -> None:
    for kind in ATTACKS:
        attack = kind(scene, ATTEMPTS)
        attack.prepare()
        attack.run()

    left = put_away()

    assert min(left.visits, left.classes, left.packages) > 0
    assert not Appointment.objects.filter(status__in=["confirmed", "pending_payment"]).exists()
    assert not Enrolment.objects.filter(status="enrolled").exists()
    assert not Occupancy.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert not User.objects.filter(is_active=True).exists()
    assert not Session.objects.filter(ended_at=None).exists()
    for path in ["locations", "services", "staff", "class-types", "packages"]:
        assert APIClient().get(f"/api/v1/{path}").json()["count"] == 0
    assert AuditEntry.objects.filter(action="spa.appointment.cancelled").count() >= left.visits
    again = put_away()
    assert (again.visits, again.classes, again.packages) == (0, 0, 0)


def test_a_studio_that_books_only_for_today_cannot_be_proven(db: None) -> None:
    BookingSettings.objects.update_or_create(pk=1, defaults={"horizon_days": 1})

    with pytest.raises(ProofProblem, match="amplía el horizonte"):
        open_place()


def test_the_guard_of_any_other_database_stays() -> None:
    (here,) = [connection.settings_dict["NAME"]]

    for name in [here, "studiozens_sin_guarda_0123456789ab"]:
        with pytest.raises(ProofProblem, match="desechable"):
            remove_guard(database=name)

    guard = "SELECT 1 FROM pg_constraint WHERE conname = 'spa_occupancy_no_overlap' AND contype"
    assert sql(f"{guard} = 'x'") == 1


def test_it_refuses_in_production(settings: Any) -> None:
    settings.ENVIRONMENT = "production"

    with pytest.raises(CommandError, match="--in-production"):
        call_command("prove")


def test_no_server_is_a_sentence_and_a_failure() -> None:
    with pytest.raises(CommandError, match=r"El servidor no responde en http://127\.0\.0\.1:9"):
        call_command("prove", url="http://127.0.0.1:9")


def test_facts_that_differ_either_way_are_named() -> None:
    assert compare({1: "a", 2: "b"}, {2: "b"})[0].startswith("1: ")
    assert len(compare({1: "a"}, {1: "b", 2: "c"})) == 2
    assert compare({1: "a"}, {1: "a"}) == []
