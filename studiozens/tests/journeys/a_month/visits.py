"""Visits of the month: served, paid in parts, cancelled, missed, paid too late."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from studiozens.tests.journeys.a_month.calendar import Scene
from studiozens.tests.journeys.a_month.cast import MASSAGES, PLACE, TAXED, VAT_PERCENT, Month
from studiozens.tests.journeys.a_month.people import Client, cents
from studiozens.tests.journeys.waiting import eventually

MASSAGE, DRAINAGE, FACIAL = "Masaje relajante", "Drenaje linfático", "Limpieza facial profunda"
FACIALS, SPA = "Faciales", "Rituales y spa"
FREE_CANCELLATION = "free"


def books_and_pays(
    month: Month, client: Client, service: str, day: int, method: str = "CARD"
) -> dict[str, Any]:
    """A visit from that day on, its deposit paid online and its confirmation heard."""
    visit = client.books(client.finds(service, month.calendar.day(day)))
    paid = client.pays(visit["payment"], method)
    month.tally.comes(method.lower(), paid, on=month.today())
    month.references.setdefault(client.name, visit["payment"]["checkout"]["reference"])
    return client.is_confirmed(visit)


def pays_the_rest(month: Month, visit: dict[str, Any], method: str, tip: int = 0) -> dict[str, Any]:
    """The client is here, pays what is left at the desk, and is served."""
    month.desk.welcomes(visit)
    rest = cents(visit["outstanding"])
    month.desk.takes(visit, method, amount=visit["outstanding"], tip=f"{tip // 100}.00")
    month.tally.comes(f"desk {method}", rest, on=month.today(), tip=tip)
    if tip:
        month.tally.tips[month.team[visit["staff"]]] += tip
    return month.desk.serves(visit)


def a_visit(
    month: Month,
    name: str,
    service: str,
    *,
    category: str,
    books_on: int,
    comes_on: int,
    online: str,
    at_the_desk: str,
    tip: int = 0,
) -> Scene:
    """Somebody books, pays the deposit, comes, pays the rest with a tip, and has a receipt."""
    client = month.client(name)
    yield month.calendar.day(books_on)
    visit = books_and_pays(month, client, service, comes_on, online)

    yield client_comes(visit)
    served = pays_the_rest(month, visit, at_the_desk, tip)
    month.served(served, category=category)
    assert (served["status"], cents(served["outstanding"])) == ("completed", 0)
    if service == TAXED:
        month.tally.owes_tax(cents(served["total"]), VAT_PERCENT)
    for payment in client.get("payments", payable_id=visit["id"])["results"]:
        assert client.file(f"payments/{payment['id']}/receipt").startswith(b"%PDF")


def client_comes(visit: dict[str, Any]) -> datetime:
    """The moment a visit begins."""
    return datetime.fromisoformat(visit["start"])


def a_package(month: Month) -> Scene:
    """Bruno buys five massages and has two of them this month."""
    bruno = month.client("Bruno")
    yield month.calendar.day(1, 11)
    offered = next(p for p in bruno.get("packages")["results"] if p["sessions"] == 5)
    bought = bruno.does(f"packages/{offered['id']}/buy")
    paid = bruno.pays(bought["payment"], "NEQUI")
    month.tally.comes("nequi", paid, on=month.today())
    month.tally.unused_sessions += paid
    session = cents(offered["price"]) // offered["sessions"]

    for day in (4, 11):
        yield month.calendar.day(day - 1, 12)
        slot = bruno.finds(MASSAGE, month.calendar.day(day))
        visit = bruno.is_confirmed(bruno.books(slot, package=bought["id"]))
        assert cents(visit["outstanding"]) == 0

        yield client_comes(visit)
        month.desk.welcomes(visit)
        month.served(month.desk.serves(visit), category=MASSAGES, amount=session)
        month.tally.unused_sessions -= session
    [mine] = bruno.get("me/packages")["results"]
    assert (mine["sessions_left"], mine["status"]) == (3, "active")


def a_cancelled_visit(month: Month) -> Scene:
    """Diego cancels in time, and pays for another visit with the credit."""
    diego = month.client("Diego")
    yield month.calendar.day(3, 15)
    visit = books_and_pays(month, diego, MASSAGE, 8, "PSE")

    yield month.calendar.day(4, 9)
    outcome = diego.does(f"appointments/{visit['id']}/cancel", reason="Un viaje")["outcome"]
    assert (outcome["grounds"], outcome["strike"]) == (FREE_CANCELLATION, False)
    assert diego.credit() == cents(outcome["credit"]) == cents(visit["paid"])

    slot = diego.finds(MASSAGE, month.calendar.day(12))
    again = diego.is_confirmed(diego.books(slot, use_credit=True))
    assert cents(again["credit_used"]) == cents(outcome["credit"])
    assert diego.credit() == 0

    yield client_comes(again)
    month.served(pays_the_rest(month, again, "card", tip=800_000), category=MASSAGES)


def a_no_show(month: Month) -> Scene:
    """Elena pays a deposit and does not come: it is kept by the terms."""
    elena = month.client("Elena")
    yield month.calendar.day(2, 16)
    visit = books_and_pays(month, elena, FACIAL, 6)

    yield client_comes(visit) + timedelta(hours=1)
    missed = eventually(
        lambda: found if (found := elena.visit(visit))["status"] == "no_show" else None,
        what="Elena is noted as absent",
    )
    kept = cents(missed["paid"])
    assert elena.credit() == 0
    month.tally.earns(kept, category="Dinero no devuelto", staff="Sin persona", place=PLACE)


def money_that_came_too_late(month: Month) -> Scene:
    """The gateway is away while Fabio pays; Gloria has his time before his money is heard of."""
    fabio, gloria = month.client("Fabio"), month.client("Gloria")
    gateway = month.house.standins
    yield month.calendar.day(7, 14)
    slot = fabio.finds(TAXED, month.calendar.day(9))
    lost = fabio.books(slot)
    gateway.faults("wompi", "down")
    sent = fabio.sends(lost["payment"], deliver=False)

    yield month.calendar.day(7, 14, 25)
    eventually(lambda: fabio.visit(lost)["status"] == "expired", what="Fabio's hold is over")
    gateway.faults("wompi", "off")
    taken = gloria.books(slot)

    gateway_is_back(fabio)

    yield month.calendar.day(7, 14, 40)
    paid = fabio.hears_of(lost["payment"])
    assert (paid["allocation"], fabio.credit()) == ("credited", sent)
    month.tally.comes("card", sent, on=month.today())
    month.tally.comes("card", gloria.pays(taken["payment"]), on=month.today())
    taken = gloria.is_confirmed(taken)

    yield client_comes(taken)
    served = pays_the_rest(month, taken, "transfer")
    month.served(served, category=SPA)
    month.tally.owes_tax(cents(served["total"]), VAT_PERCENT)

    yield month.calendar.day(10, 11)
    wanted = {"source": "credit", "destination": "gateway", "reason": "Prefiere su dinero"}
    refund = month.desk.gives_back(paid["id"], f"{sent // 100}.00", **wanted)
    month.desk.hears_of_refund(refund)
    month.tally.goes(sent, on=month.today())
    month.tally.refunded_at_the_gateway += sent
    assert fabio.credit() == 0


def an_outage(month: Month) -> Scene:
    """For three days the gateway is away, and what Hugo paid is only found when it is back."""
    hugo, gateway = month.client("Hugo"), month.house.standins
    yield month.calendar.day(13, 12)
    visit = hugo.books(hugo.finds(MASSAGE, month.calendar.day(19)))
    gateway.faults("wompi", "down")
    sent = hugo.sends(visit["payment"], method="NEQUI", deliver=False)

    yield month.calendar.day(16, 12)
    assert hugo.visit(visit)["status"] == "expired"
    gateway.faults("wompi", "off")
    gateway_is_back(hugo)

    yield month.calendar.day(17, 12)
    hugo.hears_of(visit["payment"])
    visit = hugo.is_confirmed(visit)
    assert cents(visit["paid"]) == sent
    month.tally.comes("nequi", sent, on=month.today())

    yield client_comes(visit)
    month.served(pays_the_rest(month, visit, "card"), category=MASSAGES)


def gateway_is_back(client: Client) -> None:
    """The house asks the gateway again, which it leaves alone for a while after an outage."""
    eventually(
        lambda: client.answers("payment-acceptance"), what="the gateway is asked again", within=40
    )


def visits(month: Month) -> list[Callable[[], Scene]]:
    """All scenes of visits."""
    ana = partial(
        a_visit, month, "Ana", MASSAGE, category=MASSAGES, books_on=1, comes_on=2,
        online="CARD", at_the_desk="cash", tip=1_000_000,
    )  # fmt: skip
    return [
        ana,
        partial(a_package, month),
        partial(a_cancelled_visit, month),
        partial(a_no_show, month),
        partial(money_that_came_too_late, month),
        partial(an_outage, month),
    ]
