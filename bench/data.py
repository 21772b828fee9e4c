"""A history of many appointments, written straight into the tables without overlaps."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from bench.studio import (
    BUFFER,
    DAYS,
    DURATION,
    OPENS,
    PER_DAY,
    STEP,
    ZONE,
    BenchStudio,
    full_days,
)

DRAFT = """
CREATE TEMPORARY TABLE visit (
    id uuid DEFAULT uuidv7(), payment uuid DEFAULT uuidv7(),
    staff uuid, resource uuid, location uuid, client uuid, starts timestamptz)
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
WRITE = """
INSERT INTO spa_appointment (id, created_at, updated_at, location_id, client_id, staff_id, title,
       status, booked_at, starts_at, ends_at, currency, total, deposit, paid, policy, claims, notes)
SELECT id, LEAST(starts, now()) - interval '3 days', LEAST(starts, now()) - interval '3 days',
       location, client, staff, 'Masaje relajante', 'confirmed',
       LEAST(starts, now()) - interval '3 days', starts, starts + %(duration)s,
       'COP', 120000, 48000, 48000,
       '{"deposit": "48000.00", "balance": "72000.00", "currency": "COP", "hold_minutes": 20}',
       jsonb_build_array(jsonb_build_object(
           'resource', resource, 'begins', starts, 'ends', starts + %(duration)s + %(buffer)s)), ''
  FROM visit;
INSERT INTO spa_appointmentitem
       (id, created_at, updated_at, appointment_id, service_id, position, price, starts_at, ends_at)
SELECT uuidv7(), LEAST(starts, now()), LEAST(starts, now()),
       id, %(service)s, 0, 120000, starts, starts + %(duration)s
  FROM visit;
INSERT INTO spa_appointmenttransition (appointment_id, from_status, to_status, at, reason)
SELECT id, 'pending_payment', 'confirmed', LEAST(starts, now()) - interval '3 days', 'deposit paid'
  FROM visit;
INSERT INTO finances_payment (id, created_at, updated_at, reference, kind, payable_kind, payable_id,
       client_id, amount, currency, status, allocation, decided_by, opened_at, expires_at, paid_at,
       polls)
SELECT payment, LEAST(starts, now()), LEAST(starts, now()), 'SZ-' || upper(left(md5(id::text), 26)),
       'deposit', 'spa.appointment', id, client, 48000, 'COP', 'approved', 'accepted', id::text,
       LEAST(starts, now()) - interval '3 days', LEAST(starts, now()) - interval '2 days',
       LEAST(starts, now()) - interval '3 days', 0
  FROM visit;
INSERT INTO spa_occupancy (resource_id, lanes, during, source_kind, source_id)
SELECT resource, '[0,)', tstzrange(starts, starts + %(duration)s + %(buffer)s),
       'spa.appointment', id
  FROM visit;
TRUNCATE visit;
"""
BATCH = 100_000
OVERLAPS = """
SELECT count(*) FROM (
    SELECT lower(during) < lag(upper(during)) OVER (PARTITION BY resource_id ORDER BY lower(during))
        AS is_early
      FROM spa_occupancy) AS found
 WHERE is_early
"""


class History:
    """Grows the tables to a number of appointments; half of them lie ahead."""

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

    def grow(self, total: int) -> None:
        """Bring the number of loaded appointments to `total`, then let PostgreSQL look at them."""
        if not self._ahead:
            self._ahead = self._fill_measured_days()
        half = total // 2
        while self._ahead < half:
            self._ahead += self._spread(self._ahead, min(half - self._ahead, BATCH), ahead=True)
        while self._behind < half:
            self._behind += self._spread(self._behind, min(half - self._behind, BATCH), ahead=False)
        self._connection.execute("VACUUM ANALYZE")
        self._connection.execute("CHECKPOINT")

    def _fill_measured_days(self) -> int:
        team = self._studio.booked
        rows = list(full_days(team, self._studio.first_day))
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
        teams = [self._studio.booked, self._studio.others]
        if not ahead:
            # The past says nothing of who is free, so everybody has one.
            teams += [self._studio.free, self._studio.hot]
        # Bookers have been here before, but have nothing ahead: they are about to book.
        people = self._clients if ahead else self._everybody
        staff = [member for team in teams for member in team.staff]
        # Behind the measured days, or before today.
        days = DAYS + 3 if ahead else -2
        first = datetime.combine(self._studio.today + timedelta(days=days), OPENS, tzinfo=ZONE)
        self._connection.execute(
            SPREAD,
            {
                "staff": [member.pk for member in staff],
                "resources": [member.resource_id for member in staff],
                "people": len(staff),
                "location": self._studio.others.location,
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
        values = {"duration": DURATION, "buffer": BUFFER, "service": self._studio.service}
        self._connection.execute(WRITE, values)

    def count_overlaps(self) -> int:
        """Pairs of neighbours on the ledger that overlap; the ledger is right if there are none."""
        row = self._connection.execute(OVERLAPS).fetchone()
        return int(row[0]) if row else 0
