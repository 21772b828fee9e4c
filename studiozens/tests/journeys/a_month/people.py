"""The people of the month. Time passes for them too: they sign in anew when they come back."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests

from studiozens.tests.journeys.visitors import TIMEOUT, Slot, Visitor
from studiozens.tests.journeys.waiting import eventually

PUBLIC_KEY = {"Authorization": "Bearer pub_test_studiozens"}
CARD = {
    "number": "4242424242424242",
    "cvc": "123",
    "exp_month": "08",
    "exp_year": "49",
    "card_holder": "Carla Peña",
}
LONGEST_SEARCH = timedelta(days=14)


@dataclass(frozen=True)
class Person(Visitor):
    """Somebody with a password."""

    name: str = ""
    password: str = ""

    def _call(
        self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> requests.Response:
        answer = super()._call(method, path, headers={**self.headers, **(headers or {})}, **more)
        if answer.status_code == 401:
            # Whoever comes back after a quarter of an hour of the moved clock signs in anew.
            was_here = "Authorization" in self.headers
            assert not was_here or answer.json()["code"] == "USERS-TOKEN-EXPIRED", answer.text
            self._sign_in()
            known = {**self.headers, **(headers or {})}
            answer = super()._call(method, path, headers=known, **more)
        return answer

    def _sign_in(self) -> None:
        given = {"phone": self.phone, "password": self.password}
        answer = super()._call("POST", "auth/token", json=given)
        assert answer.status_code == 200, answer.text
        self.headers["Authorization"] = f"Bearer {answer.json()['access']}"

    def does(self, path: str, **body: Any) -> Any:
        """The answer to something that is done, which must be a yes."""
        answer = self.post(path, body, uuid.uuid4().hex)
        assert answer.status_code in {200, 201, 202}, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def answers(self, path: str) -> bool:
        """Whether a question is answered, whatever the answer."""
        return self._call("GET", path).ok

    def changes(self, **body: Any) -> None:
        """Something about oneself."""
        answer = self._call("PATCH", "me", json=body)
        assert answer.status_code == 200, answer.text

    def file(self, path: str, **query: Any) -> bytes:
        """What is to be kept or printed."""
        answer = self._call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.content


@dataclass(frozen=True)
class Client(Person):
    """Somebody who is served."""

    def finds(self, service: str, not_before: datetime) -> Slot:
        """The first free start of a service from then on."""
        where, what = self.location()["id"], self.service(service)["id"]
        until = not_before + LONGEST_SEARCH
        asked = {"from": not_before.date().isoformat(), "to": until.date().isoformat()}
        days = self.get("availability", services=what, location=where, **asked)["days"]
        free = (slot["start"] for day in days for slot in day["slots"])
        start = next(start for start in free if datetime.fromisoformat(start) >= not_before)
        return Slot(what, where, start)

    def books(self, slot: Slot, **wishes: Any) -> dict[str, Any]:
        """A visit of one's own."""
        visit: dict[str, Any] = self.does("appointments", **slot.wish, **wishes)
        return visit

    def sends(self, payment: dict[str, Any], method: str = "CARD", **more: Any) -> int:
        """Pay at the gateway; what was charged, in cents, as its page said."""
        checkout = payment["checkout"]
        paid = self.house.standins.pay(
            checkout["reference"], "APPROVED", checkout=checkout, method=method, **more
        )
        return int(paid["transaction"]["amount_in_cents"])

    def pays(self, payment: dict[str, Any], method: str = "CARD") -> int:
        """Pay, and hear that it has come."""
        cents = self.sends(payment, method)
        self.hears_of(payment)
        return cents

    def hears_of(self, payment: dict[str, Any], status: str = "approved") -> dict[str, Any]:
        """The payment, once it is so."""
        return eventually(
            lambda: self._payment_if(payment["id"], status),
            what=f"{self.name}'s payment is {status}",
        )

    def _payment_if(self, payment_id: str, status: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self.get(f"payments/{payment_id}")
        return found if found["status"] == status else None

    def visit(self, visit: dict[str, Any]) -> dict[str, Any]:
        """How a visit stands."""
        found: dict[str, Any] = self.get(f"appointments/{visit['id']}")
        return found

    def is_confirmed(self, visit: dict[str, Any]) -> dict[str, Any]:
        """The visit, once it is."""
        return eventually(
            lambda: found if (found := self.visit(visit))["status"] == "confirmed" else None,
            what=f"{self.name}'s visit is confirmed",
        )

    def credit(self) -> int:
        """One's credit, in cents."""
        balances = self.get("me/credit")["balances"]
        return sum(cents(balance["available"]) for balance in balances)

    def keeps_a_card(self) -> str:
        """Give a card to the gateway, and its token to the studio."""
        url = f"{self.house.standins.url}/wompi/v1/tokens/cards"
        token = requests.post(url, json=CARD, headers=PUBLIC_KEY, timeout=TIMEOUT).json()
        shown = self.get("payment-acceptance")
        source = self.does(
            "payment-sources",
            kind="card",
            token=token["data"]["id"],
            email="carla@example.com",
            acceptance_token=shown["acceptance"]["token"],
            personal_data_token=shown["personal_data"]["token"],
        )
        eventually(
            lambda: self.get("payment-sources")["results"][0]["status"] == "available",
            what="the card is kept",
        )
        return str(source["id"])


@dataclass(frozen=True)
class Reception(Person):
    """Whoever is at the desk."""

    def welcomes(self, visit: dict[str, Any]) -> None:
        """The client is here."""
        self.does(f"appointments/{visit['id']}/check-in")

    def takes(self, visit: dict[str, Any], method: str, **money: Any) -> dict[str, Any]:
        """Money in person."""
        shown: dict[str, Any] = self.does(
            f"appointments/{visit['id']}/payments", method=method, **money
        )
        return shown

    def serves(self, visit: dict[str, Any]) -> dict[str, Any]:
        """The client has been served."""
        shown: dict[str, Any] = self.does(f"appointments/{visit['id']}/complete")
        return shown

    def gives_back(self, payment_id: str, amount: str, **how: Any) -> dict[str, Any]:
        """Ask for a refund."""
        refund: dict[str, Any] = self.does("refunds", payment=payment_id, amount=amount, **how)
        return refund

    def hears_of_refund(self, refund: dict[str, Any], state: str = "done") -> None:
        """The refund, once it is so."""
        eventually(
            lambda: self.get(f"refunds/{refund['id']}")["state"] == state,
            what=f"the refund is {state}",
        )


def cents(pesos: str) -> int:
    """`58000.00` as whole cents, exactly."""
    whole, _, part = pesos.partition(".")
    sign = -1 if whole.startswith("-") else 1
    return int(whole) * 100 + sign * int(part or 0)
