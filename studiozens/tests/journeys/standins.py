"""The stand-ins of the providers, as a test plays them."""

from dataclasses import dataclass
from typing import Any

import requests


@dataclass(frozen=True)
class StandIns:
    """The controls of the sandbox at `url`."""

    url: str

    def messages(self, phone: str, *, template: str | None = None) -> list[dict[str, Any]]:
        """What one phone received, oldest first; `template` narrows it to one kind."""
        found = self._call("GET", "messages", params={"to": phone, "limit": 100})["messages"]
        return [m for m in reversed(found) if template in (None, m["template"])]

    def pay(self, reference: str, outcome: str, **more: Any) -> dict[str, Any]:
        """Act as the payer; sends the signed event unless `deliver=False`."""
        return self._call("POST", "wompi/pay", {"reference": reference, "outcome": outcome, **more})

    def resend(self, reference: str, **more: Any) -> dict[str, Any]:
        """Post every event of a reference: `times` each, in any order with `shuffle=True`."""
        return self._call("POST", "wompi/events/resend", {"reference": reference, **more})

    def events(self, reference: str) -> list[dict[str, Any]]:
        """What was posted about a reference, newest first."""
        return self._call("GET", "webhooks", params={"subject": reference})["webhooks"]

    def faults(self, provider: str, mode: str, **more: Any) -> None:
        """Make a provider faulty; `off` heals it."""
        self._call("POST", "faults", {"provider": provider, "mode": mode, **more})

    def charge_back(self, reference: str) -> None:
        """The payer's bank takes an approved payment back."""
        self._call("POST", "wompi/chargeback", {"reference": reference})

    def give_back(self, reference: str, amount_in_cents: int) -> None:
        """Somebody refunds a part in the gateway's own panel; nobody is told."""
        [paid] = [
            row for row in self.books()["transactions"].items() if row[1]["reference"] == reference
        ]
        self._call(
            "POST", "wompi/refund", {"transaction_id": paid[0], "amount_in_cents": amount_in_cents}
        )

    def books(self) -> dict[str, Any]:
        """Transactions, refunds and payouts as the providers have them, each by its id."""
        return self._call("GET", "wompi/books")

    def sources(self) -> list[dict[str, Any]]:
        """The saved ways to pay."""
        found: list[dict[str, Any]] = self._call("GET", "wompi/sources")["sources"]
        return found

    def source_answers(self, source: int, outcome: str) -> None:
        """How the charges of a saved way to pay end from now on."""
        self._call("POST", "wompi/sources", {"id": source, "outcome": outcome})

    def _call(self, method: str, path: str, body: Any = None, params: Any = None) -> dict[str, Any]:
        url = f"{self.url}/_control/{path}"
        answer = requests.request(method, url, json=body, params=params, timeout=20)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()
