"""The payouts provider in a test's hands, and our workers."""

from datetime import datetime
from typing import Any

import requests
from django.conf import settings
from django.utils import timezone

from finances.models import Payout
from finances.services.payouts_sending import work_on_next_payout

# When a test begins; what comes after is counted from it.
NOW = timezone.now()


class BankDesk:
    """What the provider does, says and holds; lines wait until a test ends them."""

    def __init__(self, sandbox: Any) -> None:
        self.sandbox = sandbox
        sandbox._call("POST", "payouts/next", {"status": "PENDING", "next": 200})

    @property
    def batches(self) -> list[dict[str, Any]]:
        """The provider's own books, newest first: an independent witness."""
        found: list[dict[str, Any]] = self.sandbox._call("GET", "payouts")["payouts"]
        return found

    @property
    def balance(self) -> int:
        """What is in the account that payouts leave from, in pesos."""
        accounts = self.sandbox._call("GET", "payouts")["accounts"]
        return sum(account["balanceInCents"] for account in accounts) // 100

    def empty(self) -> None:
        """Leave nothing in the account: one payment of all there is."""
        self.pay_elsewhere(self.balance)

    def pay_elsewhere(self, pesos: int) -> None:
        """Somebody else's batch takes so much out of the account."""
        url, headers = settings.WOMPI_PAYOUTS_BASE_URL, self.headers
        account = requests.get(
            f"{url}/accounts", params={"status": "ACTIVE"}, headers=headers, timeout=5
        ).json()["data"][0]["id"]
        bank = requests.get(f"{url}/banks", headers=headers, timeout=5).json()[0]["id"]
        line = {
            "legalIdType": "CC",
            "legalId": "1",
            "bankId": bank,
            "accountType": "AHORROS",
            "accountNumber": "123456",
            "name": "Otra",
            "amount": pesos * 100,
        }
        body = {
            "reference": "elsewhere",
            "accountId": account,
            "paymentType": "OTHER",
            "transactions": [line],
        }
        answer = requests.post(
            f"{url}/payouts",
            json=body,
            headers={**headers, "idempotency-key": "elsewhere"},
            timeout=5,
        )
        assert answer.status_code == 201, answer.text

    @property
    def headers(self) -> dict[str, str]:
        return {
            "x-api-key": settings.WOMPI_PAYOUTS_API_KEY,
            "user-principal-id": settings.WOMPI_PAYOUTS_PRINCIPAL_ID,
        }

    def end(self, payout: Payout, status: str = "APPROVED", **more: Any) -> None:
        """The bank ends what is pending of the batch; nobody is told."""
        body = {"reference": payout.reference, "status": status, "deliver": False}
        self.sandbox._call("POST", "payouts/settle", body | more)

    def events(self, payout: Payout) -> list[bytes]:
        """Every signed event of the batch, oldest first."""
        self.sandbox._call("POST", "payouts/events/resend", {"reference": payout.reference})
        found = self.sandbox._call("GET", "webhooks", params={"subject": payout.reference})
        return [webhook["body"].encode() for webhook in reversed(found["webhooks"])]


def work(now: datetime, *, rounds: int = 1) -> list[bool]:
    """A worker's turns."""
    return [work_on_next_payout(now=now) for _ in range(rounds)]


def state(payout: Payout) -> tuple[str, str]:
    """Where the batch and its only line are."""
    payout.refresh_from_db()
    return payout.status, payout.lines.get().status
