"""`appointment-series`: looking ahead, booking, listing, changing, cancelling, paying."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.testing import deliver_outbox
from spa.models import Appointment, AppointmentSeries, Service, StaffMember
from spa.tests.conftest import BOGOTA, coming
from spa.tests.factories import StaffFactory
from spa.tests.ledger import nothing_changes
from spa.tests.series import paid, post, visible_traces, visits_of
from users.tests.factories import UserFactory

URL = "/api/v1/appointment-series"
START = coming(3, 10)
DAYS = [(START + timedelta(weeks=week)).date().isoformat() for week in range(3)]


@pytest.fixture
def asked(service: Service, therapist: StaffMember) -> dict[str, Any]:
    """Three visits from three days ahead on, week by week, with anybody."""
    return {
        "services": [str(service.pk)],
        "start": START.isoformat(),
        "rule": "freq=weekly;count=3",
    }


@pytest.fixture
def mine(api: Any, client_user: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """The client's booked series, as it was answered."""
    body: dict[str, Any] = post(api.as_(client_user), URL, asked).json()
    return body


def test_a_preview_shows_each_day_and_writes_nothing(
    api: Any, client_user: Any, asked: dict[str, Any], therapist: StaffMember
) -> None:
    taken = coming(10, 10)
    post(
        api.as_(UserFactory.create()),
        "/api/v1/appointments",
        {"services": asked["services"], "start": taken.isoformat()},
    )
    caller = api.as_(client_user)

    with nothing_changes():
        answer = caller.post(f"{URL}/preview", asked, format="json")

    body = answer.json()
    assert answer.status_code == 200
    assert body["rule"] == "FREQ=WEEKLY;COUNT=3"
    assert (body["timezone"], body["currency"]) == ("America/Bogota", "COP")
    assert (body["free"], body["conflicts"], body["total"]) == (2, 1, "240000.00")
    assert body["due_now"] == {"each": "48000.00", "advance": "96000.00"}
    first, second, third = body["occurrences"]
    assert first == {
        "date": DAYS[0],
        "start": START.isoformat(),
        "end": (START + timedelta(hours=1)).isoformat(),
        "free": True,
        "staff": str(therapist.pk),
        "price": "120000.00",
        "deposit": "48000.00",
        "deposit_until": None,
        "conflict": None,
    }
    assert (second["free"], second["staff"]) == (False, None)
    assert (second["conflict"]["code"], second["conflict"]["date"]) == ("SPA-SLOT-TAKEN", DAYS[1])
    near = [row["start"] for row in second["conflict"]["alternatives"]]
    assert near == [coming(10, 11, minute).isoformat() for minute in (15, 30, 45)]
    due = START + timedelta(weeks=2) - timedelta(days=2)
    assert third["deposit_until"] == due.isoformat()


def test_a_preview_is_what_booking_gives(api: Any, client_user: Any, asked: dict[str, Any]) -> None:
    caller = api.as_(client_user)
    shown = caller.post(f"{URL}/preview", asked, format="json").json()

    booked = post(caller, URL, asked).json()

    assert booked["payment"]["amount"] == shown["due_now"]["each"]
    for seen, visit in zip(shown["occurrences"], booked["occurrences"], strict=True):
        for name in ("date", "start", "end", "staff", "deposit", "deposit_until"):
            assert visit[name] == seen[name]
        assert visit["total"] == seen["price"]


def test_a_booked_series_is_answered_with_its_visits_and_its_payment(
    api: Any, client_user: Any, asked: dict[str, Any], mine: dict[str, Any]
) -> None:
    assert mine["status"] == "pending"
    assert (mine["rule"], mine["time"], mine["deposits"]) == (
        "FREQ=WEEKLY;COUNT=3", "10:00:00", "each",
    )  # fmt: skip
    assert (mine["starts_on"], mine["client"]) == (DAYS[0], str(client_user.pk))
    assert mine["visits"] == {"pending_payment": 3}
    assert mine["next_start"] == START.isoformat()
    assert [visit["date"] for visit in mine["occurrences"]] == DAYS
    assert mine["failed"] == []
    assert (mine["payment"]["status"], mine["payment"]["amount"]) == ("pending", "48000.00")
    assert mine["payment"]["checkout"]["amount_in_cents"] == 4_800_000
    del mine["failed"]
    assert api.as_(client_user).get(f"{URL}/{mine['id']}").json() == mine


