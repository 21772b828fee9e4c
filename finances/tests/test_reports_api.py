"""Reports over HTTP and in the admin: for administrators, in three forms (FIN-11)."""

from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from finances.models import KeptReport
from finances.services.periods import close_month
from finances.services.reports import keep_next_report
from finances.tests.conftest import Open
from finances.tests.desks import press
from finances.tests.reporting import EVENING, NEXT_MONTH, NOVEMBER, Studio, busy
from users.tests.factories import UserFactory

DAILY, MONTHLY = "/api/v1/reports/daily", "/api/v1/reports/monthly"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
pytestmark = pytest.mark.django_db


@pytest.fixture
def studio(open_one: Open) -> Studio:
    """With a day of everything."""
    found = Studio()
    busy(found, open_one)
    return found


@pytest.fixture
def asked(api: Any, admin_user: Any) -> Any:
    """An administrator, that evening."""
    cache.clear()
    with time_machine.travel(EVENING, tick=False):
        yield api.as_(admin_user)


def test_a_day_and_a_month_as_json(studio: Studio, asked: Any) -> None:
    day = asked.get(f"{DAILY}?date=2026-11-20")
    month = asked.get(f"{MONTHLY}?month=2026-11")

    for answer, kind, period in ((day, "daily", "2026-11-20"), (month, "monthly", "2026-11")):
        body = answer.json()
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
        assert (body["kind"], body["period"], body["status"]) == (kind, period, "provisional")
        assert (body["agrees"], body["as_of"]) == (True, "2026-11-20T20:00:00-05:00")
        by_category = next(s for s in body["sections"] if s["key"] == "revenue_by_category")
        assert by_category["rows"][0]["name"] == "Faciales"
        assert by_category["totals"] == [
            {
                "currency": "COP",
                "lines": 3,
                "discount": "15200.00",
                "taken_back": "-20000.00",
                "base": "147227.00",
                "tax": "12773.00",
                "total": "160000.00",
            }
        ]
        assert answer["ETag"] == f'"{sha256(answer.content).hexdigest()}-json"'


def test_who_names_nothing_gets_today_and_this_month(studio: Studio, asked: Any) -> None:
    assert asked.get(DAILY).json()["period"] == "2026-11-20"
    assert asked.get(MONTHLY).json()["period"] == "2026-11"
    assert asked.get(f"{DAILY}?location={studio.south.pk}").json()["location"]["name"] == "Sur"


@pytest.mark.parametrize("by_header", [True, False])
@pytest.mark.parametrize(("form", "media"), [("xlsx", XLSX), ("pdf", "application/pdf")])
def test_files_by_header_and_by_parameter(
    studio: Studio, asked: Any, form: str, media: str, by_header: bool
) -> None:
    how = {"headers": {"Accept": media}} if by_header else {}
    answer = asked.get(f"{DAILY}?date=2026-11-20" + ("" if by_header else f"&as={form}"), **how)

    assert (answer.status_code, answer["Content-Type"]) == (200, media)
    assert f"reporte-2026-11-20.{form}" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "private, no-store"
    if form == "xlsx":
        cell = load_workbook(BytesIO(answer.content))["Dinero recibido"]["G2"]
        assert (cell.value, cell.number_format) == (40_000, "#,##0.00")
    else:
        assert answer.content.startswith(b"%PDF")


