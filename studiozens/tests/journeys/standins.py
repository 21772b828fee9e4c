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

    def _call(self, method: str, path: str, body: Any = None, params: Any = None) -> dict[str, Any]:
        url = f"{self.url}/_control/{path}"
        answer = requests.request(method, url, json=body, params=params, timeout=20)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()