def test_days_that_cannot_be_had_are_said_in_either_mode(
    api: Any, client_user: Any, asked: dict[str, Any], mine: dict[str, Any]
) -> None:
    caller = api.as_(UserFactory.create())
    again = asked | {"rule": "FREQ=WEEKLY;COUNT=4"}

    with nothing_changes():
        refused = caller.post(f"{URL}/preview", again, format="json")
    assert refused.json()["conflicts"] == 3
    answer = post(caller, URL, again)
    assert (answer.status_code, answer.json()["code"]) == (409, "SPA-SERIES-CONFLICTS")
    assert [row["date"] for row in answer.json()["facts"]["conflicts"]] == DAYS
    booked = post(caller, URL, again | {"mode": "free"})

    assert booked.status_code == 201
    assert [row["date"] for row in booked.json()["failed"]] == DAYS
    assert len(booked.json()["occurrences"]) == 1


def test_a_repeated_key_answers_the_same_bytes_and_books_once(
    api: Any, client_user: Any, asked: dict[str, Any]
) -> None:
    caller = api.as_(client_user)
    first = post(caller, URL, asked, key="la-misma")

    with nothing_changes():
        again = post(caller, URL, asked, key="la-misma")

    assert again.content == first.content
    assert AppointmentSeries.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rule": ""}, "rule"),
        ({"rule": "A" * 201}, "rule"),
        ({"start": "mañana"}, "start"),
        ({"services": []}, "services"),
        ({"mode": "some"}, "mode"),
        ({"payment": "later"}, "payment"),
        ({"client": str(uuid4())}, "client"),
        ({"status": "active"}, "status"),
    ],
)
def test_na_01_a_malformed_or_unknown_field_is_refused_and_leaves_no_trace(
    api: Any, client_user: Any, asked: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    caller = api.as_(client_user)

    with nothing_changes():
        answer = post(caller, URL, asked | changes)

    assert (answer.status_code, answer.json()["code"]) == (400, "CORE-INPUT-INVALID")
    assert [row["field"] for row in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("rule", "code"),
    [("FREQ=HOURLY;COUNT=3", "SPA-RULE-INVALID"), ("FREQ=DAILY;COUNT=60", "SPA-RULE-TOO-LONG")],
)
def test_a_rule_that_is_none_is_refused_with_its_code(
    api: Any, client_user: Any, asked: dict[str, Any], rule: str, code: str
) -> None:
    for url in (URL, f"{URL}/preview"):
        answer = post(api.as_(client_user), url, asked | {"rule": rule})
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_staff_book_for_a_client_and_take_the_money(
    api: Any, staff_user: Any, client_user: Any, asked: dict[str, Any]
) -> None:
    desk = api.as_(staff_user)
    shown = desk.post(f"{URL}/preview", asked | {"client": str(client_user.pk)}, format="json")
    assert shown.json()["free"] == 3
    booked = post(desk, URL, asked | {"client": str(client_user.pk)}).json()

    answer = post(desk, f"{URL}/{booked['id']}/payments", {"method": "cash"})

    assert (booked["client"], answer.status_code) == (str(client_user.pk), 201)
    assert (answer.json()["status"], answer.json()["visits"]) == (
        "active", {"confirmed": 1, "pending_payment": 2},
    )  # fmt: skip
    assert Appointment.objects.filter(client=client_user, booked_by=staff_user).count() == 3


def test_a_client_nobody_knows_is_refused(api: Any, staff_user: Any, asked: dict[str, Any]) -> None:
    for url in (URL, f"{URL}/preview"):
        answer = post(api.as_(staff_user), url, asked | {"client": str(uuid4())})
        assert answer.status_code == 404


def test_only_the_desk_takes_money_in_person(
    api: Any, client_user: Any, mine: dict[str, Any]
) -> None:
    with nothing_changes():
        answer = post(api.as_(client_user), f"{URL}/{mine['id']}/payments", {"method": "cash"})

    assert answer.status_code == 403


def test_a_visits_deposit_is_paid_before_it_is_asked_for(
    api: Any, client_user: Any, mine: dict[str, Any]
) -> None:
    caller, url = api.as_(client_user), f"{URL}/{mine['id']}"
    early = post(caller, f"{url}/pay", {"occurrence": DAYS[2]})
    assert (early.status_code, early.json()["code"]) == (409, "SPA-SERIES-UNPAID")
    paid(mine["id"])

    answer = post(caller, f"{url}/pay", {"occurrence": DAYS[2]})

    assert answer.status_code == 201
    assert answer.json()["payment"]["amount"] == "48000.00"
    visit = caller.get(url).json()["occurrences"][2]
    assert visit["payment"]["id"] == answer.json()["payment"]["id"]
    assert visit["deposit_until"] == visit["hold_expires_at"]


def test_a_part_of_it_moves_and_a_conflict_says_what_could_be(
    api: Any, client_user: Any, mine: dict[str, Any]
) -> None:
    caller, url = api.as_(client_user), f"{URL}/{mine['id']}"
    paid(mine["id"])

    moved = caller.patch(
        url, {"scope": "following", "occurrence": DAYS[1], "time": "15:00"}, format="json"
    )
    closed = caller.patch(url, {"scope": "all", "time": "05:00"}, format="json")

    assert moved.status_code == 200
    starts = [visit["start"][11:16] for visit in moved.json()["occurrences"]]
    assert starts == ["10:00", "15:00", "15:00"]
    assert [visit["date"] for visit in moved.json()["occurrences"]] == DAYS
    assert (closed.status_code, closed.json()["code"]) == (409, "SPA-SERIES-CONFLICTS")
    assert len(closed.json()["facts"]["conflicts"]) == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scope": "all"}, "time"),
        ({"scope": "one", "time": "11:00"}, "occurrence"),
        ({"scope": "following", "weekday": 2}, "occurrence"),
        ({"scope": "all", "weekday": 8}, "weekday"),
        ({"scope": "some", "time": "11:00"}, "scope"),
        ({"scope": "all", "time": "25:00"}, "time"),
        ({"scope": "all", "time": "11:00", "override": True}, "override"),
    ],
)
def test_a_change_that_says_too_little_or_too_much_is_refused(
    api: Any, client_user: Any, mine: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    with nothing_changes():
        answer = api.as_(client_user).patch(f"{URL}/{mine['id']}", body, format="json")

    assert answer.status_code == 400
    assert [row["field"] for row in answer.json()["errors"]] == [field]


def test_all_of_it_goes_to_another_person(
    api: Any, staff_user: Any, mine: dict[str, Any], location: Any
) -> None:
    other = StaffFactory.create(location=location)
    paid(mine["id"])

    answer = api.as_(staff_user).patch(
        f"{URL}/{mine['id']}", {"scope": "all", "staff": str(other.pk)}, format="json"
    )

    assert {visit["staff"] for visit in answer.json()["occurrences"]} == {str(other.pk)}


def test_a_series_is_cancelled_and_a_repeat_answers_the_same(
    api: Any, client_user: Any, mine: dict[str, Any]
) -> None:
    caller, url = api.as_(client_user), f"{URL}/{mine['id']}/cancel"
    paid(mine["id"])

    answer = post(caller, url, {"scope": "all"}, key="k")
    with nothing_changes():
        again = post(caller, url, {"scope": "all"}, key="k")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["visits"]) == ("cancelled", {"cancelled": 3})
    assert again.content == answer.content
    assert post(caller, url, {"scope": "all"}).json()["code"] == "SPA-SERIES-OVER"


