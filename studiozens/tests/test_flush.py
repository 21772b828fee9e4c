"""Between two tests the database is as migrating left it."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction

from core.audit import record
from finances.models import LedgerAccount
from spa.tests.conftest import NOW
from spa.tests.factories import LocationFactory

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = {ContentType, Permission, LedgerAccount}


def version() -> object:
    """Which state of the catalogue processes may keep in memory."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM spa_studioversion")
        return cursor.fetchone()


def filled() -> set[type]:
    """The models of which rows are stored."""
    return {model for model in apps.get_models() if model._default_manager.exists()}


def test_what_a_test_stored_is_gone_and_what_migrating_made_is_there() -> None:
    accounts = set(LedgerAccount.objects.values_list("code", flat=True))
    LocationFactory.create()
    with transaction.atomic():
        record(action="a.b", subject_kind="a", subject_id=1, actor_id=None, now=NOW)
    LedgerAccount.objects.filter(code="cash").delete()
    before = version()

    call_command("flush", interactive=False, verbosity=0)

    assert filled() == KEPT
    assert set(LedgerAccount.objects.values_list("code", flat=True)) == accounts
    assert version() != before
