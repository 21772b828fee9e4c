"""People who use the house as anybody does: over HTTP."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests

from studiozens.tests.journeys.house import House

TIMEOUT = 20.0
DAYS = 30


@dataclass(frozen=True)
class Slot:
    """A free start of a service; `staff` can give it."""

    service: str
    location: str
    start: str
    staff: str | None = None

    @property
    def moment(self) -> datetime:
        """The start."""
        return datetime.fromisoformat(self.start)

    @property
    def wish(self) -> dict[str, Any]:
        """The body of a booking that leaves the choice of staff to the house."""
        return {"services": [self.service], "location": self.location, "start": self.start}


@dataclass(frozen=True)
class Visitor:
    """Somebody at the house's door; signed in when there is a token."""

    house: House
    id: str = ""
    phone: str = ""
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **query: Any) -> Any:
        """The body of a 200."""
        answer = self._call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, key: str | None = None) -> requests.Response:
        """The answer, whatever it is."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._call("POST", path, json=body, headers=headers)

    def _call(
        self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> requests.Response:
        url = f"{self.house.web}/api/v1/{path}"
        known = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers = {**known, **(headers or {})}
        return requests.request(method, url, headers=headers, timeout=TIMEOUT, **more)

    def service(self, name: str) -> dict[str, Any]:
        """A service of the catalogue."""
        return next(s for s in self.get("services", page_size=100)["results"] if s["name"] == name)

    def location(self, name: str = "Chicó") -> dict[str, Any]:
        """A place of the studio."""
        return next(place for place in self.get("locations")["results"] if place["name"] == name)

    def free_slots(self, service: str) -> list[Slot]:
        """Everything free from the day after tomorrow on."""
        first = datetime.now().astimezone().date() + timedelta(days=2)
        asked = {"from": first.isoformat(), "to": (first + timedelta(days=DAYS)).isoformat()}
        where, what = self.location()["id"], self.service(service)["id"]
        days = self.get("availability", services=what, location=where, **asked)["days"]
        return [
            Slot(what, where, slot["start"], next(iter(slot["staff"]), None))
            for day in days
            for slot in day["slots"]
        ]

    def book(self, slot: Slot, *, key: str | None = None) -> requests.Response:
        """Ask for a slot, under a key of one's own unless one is given."""
        return self.post("appointments", slot.wish, key or uuid.uuid4().hex)

    def hold(self, slot: Slot) -> dict[str, Any]:
        """A visit of one's own that waits for its deposit."""
        answer = self.book(slot)
        assert answer.status_code == 201, answer.text
        visit: dict[str, Any] = answer.json()
        return visit

    def pay(self, visit: dict[str, Any], outcome: str = "APPROVED", **more: Any) -> dict[str, Any]:
        """Pay a held visit at the gateway."""
        checkout = visit["payment"]["checkout"]
        order = more if "amount_in_cents" in more else {"checkout": checkout, **more}
        return self.house.standins.pay(checkout["reference"], outcome, **order)

    def confirmations(self) -> list[dict[str, Any]]:
        """The confirmations that reached one's WhatsApp."""
        return self.house.standins.messages(self.phone, template="booking_confirmed")


def apart(slots: list[Slot], count: int, *, hours: int = 3) -> list[Slot]:
    """`count` of the slots, so far from each other that no visit touches another."""
    chosen: list[Slot] = []
    for slot in slots:
        if not chosen or slot.moment - chosen[-1].moment >= timedelta(hours=hours):
            chosen.append(slot)
    assert len(chosen) >= count
    return chosen[:count]
