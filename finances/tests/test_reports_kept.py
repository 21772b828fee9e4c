"""The report of a closed month is kept, and says for ever what it said (FIN-11)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from core.db import execute
from core.models import Location
from finances.domain.months import whole_day
from finances.domain.reports import Status, read
from finances.models import KeptReport
from finances.selectors.ledger import verify
from finances.selectors.reports import get_report
from finances.services.periods import close_month
from finances.services.reports import keep_next_report
from finances.tasks import keep_books
from finances.tests.conftest import Open
from finances.tests.places import make_place
from finances.tests.reporting import (
    ANA,
    DAY,
    MASSAGES,
    NEXT_MONTH,
    NOON,
    NOVEMBER,
    Studio,
    busy,
    differences,
    of_month,
    rows,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def studio(db: None) -> Studio:
    return Studio()


def close(now: datetime = NEXT_MONTH) -> None:
    close_month(month=NOVEMBER, actor_id=None, now=now)
    assert keep_next_report(now=now)
    assert not keep_next_report(now=now)


def test_a_closed_month_says_the_same_bytes_whatever_comes_later(
    studio: Studio, open_one: Open
) -> None:
    busy(studio, open_one)
    assert read(of_month()).status is Status.PROVISIONAL
    close()
    whole, north, day = (
        of_month(now=NEXT_MONTH),
        of_month(now=NEXT_MONTH, place=studio.north),
        get_report(period=whole_day(DAY), location_id=None, now=NEXT_MONTH),
    )

    Location.objects.update(name="Otra sede")
    studio.sell(70_000, at=NEXT_MONTH, staff=(ANA, "Anita"), category=(MASSAGES, "Otros"))
    studio.refund(at=NEXT_MONTH)
    studio.commission(at=NEXT_MONTH)
    much_later = NEXT_MONTH + timedelta(days=200)

    assert of_month(now=much_later) == whole
    assert of_month(now=much_later, place=studio.north) == north
    assert get_report(period=whole_day(DAY), location_id=None, now=much_later) == day
    report = read(whole)
    assert (report.status, report.as_of, report.agrees) == (Status.FINAL, None, True)
    assert KeptReport.objects.count() == 3


def test_the_next_month_begins_where_the_kept_one_ended(studio: Studio, open_one: Open) -> None:
    busy(studio, open_one)
    studio.pay(7_000, at=NEXT_MONTH - timedelta(days=1))
    close()

    november, december = read(of_month(now=NEXT_MONTH)), read(
        of_month(date(2026, 12, 1), now=NEXT_MONTH)
    )  # fmt: skip

    assert ("cash", 70_000) in rows(november, "balances", "account", "closing")
    assert ("cash", 70_000, 77_000) in rows(december, "balances", "account", "opening", "closing")
    assert differences(november) == differences(december) == {}
    assert (november.status, december.status) == (Status.FINAL, Status.PROVISIONAL)


def test_a_kept_report_stays_as_it_is_and_its_digest_is_its_own(studio: Studio) -> None:
    studio.pay()
    close()
    kept = KeptReport.objects.get(location=None)
    late = make_place("Tarde")

    for change in (
        "UPDATE finances_keptreport SET agrees = false",
        "DELETE FROM finances_keptreport",
    ):
        with pytest.raises(DatabaseError, match="finances_keptreport"), transaction.atomic():
            execute(change)
    again: dict[str, Any] = {
        "month_id": NOVEMBER,
        "agrees": True,
        "made_at": NOON,
        "body": bytes(kept.body),
    }
    with pytest.raises(IntegrityError, match="finances_keptreport_once"), transaction.atomic():
        KeptReport.objects.create(**again, digest=kept.digest)
    again["body"] += b" "
    with pytest.raises(IntegrityError, match="digest_is_of_the_body"), transaction.atomic():
        KeptReport.objects.create(**again, digest=kept.digest, location=late)


def test_closed_months_get_their_reports_every_hour(studio: Studio) -> None:
    studio.pay(at=NOON - timedelta(days=90))

    keep_books()

    months = KeptReport.objects.filter(location=None).values_list("month_id", flat=True)
    assert sorted(months) == [date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)]


def without_triggers(statement: str) -> None:
    execute("SET LOCAL session_replication_role = replica")
    execute(statement)
    execute("SET LOCAL session_replication_role = origin")


def test_the_proof_holds_what_is_kept_to_the_entries(studio: Studio) -> None:
    studio.pay()
    close()
    assert verify() == []

    without_triggers("DELETE FROM finances_ledgerentry WHERE account_id = 'cash'")

    said = [finding.text for finding in verify()]
    assert "the report of 2026-11 says cash ended with 50000.00 COP, its entries 0.00" in said


def test_a_report_that_did_not_agree_is_kept_and_named_as_explained(studio: Studio) -> None:
    studio.sell()
    without_triggers("DELETE FROM finances_salesline")
    close()

    found = [finding for finding in verify() if "did not agree" in finding.text]

    assert [finding.is_explained for finding in found] == [True, True]
    assert str(studio.north.pk) in found[1].text
    assert KeptReport.objects.filter(agrees=True).count() == 1
