"""The admin site: who gets in, who may make whom what, what is written down."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry
from users.domain.roles import grantable_roles, may_manage
from users.models import IdentitySettings, Session, SessionEnd, User
from users.tests.factories import PASSWORD, UserFactory, sign_in

pytestmark = pytest.mark.django_db
LIST = reverse("admin:users_user_changelist")
OTHER = "otra-clave-larga-7"


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def superuser() -> Client:
    return browser_of(UserFactory.create(admin=True, first_name="Jefa"))


@pytest.fixture
def manager() -> User:
    """Staff with every permission on people, and no more."""
    person = UserFactory.create(staff=True, is_staff=True)
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="users"))
    return person


def change_url(person: User) -> str:
    return reverse("admin:users_user_change", args=[person.pk])


def form_of(person: User, **changes: Any) -> dict[str, Any]:
    fields = {
        "phone": person.phone,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "role": person.role,
        "is_active": "on",
        **({"is_staff": "on"} if person.is_staff else {}),
        **({"is_superuser": "on"} if person.is_superuser else {}),
    }
    return {**fields, **changes}


def login(browser: Client, person: User, password: str = PASSWORD) -> bool:
    answer = browser.post(reverse("admin:login"), {"username": person.phone, "password": password})
    return answer.status_code == 302


def test_administrators_get_in_with_phone_and_password() -> None:
    assert login(Client(), UserFactory.with_password(admin=True))


@pytest.mark.parametrize(
    "state",
    [{"banned_at": timezone.now()}, {"is_active": False}, {"is_staff": False}],
    ids=["banned", "inactive", "no staff"],
)
def test_na_02_who_is_barred_or_has_no_business_there_stays_out(state: dict[str, Any]) -> None:
    assert not login(Client(), UserFactory.with_password(admin=True, **state))


def test_na_02_a_ban_ends_the_visit_at_once() -> None:
    person = UserFactory.create(admin=True)
    browser = browser_of(person)
    assert browser.get(LIST).status_code == 200

    User.objects.update(banned_at=timezone.now())

    assert browser.get(LIST).status_code == 302


def test_na_43_the_admin_s_door_has_the_login_limit_per_phone() -> None:
    person = UserFactory.with_password(admin=True)
    for index in range(5):
        assert not login(Client(REMOTE_ADDR=f"203.0.113.{index}"), person, "wrong")

    assert not login(Client(REMOTE_ADDR="203.0.113.9"), person)


def test_na_43_the_admin_s_door_has_the_login_limit_per_address() -> None:
    for _ in range(5):
        assert not login(Client(), UserFactory.create(), "wrong")

    assert not login(Client(), UserFactory.with_password(admin=True))


@pytest.mark.parametrize("page", ["users_user", "users_session", "users_identitysettings"])
def test_the_pages_open(superuser: Client, page: str, client_user: User) -> None:
    sign_in(client_user)
    IdentitySettings().save()

    listed = superuser.get(reverse(f"admin:{page}_changelist"))
    model = {"users_user": User, "users_session": Session}.get(page, IdentitySettings)
    opened = superuser.get(reverse(f"admin:{page}_change", args=[model.objects.first().pk]))

    assert (listed.status_code, opened.status_code) == (200, 200)


def test_a_role_change_is_audited(superuser: Client, client_user: User) -> None:
    answer = superuser.post(change_url(client_user), form_of(client_user, role="staff"))

    assert answer.status_code == 302
    client_user.refresh_from_db()
    assert client_user.role == "staff"
    entry = AuditEntry.objects.get(action="users.access-changed")
    assert (entry.action, entry.subject_id) == ("users.access-changed", str(client_user.pk))
    assert entry.facts == {"role": "staff"}
    assert entry.actor_id == User.objects.get(first_name="Jefa").pk


def test_a_change_of_a_name_is_no_change_of_access(superuser: Client, client_user: User) -> None:
    superuser.post(change_url(client_user), form_of(client_user, first_name="Luz"))

    assert User.objects.get(pk=client_user.pk).first_name == "Luz"
    assert not AuditEntry.objects.filter(action="users.access-changed").exists()


@pytest.mark.parametrize("role", ["admin", "vip"])
def test_nobody_gives_a_role_above_their_own_or_one_that_is_bought(
    manager: User, client_user: User, role: str
) -> None:
    answer = browser_of(manager).post(change_url(client_user), form_of(client_user, role=role))

    assert answer.status_code == 200
    client_user.refresh_from_db()
    assert client_user.role == "client"
    assert not AuditEntry.objects.exists()


def test_powers_are_not_handed_out_by_who_has_none(manager: User, client_user: User) -> None:
    power = Permission.objects.get(codename="change_user")
    wanted = {"is_superuser": "on", "is_staff": "on", "user_permissions": [power.pk]}

    answer = browser_of(manager).post(change_url(client_user), form_of(client_user, **wanted))

    assert answer.status_code == 302
    client_user.refresh_from_db()
    assert (client_user.is_superuser, client_user.is_staff) == (False, False)
    assert not client_user.user_permissions.exists()


def test_nobody_changes_their_own_role(manager: User) -> None:
    browser_of(manager).post(change_url(manager), form_of(manager, role="client"))

    manager.refresh_from_db()
    assert manager.role == "staff"


def test_who_can_more_is_out_of_reach_password_included(manager: User) -> None:
    chief = UserFactory.with_password(admin=True)
    browser = browser_of(manager)
    password_url = reverse("admin:auth_user_password_change", args=[chief.pk])

    changed = browser.post(change_url(chief), form_of(chief, phone="+573001110001"))
    taken = browser.post(password_url, {"password1": OTHER, "password2": OTHER})

    assert (changed.status_code, taken.status_code) == (403, 403)
    kept = User.objects.get(pk=chief.pk)
    assert (kept.phone, kept.password) == (chief.phone, chief.password)


def set_password(browser: Client, person: User, password: str) -> int:
    given = {"password1": password, "password2": password, "usable_password": "true"}
    url = reverse("admin:auth_user_password_change", args=[person.pk])
    return browser.post(url, {**given, "set-password": "1"}).status_code


def test_a_password_set_in_the_admin_ends_the_person_s_sessions_and_is_audited(
    superuser: Client, client_user: User
) -> None:
    sign_in(client_user)
    page = superuser.get(reverse("admin:auth_user_password_change", args=[client_user.pk]))

    assert (page.status_code, set_password(superuser, client_user, OTHER)) == (200, 302)

    assert User.objects.get(pk=client_user.pk).check_password(OTHER)
    assert Session.objects.get().end_reason == SessionEnd.PASSWORD_CHANGED
    assert AuditEntry.objects.get(action="users.password-set").action == "users.password-set"


@pytest.mark.parametrize("password", ["corta", "password123", "3001112233"])
def test_na_03_the_admin_keeps_to_the_password_policy(superuser: Client, password: str) -> None:
    person = UserFactory.create(phone="+573001112233")

    assert set_password(superuser, person, password) == 200
    assert not User.objects.get(pk=person.pk).has_usable_password()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(("password", "status"), [(OTHER, 302), ("password123", 200)])
def test_na_03_a_person_is_added_with_a_password_that_keeps_to_the_policy(
    superuser: Client, password: str, status: int
) -> None:
    given = {
        "phone": "+573001112233", "first_name": "Luz", "last_name": "Mora", "role": "staff",
        "usable_password": "true", "password1": password, "password2": password,
    }  # fmt: skip

    answer = superuser.post(reverse("admin:users_user_add"), given)

    assert answer.status_code == status
    added = User.objects.filter(phone="+573001112233")
    assert added.exists() == (status == 302) == AuditEntry.objects.exists()


def test_people_are_not_deleted(superuser: Client, client_user: User) -> None:
    url = reverse("admin:users_user_delete", args=[client_user.pk])

    assert superuser.post(url, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=client_user.pk).exists()


def test_chosen_sessions_are_ended_and_audited(superuser: Client, client_user: User) -> None:
    sign_in(client_user)
    sign_in(client_user)
    chosen = Session.objects.first()

    answer = superuser.post(
        reverse("admin:users_session_changelist"),
        {"action": "end_selected", "_selected_action": [str(chosen.pk)]},
    )

    assert answer.status_code == 302
    chosen.refresh_from_db()
    assert chosen.end_reason == SessionEnd.ENDED_BY_ADMIN
    assert Session.objects.filter(ended_at=None).count() == 1
    assert AuditEntry.objects.get().subject_id == str(chosen.pk)


def test_groups_are_powers_too(manager: User) -> None:
    manager.user_permissions.add(*Permission.objects.filter(content_type__app_label="auth"))

    answer = browser_of(manager).post(reverse("admin:auth_group_add"), {"name": "Todo"})

    assert answer.status_code == 403


def test_grants_stop_at_one_s_own_rank() -> None:
    assert grantable_roles(granter_role="staff", is_superuser=False) == ["client", "staff"]
    assert grantable_roles(granter_role="client", is_superuser=True) == [
        "client", "staff", "admin",
    ]  # fmt: skip
    assert not may_manage(
        role="admin", is_superuser=False, other_role="client", other_is_superuser=True
    )
