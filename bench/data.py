"""A history of many appointments, written straight into the tables without overlaps."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from bench.studio import (
    BUFFER,
    DURATION,
    LARGE_DAYS,
    OPENS,
    PER_DAY,
    STEP,
    ZONE,
    BenchStudio,
    Team,
    full_days,
)
from bench.visits import terms_from

DRAFT = """
CREATE TEMPORARY TABLE visit (
    id uuid DEFAULT uuidv7(), payment uuid DEFAULT uuidv7(),
    staff uuid, resource uuid, location uuid, client uuid, starts timestamptz, booked timestamptz)
"""
# The nth visit of everybody lies on a day and a step of its own, away from `first_day` forwards or
# backwards. Everyone's visits follow one another, so nobody is anywhere twice.
SPREAD = """
INSERT INTO visit (staff, resource, location, client, starts)
SELECT (%(staff)s::uuid[])[1 + n %% %(people)s],
       (%(resources)s::uuid[])[1 + n %% %(people)s],
       %(location)s,
       (%(clients)s::uuid[])[1 + (hashint8(n) & 2147483647) %% %(among)s],
       %(first)s + %(step)s * ((n / %(people)s) %% %(per_day)s)
                 + %(day)s * ((n / %(people)s) / %(per_day)s)
  FROM generate_series(%(from)s::bigint, %(until)s::bigint - 1) AS n
"""
# What lies behind has happened and is paid. What lies ahead is certain, and was booked just now:
# nobody has to be reminded of it. The terms are those of some visit; nothing reads them.
WRITE = """
UPDATE visit SET booked = CASE WHEN starts < now() THEN starts - interval '3 days' ELSE now() END;
INSERT INTO spa_appointment (id, created_at, updated_at, location_id, client_id, staff_id, title,
       status, booked_at, starts_at, ends_at, completed_at, currency, total, deposit, paid,
       discount, credit_used, channel, reschedules, policy, claims, notes)
SELECT id, booked, booked, location, client, staff, 'Masaje relajante',
       CASE WHEN starts < now() THEN 'completed' ELSE 'confirmed' END,
       booked, starts, starts + %(duration)s,
       CASE WHEN starts < now() THEN starts + %(duration)s END,
       'COP', 120000, 48000, CASE WHEN starts < now() THEN 120000 ELSE 48000 END,
       0, 0, 'client', 0, %(terms)s,
       jsonb_build_array(jsonb_build_object(
           'resource', resource, 'begins', starts, 'ends', starts + %(duration)s + %(buffer)s,
           'lane', NULL)), ''
  FROM visit;
INSERT INTO spa_appointmentitem (id, created_at, updated_at, appointment_id, service_id, chain,
       position, staff_id, price, discount, starts_at, ends_at)
SELECT uuidv7(), booked, booked, id, %(service)s, 0, 0, staff, 120000, 0,
       starts, starts + %(duration)s
  FROM visit;
INSERT INTO spa_appointmenttransition (appointment_id, from_status, to_status, at, reason)
SELECT id, 'pending_payment', 'confirmed', booked, 'deposit paid'
  FROM visit;
INSERT INTO finances_payment (id, created_at, updated_at, reference, kind, payable_kind, payable_id,
       client_id, amount, currency, status, allocation, decided_by, opened_at, expires_at, paid_at,
       polls)
SELECT payment, booked, booked, 'SZ-' || upper(left(md5(id::text), 26)),
       'deposit', 'spa.appointment', id, client, 48000, 'COP', 'approved', 'accepted', id::text,
       booked, booked + interval '1 day', booked, 0
  FROM visit;
INSERT INTO spa_occupancy (resource_id, lanes, during, source_kind, source_id)
SELECT resource, '[0,)', tstzrange(starts, starts + %(duration)s + %(buffer)s),
       'spa.appointment', id
  FROM visit;
TRUNCATE visit;
"""
BATCH = 100_000


class History:
    """Grows the tables to a number of past appointments; a tenth as many lie ahead."""

    def __init__(
        self, url: str, studio: BenchStudio, *, clients: Sequence[UUID], bookers: Sequence[UUID]
    ) -> None:
        self._studio = studio
        self._clients = list(clients)
        self._everybody = [*clients, *bookers]
        self._ahead = self._behind = 0
        self._connection = psycopg.Connection.connect(
            url, autocommit=True, cursor_factory=psycopg.ClientCursor
        )
        self._connection.execute(DRAFT)

    def grow(self, past: int) -> None:
        """Bring the number of past appointments to `past`, then let PostgreSQL look at them.

        The measured days are full from the first time on.
        """
        if not self._ahead:
            for team, days in self._studio.asked:
                self._ahead += self._fill(team, days)
        ahead = past // 10
        while self._ahead < ahead:
            self._ahead += self._spread(self._ahead, min(ahead - self._ahead, BATCH), ahead=True)
        while self._behind < past:
            self._behind += self._spread(self._behind, min(past - self._behind, BATCH), ahead=False)
        self._connection.execute("VACUUM ANALYZE")
        self._connection.execute("CHECKPOINT")

    def _fill(self, team: Team, days: int) -> int:
        rows = list(full_days(team, self._studio.first_day, days))
        with (
            self._connection.cursor() as cursor,
            cursor.copy(
                "COPY visit (staff, resource, location, client, starts) FROM STDIN"
            ) as copy,
        ):
            for number, (staff, resource, start) in enumerate(rows):
                client = self._clients[number % len(self._clients)]
                copy.write_row((staff, resource, team.location, client, start))
        self._write()
        return len(rows)

    def _spread(self, done: int, count: int, *, ahead: bool) -> int:
        studio = self._studio
        teams = [studio.booked, studio.large, studio.others]
        if not ahead:
            # The past says nothing of who is free, so everybody has one.
            teams += [studio.free, studio.hot, studio.movable]
        # Bookers have been here before, but have nothing ahead: they are about to book.
        people = self._clients if ahead else self._everybody
        staff = [member for team in teams for member in team.staff]
        # Behind the measured days, or before today.
        days = LARGE_DAYS + 3 if ahead else -2
        first = datetime.combine(studio.today + timedelta(days=days), OPENS, tzinfo=ZONE)
        self._connection.execute(
            SPREAD,
            {
                "staff": [member.pk for member in staff],
                "resources": [member.resource_id for member in staff],
                "people": len(staff),
                "location": studio.others.location,
                "clients": people,
                "among": len(people),
                "first": first,
                "step": STEP,
                "per_day": PER_DAY,
                "day": timedelta(days=1 if ahead else -1),
                "from": done,
                "until": done + count,
            },
        )
        self._write()
        return count

    def _write(self) -> None:
        values = {
            "duration": DURATION,
            "buffer": BUFFER,
            "service": self._studio.service,
            "terms": Jsonb(
                terms_from(datetime.combine(self._studio.first_day, OPENS, tzinfo=ZONE))
            ),
        }
        self._connection.execute(WRITE, values)