def test_only_staff_may_waive(api: Any, client_user: Any, mine: dict[str, Any]) -> None:
    body = {"scope": "all", "waive": True, "reason": "porque sí"}
    with nothing_changes():
        answer = post(api.as_(client_user), f"{URL}/{mine['id']}/cancel", body)

    assert [row["field"] for row in answer.json()["errors"]] == ["waive"]


def test_only_its_client_and_the_staff_can_see_or_touch_a_series(
    api: Any, client_user: Any, staff_user: Any, admin_user: Any, mine: dict[str, Any]
) -> None:
    url, stranger = f"{URL}/{mine['id']}", api.as_(UserFactory.create())

    for person in (client_user, staff_user, admin_user):
        assert api.as_(person).get(url).status_code == 200
        assert api.as_(person).get(URL).json()["count"] == 1
    assert stranger.get(URL).json()["count"] == 0
    before = visible_traces()
    answers = [
        stranger.get(url),
        stranger.patch(url, {"scope": "all", "time": "11:00"}, format="json"),
        post(stranger, f"{url}/cancel", {"scope": "all"}),
        post(stranger, f"{url}/pay", {"occurrence": DAYS[0]}),
    ]
    assert visible_traces() == before
    assert {answer.json()["code"] for answer in answers} == {"SPA-SERIES-NOT-FOUND"}


