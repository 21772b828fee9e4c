"""Somebody who keeps ways to pay."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from finances.models import PaymentSource
from finances.services.source_looks import look_at_next_source
from finances.tests.chargers import Payer, card_token

PATH = "/api/v1/payment-sources"


class Keeper:
    """A client who keeps ways to pay."""

    def __init__(self, payer: Payer) -> None:
        self.payer, self.calls = payer, payer.calls

    def ask(self, *, key: str = "", **asked: Any) -> Any:
        body = {**self.payer.accept(), **asked}
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self.calls.post(PATH, body, format="json", headers=headers)

    def keep_card(self, number: str = "4242424242424242", **more: Any) -> PaymentSource:
        answer = self.ask(kind="card", token=card_token(number), **more)
        assert answer.status_code == 202, answer.content
        return PaymentSource.objects.get(pk=answer.json()["id"])

    def list(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.calls.get(PATH).json()["results"]
        return found

    def read(self, source: PaymentSource) -> dict[str, Any]:
        shown: dict[str, Any] = self.calls.get(f"{PATH}/{source.pk}").json()
        return shown


def look_all(now: Any = None) -> None:
    """The poller's rounds, until nothing is due."""
    while look_at_next_source(now=now or timezone.now() + timedelta(seconds=15)):
        pass


def stored() -> str:
    """What a thief of the tables sees."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_to_json(s)::text FROM finances_paymentsource s"
            " UNION ALL SELECT row_to_json(c)::text FROM finances_charge c"
            " UNION ALL SELECT encode(body, 'escape') FROM core_idempotencyrecord"
        )
        return "".join(row[0] for row in cursor.fetchall())
