"""Processes killed while documents are numbered and months are closed (FIN-09, FIN-11)."""

import pytest

from core.models import AuditEntry
from core.testing import run_process
from finances.models import ClosedMonth, KeptReport, LedgerMark
from finances.selectors.ledger import verify
from finances.services.periods import close_month, sum_next_mark
from finances.services.reports import keep_next_report
from finances.tests.crashes import CRASHES, Point, die
from finances.tests.reporting import NEXT_MONTH, NOVEMBER, Studio
from finances.tests.sales import earn, earning, numbers
from users.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
SELL = """
from finances.tests import sales
sales.earn(sales.earning(UUID({client!r})))
"""
CLOSE = """
from finances.services.periods import close_month, sum_next_mark
from finances.services.reports import keep_next_report
from finances.services import periods
now = datetime.fromisoformat({now!r})
periods.close_month(month=date.fromisoformat({month!r}), actor_id=None, now=now)
sum_next_mark()
keep_next_report(now=now)
"""


@pytest.mark.parametrize("point", CRASHES["document"], ids=str)
def test_a_sale_whose_seller_is_killed_takes_no_number(point: Point) -> None:
    client = UserFactory.create().pk
    earn(earning(client))

    die(point, SELL.format(client=str(client)))
    assert numbers() == [1]
    assert run_process("from uuid import UUID" + SELL.format(client=str(client))) == 0

    assert numbers() == [1, 2]
    assert verify() == []


@pytest.mark.parametrize("point", CRASHES["month"], ids=str)
def test_a_month_whose_closing_is_cut_off_is_closed_once_and_kept_whole(point: Point) -> None:
    studio = Studio()
    studio.pay(7_000, at=NEXT_MONTH.replace(month=11))

    die(point, CLOSE.format(now=NEXT_MONTH.isoformat(), month=NOVEMBER.isoformat()))
    assert KeptReport.objects.count() in {0, 3}
    close_month(month=NOVEMBER, actor_id=None, now=NEXT_MONTH)
    while sum_next_mark():
        pass
    while keep_next_report(now=NEXT_MONTH):
        pass

    assert ClosedMonth.objects.count() == LedgerMark.objects.count() == 1
    assert AuditEntry.objects.filter(action="finances.month.closed").count() == 1
    assert KeptReport.objects.filter(agrees=True).count() == 3
    assert verify() == []
