"""USERS-12, NA-43: no view is open, closed or unlimited by accident."""

import pytest
from django.conf import settings
from django.test import Client
from rest_framework.permissions import BasePermission
from rest_framework.views import APIView

from core.api.permissions import DenyAll
from studiozens.tests.routes import Route, all_routes

# Views that are not DRF's say here who guards them.
PLAIN = {
    "health/live": "public: says nothing but ok",
    "health/ready": "public: names of parts, no addresses",
    "metrics": "its own token",
    "media/<slug:folder>/<slug:name>.webp": "public: pictures of the catalogue; not in production",
}
# The schema's pages are the library's; SERVE_PERMISSIONS opens them in settings/api.py.
DOCUMENTS = {"api/schema", "api/docs", "api/redoc"}
# What the admin site answers to anybody: its door, and the translations of its scripts.
ADMIN_OPEN = {"admin/login/", "admin/logout/", "admin/jsi18n/"}

ROUTES = all_routes()
OURS = [route for route in ROUTES if not route.is_admin and route.pattern not in PLAIN]
ADMIN = [route for route in ROUTES if route.is_admin and route.pattern not in ADMIN_OPEN]


def name(route: Route) -> str:
    return route.pattern


def says(view: type[APIView], attribute: str) -> bool:
    """Whether the view or a base of ours sets `attribute`; what DRF presets does not count."""
    return any(
        attribute in vars(base)
        for base in view.__mro__
        if not base.__module__.startswith("rest_framework.")
    )


@pytest.mark.parametrize("route", OURS, ids=name)
def test_every_view_is_drf_s_or_says_why_not(route: Route) -> None:
    assert route.view is not None, f"{route.pattern}: add it to PLAIN with its guard"
    assert issubclass(route.view, APIView)


@pytest.mark.parametrize("route", OURS, ids=name)
def test_na_43_every_view_has_a_permission_of_its_own(route: Route) -> None:
    if route.pattern in DOCUMENTS:
        return
    assert says(route.view, "permission_classes"), f"{route.pattern} forgot permission_classes"
    assert route.view.permission_classes
    for permission in route.view.permission_classes:
        assert isinstance(permission, type)
        assert issubclass(permission, BasePermission)
        assert permission is not DenyAll


@pytest.mark.parametrize("route", OURS, ids=name)
def test_na_43_every_view_has_a_limit_that_exists(route: Route) -> None:
    if route.pattern in DOCUMENTS:
        return
    per_method = getattr(route.view, "throttle_scopes", {})
    scopes = {
        per_method.get(method, getattr(route.view, "throttle_scope", None))
        for method in route.methods
    }
    assert None not in scopes, f"{route.pattern} forgot throttle_scope"
    assert scopes <= set(settings.THROTTLE_RATES)
    assert route.view.throttle_classes == APIView.throttle_classes, "the scope must be counted"


@pytest.mark.django_db
@pytest.mark.parametrize("route", ADMIN, ids=name)
def test_every_page_of_the_admin_sends_strangers_to_its_door(route: Route) -> None:
    answer = Client().get(route.path)

    assert answer.status_code in {302, 404}, route.pattern
    if answer.status_code == 302:
        assert "/admin/login/" in answer["Location"] or answer["Location"].startswith("/admin/")
    assert "_auth_user_id" not in Client().session


def test_the_list_of_plain_views_is_not_longer_than_the_house() -> None:
    patterns = {route.pattern for route in ROUTES}

    assert set(PLAIN) | DOCUMENTS | ADMIN_OPEN <= patterns
