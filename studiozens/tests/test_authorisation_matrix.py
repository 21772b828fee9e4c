"""USERS-12: every operation of the API, knocked at by everybody.

To add an operation, add its row to `<app>/tests/access.py`:

    ALLOWED = {"GET payments/<uuid:payment_id>": PEOPLE, ...}

with the route as it stands in `urls.py` and one of the words below for who comes past the door.
Which rows a caller then sees is the business of the app's own tests.
"""

from functools import cache
from typing import Any

import pytest

from studiozens.tests.routes import API, Route, allowed_callers, api_routes
from users.tests.factories import UserFactory, access_token

CALLERS = ("anonymous", "client", "staff", "admin")
WHO = {
    "everybody": {"anonymous", "client", "staff", "admin"},
    "people": {"client", "staff", "admin"},
    "staff": {"staff", "admin"},
    "admins": {"admin"},
}
# What the door says. Any other answer, a 404 or a webhook's own 401 too, was given behind it.
REFUSALS = {(401, "CORE-NOT-AUTHENTICATED"), (403, "CORE-PERMISSION-DENIED")}

OPERATIONS = {
    f"{method} {route.pattern.removeprefix(API)}": (method, route)
    for route in api_routes()
    for method in route.methods
}


@cache
def table() -> dict[str, str]:
    return allowed_callers()


def test_every_operation_has_its_row_and_every_row_its_operation() -> None:
    assert set(OPERATIONS) - set(table()) == set(), "add these to their app's tests/access.py"
    assert set(table()) - set(OPERATIONS) == set(), "these rows have no route any more"
    assert set(table().values()) <= set(WHO)


@pytest.mark.django_db
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_the_door_opens_to_whom_the_table_says(api: Any, operation: str, caller: str) -> None:
    method, route = OPERATIONS[operation]

    is_refused = knock(api, method, route, caller)

    assert is_refused == (caller not in WHO[table()[operation]])


def knock(api: Any, method: str, route: Route, caller: str) -> bool:
    """Whether the caller is turned away at the door."""
    if caller != "anonymous":
        token = access_token(UserFactory.create(role=caller))
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    answer = api.generic(method, route.path, "{}", content_type="application/json")
    code = ""
    if answer.get("Content-Type", "").startswith("application/problem+json"):
        code = answer.json()["code"]
    # Behind the door some ask a provider, and there is none here.
    assert answer.status_code < 500 or code == "CORE-PROVIDER-UNAVAILABLE"
    return (answer.status_code, code) in REFUSALS