@pytest.mark.parametrize("count", [1, 4])
def test_the_number_of_queries_does_not_grow_with_series_or_visits(
    api: Any,
    staff_user: Any,
    asked: dict[str, Any],
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(count):
        body = asked | {
            "start": (START + timedelta(hours=2 * number)).isoformat(),
            "rule": f"FREQ=WEEKLY;COUNT={2 * count}",
        }
        booked = post(api.as_(UserFactory.create()), URL, body)
        assert booked.status_code == 201, booked.json()
    caller = api.as_(staff_user)
    caller.get(URL)

    # The session, the count, the series with their places, their visits' statuses, their payments.
    with django_assert_num_queries(5):
        answer = caller.get(URL)
    # The session, the series with its place, its visits, their lines, their payments; its own.
    with django_assert_num_queries(7):
        detail = caller.get(f"{URL}/{booked.json()['id']}")

    assert len(answer.json()["results"]) == count
    assert len(detail.json()["occurrences"]) == 2 * count
    for row in answer.json()["results"]:
        assert sum(row["visits"].values()) == 2 * count


def test_the_statements_of_a_booking_are_bounded_by_its_visits(
    api: Any, asked: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    caller = api.as_(UserFactory.create())
    with django_assert_max_num_queries(30 + 3 * 20):
        answer = post(caller, URL, asked | {"rule": "FREQ=DAILY;COUNT=20"})

    assert answer.status_code == 201


def test_the_client_hears_once_of_the_whole_series(
    api: Any, client_user: Any, mine: dict[str, Any]
) -> None:
    series = paid(mine["id"])
    deliver_outbox()

    told = api.as_(client_user).get("/api/v1/me/notifications").json()["results"]
    assert len(told) == 1
    assert "3 citas" in told[0]["body"]
    first = visits_of(series)[0].starts_at.astimezone(BOGOTA)
    assert f"{first.day} de" in told[0]["body"]
    assert datetime.fromisoformat(mine["occurrences"][0]["start"]) == first


def test_na_46_anonymous_callers_are_asked_to_sign_in(api: Any, asked: dict[str, Any]) -> None:
    url = f"{URL}/{uuid4()}"
    answers = [
        api.get(URL),
        api.get(f"{URL}?format=csv"),
        api.get(url),
        post(api, URL, asked),
        post(api, f"{URL}/preview", asked),
        api.patch(url, {}, format="json"),
        post(api, f"{url}/cancel", {"scope": "all"}),
    ]

    assert {answer.status_code for answer in answers} == {401}
