"""New keys for what is encrypted: nothing is lost, whoever dies, and all is found (CORE-12)."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from core.testing import run_process
from finances.models import Payee, PaymentSource
from finances.tests.chargers import card_token
from finances.tests.earnings import payee
from finances.tests.keepers import Keeper

OLD, NEW = "an old key, long enough to be one", "a new key, long enough to be one"
KILLED = f"""
import os, signal
from django.conf import settings
from django.core.management import call_command
from core.management.commands import reencrypt
settings.FIELD_ENCRYPTION_KEYS = {[NEW, OLD]!r}
reencrypt.BATCH = 1
honest, done = reencrypt.rotate, []

def rotate(token):
    if len(done) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(token)
    return honest(token)

reencrypt.rotate = rotate
call_command("reencrypt", verbosity=0)
"""


def ciphered() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_number FROM finances_payee")
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db(transaction=True)
def test_who_is_killed_in_the_middle_is_simply_run_again(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    accounts = {"10000001", "10000002", "10000003"}
    for account in accounts:
        payee(account_number=account)
    before = ciphered()

    assert run_process(KILLED) == -9

    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert len(before & ciphered()) in {1, 3}
    assert {one.account_number for one in Payee.objects.all()} == accounts
    call_command("reencrypt", verbosity=0)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert {one.account_number for one in Payee.objects.all()} == accounts
    assert {one.legal_id for one in Payee.objects.all()} == {"1000000000"}


def test_what_was_kept_under_the_old_key_is_found_under_the_new(
    keeper: Keeper, settings: Any
) -> None:
    """By its blind index: the same card is not kept twice, an account that two have stands out."""
    source = keeper.keep_card()
    first = payee()
    known, old = source.gateway_id, settings.FIELD_ENCRYPTION_KEYS[0]
    settings.FIELD_ENCRYPTION_KEYS = [NEW, old]
    call_command("reencrypt", verbosity=0)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]

    keeper.ask(kind="card", token=card_token())

    source.refresh_from_db()
    assert (source.gateway_id, source.status) == (known, "available")
    (other,) = PaymentSource.objects.exclude(pk=source.pk)
    assert (other.status, other.refusal) == ("voiding", "FIN-SOURCE-KEPT-ALREADY")
    assert payee().fingerprint == first.fingerprint
