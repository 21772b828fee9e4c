"""A studio with a long past, and how PostgreSQL finds its way in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

from spa.models import Appointment

# One visit an hour before the one that is there, each completed.
SHIFTED = {
    "starts_at": "starts_at - n * interval '1 hour'",
    "ends_at": "ends_at - n * interval '1 hour'",
    "status": "'completed'",
    "completed_at": "ends_at",
    "check_in_code": "''",
    "archived_at": "CASE WHEN n > 2000 THEN ends_at END",
}


def add_past_visits(visit: Appointment, count: int) -> None:
    """Copy the visit into the past, one copy an hour; the older ones are archived."""
    columns = [field.column for field in Appointment._meta.local_fields if field.column != "id"]
    values = ", ".join(SHIFTED.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO spa_appointment (id, {', '.join(columns)})"  # noqa: S608
            f" SELECT gen_random_uuid(), {values} FROM spa_appointment, generate_series(1, %s) AS n"
            "  WHERE id = %s",
            [count, visit.pk],
        )
        cursor.execute("ANALYZE spa_appointment")


@contextmanager
def plans() -> Iterator[Callable[[], list[str]]]:
    """How PostgreSQL goes about each SELECT on visits in the block."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        yield lambda: found
    for query in queries:
        if query["sql"].startswith("SELECT") and "spa_appointment" in query["sql"]:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {query['sql']}".replace("%", "%%"))
                found.append("\n".join(row[0] for row in cursor.fetchall()))