def test_na_46_format_is_no_word_of_the_framework(studio: Studio, asked: Any) -> None:
    answer = asked.get(f"{DAILY}?format=xlsx")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{DAILY}?date=ayer", 422, "FIN-REPORT-DAY-UNREADABLE"),
        (f"{DAILY}?date=9999-12-31", 422, "FIN-REPORT-DAY-UNREADABLE"),
        (f"{DAILY}?date=2026-11-21", 422, "FIN-REPORT-IN-THE-FUTURE"),
        (f"{MONTHLY}?month=2026-13", 422, "FIN-MONTH-UNREADABLE"),
        (f"{MONTHLY}?month=9999-12", 422, "FIN-MONTH-UNREADABLE"),
        (f"{MONTHLY}?month=2026-12", 422, "FIN-REPORT-IN-THE-FUTURE"),
        (f"{DAILY}?as=csv", 422, "FIN-REPORT-FORM-UNKNOWN"),
        (f"{DAILY}?location=norte", 404, "FIN-REPORT-PLACE-UNKNOWN"),
        (f"{DAILY}?location={UUID(int=9)}", 404, "FIN-REPORT-PLACE-UNKNOWN"),
    ],
)
def test_what_is_no_report_is_refused(asked: Any, path: str, status: int, code: str) -> None:
    answer = asked.get(path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_six_files_within_an_hour_are_one_too_many(asked: Any) -> None:
    codes = [asked.get(f"{DAILY}?as=xlsx").status_code for _ in range(6)]

    assert codes == [200] * 5 + [429]
    assert asked.get(DAILY).status_code == 200


def test_a_closed_month_gives_the_same_bytes_in_every_form(
    studio: Studio, api: Any, admin_user: Any
) -> None:
    close_month(month=NOVEMBER, actor_id=None, now=NEXT_MONTH)
    keep_next_report(now=NEXT_MONTH)

    def everything(at: Any) -> list[bytes]:
        cache.clear()
        with time_machine.travel(at, tick=False):
            calls = api.as_(admin_user)
            return [
                calls.get(f"{MONTHLY}?month=2026-11&as={form}").content
                for form in ("json", "xlsx", "pdf")
            ]

    first = everything(NEXT_MONTH)
    studio.sell(70_000, at=NEXT_MONTH)
    studio.refund(at=NEXT_MONTH)

    assert everything("2028-02-29T12:00:00Z") == first
    assert first[0] == bytes(KeptReport.objects.get(location=None).body)


# --- the admin


@pytest.fixture
def owner(admin_user: Any) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


def test_the_owner_downloads_a_report_from_the_side_bar(studio: Studio, owner: Client) -> None:
    with time_machine.travel(EVENING, tick=False):
        assert "Reportes mensuales" in owner.get(reverse("admin:index")).content.decode()
        answer = press(
            owner, KeptReport, "make", period="daily", day="2026-11-20", location="", form="xlsx"
        )
        file = owner.get(answer["HX-Redirect"])
        page = owner.get(answer["HX-Redirect"].replace("as=xlsx", "as=pdf"))

    assert (file["Content-Type"], page["Content-Type"]) == (XLSX, "application/pdf")
    assert load_workbook(BytesIO(file.content))["Reporte"]["A1"].value == (
        "Reporte del 20 de noviembre de 2026"
    )


def test_a_day_to_come_is_said_no_to_on_the_page(owner: Client) -> None:
    answer = press(
        owner, KeptReport, "make", period="monthly", day="2031-01-01", location="", form="pdf"
    )

    assert answer["HX-Redirect"] == reverse("admin:finances_keptreport_changelist")


def test_kept_reports_are_listed_and_printed(studio: Studio, owner: Client) -> None:
    close_month(month=NOVEMBER, actor_id=None, now=NEXT_MONTH)
    keep_next_report(now=NEXT_MONTH)
    kept = KeptReport.objects.get(location=None)

    listed = owner.get(reverse("admin:finances_keptreport_changelist"))
    page = owner.get(reverse("admin:finances_keptreport_change", args=[kept.pk]))
    pdf = owner.get(reverse("admin:finances_keptreport_pdf", args=[kept.pk]))
    xlsx = owner.get(reverse("admin:finances_keptreport_xlsx", args=[kept.pk]))

    assert listed.status_code == page.status_code == 200
    assert kept.digest in page.content.decode()
    assert pdf.content.startswith(b"%PDF")
    assert xlsx["Content-Type"] == XLSX


def test_a_receptionist_sees_no_reports(client: Client, db: None) -> None:
    client.force_login(UserFactory.create(staff=True, is_staff=True))
    pages = [
        reverse("admin:finances_keptreport_changelist"),
        f"{reverse('admin:finances_keptreport_download')}?day=2026-11-01&period=monthly",
    ]

    assert [client.get(page).status_code for page in pages] == [403, 403]


def test_a_link_to_no_report_leads_nowhere(owner: Client) -> None:
    page = reverse("admin:finances_keptreport_download")

    for query in ("", "?day=ayer", "?day=9999-12-31", "?day=2031-01-01", "?location=norte"):
        assert owner.get(f"{page}{query}").status_code == 404
