"""The month's money beside visits: tills, members, refunds, payouts, differences."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from studiozens.tests.journeys.a_month.calendar import Scene
from studiozens.tests.journeys.a_month.cast import MASSAGES, MEMBERSHIP, PLACE, Month
from studiozens.tests.journeys.a_month.people import cents
from studiozens.tests.journeys.a_month.visits import (
    DRAINAGE,
    SPA,
    books_and_pays,
    client_comes,
    pays_the_rest,
)
from studiozens.tests.journeys.waiting import eventually

FLOAT, MISSING, TO_BANK = 10_000_000, 200_000, 5_000_000
GOODWILL_BY_BANK, GOODWILL_IN_CASH = 2_000_000, 500_000
GOODWILL_AS_CREDIT, TAX_WITHIN = 1_190_000, 190_000
AT_THE_PANEL, GIVEN_AT_THE_PANEL = 5_000_000, 1_000_000


def pesos(amount: int) -> str:
    """Cents as the API takes money."""
    return f"{amount // 100}.{amount % 100:02}"


def two_tills(month: Month) -> Scene:
    """A till is opened and counted blind, two thousand short; the next one is exact."""
    desk, tally = month.desk, month.tally
    yield month.calendar.day(1, 8, 30)
    shift = desk.does("cash-shifts", location=month.place, opening_float=pesos(FLOAT))
    assert shift["expected"] is None

    yield month.calendar.day(15, 18)
    moved = {"kind": "to_bank", "amount": pesos(TO_BANK), "reason": "Consignación"}
    desk.does(f"cash-shifts/{shift['id']}/movements", **moved)
    held = FLOAT + tally.received["Efectivo"] - TO_BANK
    closed = desk.does(f"cash-shifts/{shift['id']}/close", counted=pesos(held - MISSING))
    assert (cents(closed["expected"]), cents(closed["difference"])) == (held, -MISSING)
    left = held - MISSING

    yield month.calendar.day(16, 8, 30)
    shift = desk.does("cash-shifts", location=month.place, opening_float=pesos(left))

    yield month.calendar.day(27, 18)
    left -= GOODWILL_IN_CASH
    closed = desk.does(f"cash-shifts/{shift['id']}/close", counted=pesos(left))
    assert cents(closed["difference"]) == 0
    tally.cash = left


def a_membership(month: Month) -> Scene:
    """Carla becomes a member; her card refuses the next month once, and pays it a day later."""
    carla, tally = month.client("Carla"), month.tally
    yield month.calendar.day(1, 12)
    carla.changes(email=f"carla-{month.calendar.name}@example.com")
    source = carla.keeps_a_card()
    mine = carla.does("subscriptions", plan=month.plan, payment_source=source)
    eventually(lambda: carla.get("me/membership")["is_vip"], what="Carla is a member")
    tally.comes("card", MEMBERSHIP * 100, on=month.today())
    due = carla.get("me/membership")["next_charge"]
    assert cents(due["amount"]) == MEMBERSHIP * 100

    refuses_on = month.calendar.over - timedelta(days=3)
    yield refuses_on - timedelta(days=1)
    kept = month.house.standins.sources()[0]
    month.house.standins.source_answers(kept["id"], "DECLINED")

    yield refuses_on + timedelta(hours=12)
    eventually(
        lambda: [m for m in month.house.standins.messages(carla.phone) if "membres" in m["text"]],
        what="Carla is told that her card was refused",
    )
    month.house.standins.source_answers(kept["id"], "APPROVED")

    yield refuses_on + timedelta(days=1, hours=12)
    next_month = month.calendar.over.date().isoformat()
    eventually(
        lambda: carla.get(f"subscriptions/{mine['id']}")["last_paid_day"] > next_month,
        what="Carla's next month is paid",
    )
    tally.comes("card", MEMBERSHIP * 100, on=month.today())
    tally.months_ahead = 2 * MEMBERSHIP * 100


def a_chargeback(month: Month) -> Scene:
    """Inés is served, and two weeks later her bank takes the deposit back."""
    ines = month.client("Inés")
    yield month.calendar.day(3, 11)
    visit = books_and_pays(month, ines, DRAINAGE, 5)

    yield client_comes(visit)
    month.served(pays_the_rest(month, visit, "card"), category=MASSAGES)

    yield month.calendar.day(18, 11)
    [deposit] = [p for p in ines.get("payments")["results"] if p["method"] == "online"]
    month.house.standins.charge_back(month.references["Inés"])
    taken = ines.hears_of(deposit, "voided")
    month.tally.goes(cents(taken["amount"]), on=month.today())
    month.tally.voided += cents(taken["amount"])


def goodwill(month: Month) -> Scene:
    """Ana is given something back by bank, Diego in cash, Gloria for her next visit."""
    ana, diego, gloria = map(month.client, ("Ana", "Diego", "Gloria"))
    tally = month.tally
    yield month.calendar.day(19, 9)
    month.house.ask("register_payees", parties={ana.id: "client"}, by=month.owner.phone)
    deposit = next(p for p in ana.get("payments")["results"] if p["method"] == "online")
    wanted = {"source": "goodwill", "reason": "El aceite le cayó mal"}
    by_bank = month.desk.gives_back(
        deposit["id"], pesos(GOODWILL_BY_BANK), destination="bank", **wanted
    )
    month.desk.hears_of_refund(by_bank)
    tally.goes(GOODWILL_BY_BANK, on=month.today())
    takes_back_what_was_sold(month, deposit, by_bank)

    yield month.calendar.day(22, 9)
    in_person = next(p for p in diego.get("payments")["results"] if p["method"] == "card")
    in_cash = month.desk.gives_back(
        in_person["id"],
        pesos(GOODWILL_IN_CASH),
        destination="cash",
        location=month.place,
        **wanted,
    )
    assert in_cash["state"] == "done"
    tally.goes(GOODWILL_IN_CASH, on=month.today())
    takes_back_what_was_sold(month, in_person, in_cash)

    yield month.calendar.day(25, 9)
    deposit = next(p for p in gloria.get("payments")["results"] if p["method"] == "online")
    as_credit = month.desk.gives_back(
        deposit["id"], pesos(GOODWILL_AS_CREDIT), destination="credit", **wanted
    )
    assert gloria.credit() == GOODWILL_AS_CREDIT
    tally.credit += GOODWILL_AS_CREDIT
    takes_back_what_was_sold(month, deposit, as_credit, category=SPA, tax=TAX_WITHIN)


def takes_back_what_was_sold(
    month: Month,
    payment: dict[str, Any],
    refund: dict[str, Any],
    *,
    category: str = MASSAGES,
    tax: int = 0,
) -> None:
    """The visit was documented: a credit note says what less it was, and which tax was in it."""
    visit = month.desk.get(f"appointments/{payment['payable_id']}")
    less = -cents(refund["amount"])
    month.tally.earns(less, category=category, staff=month.whoever_served(visit), place=PLACE)
    month.tally.tax -= tax
    [note] = month.desk.get(f"refunds/{refund['id']}")["credit_notes"]
    told = month.desk.get(f"sales-documents/{note}")
    assert (told["kind"], cents(told["total"]), cents(told["tax"])) == ("credit_note", less, -tax)


def planted_differences(month: Month) -> Scene:
    """Two things happen at the gateway's own panel; the owner finds a home for both."""
    gateway, owner, bruno = month.house.standins, month.owner, month.client("Bruno")
    yield month.calendar.day(20, 15)
    gateway.pay(
        f"ENLACE-{month.calendar.name}", "APPROVED", amount_in_cents=AT_THE_PANEL, currency="COP"
    )
    gateway.give_back(month.references["Ana"], GIVEN_AT_THE_PANEL)

    yield month.calendar.day(22, 10)
    found = open_differences(month)
    assert sorted(cents(row["amount"]) for row in found) == [-GIVEN_AT_THE_PANEL, AT_THE_PANEL]
    for row in found:
        more = cents(row["amount"]) > 0
        where = {"way": "client_credit", "client": bruno.id} if more else {"way": "differences"}
        ended = owner.does(f"differences/{row['id']}/resolve", note="Hecho en el panel", **where)
        assert ended["state"] == "resolved"
    assert open_differences(month) == []
    assert bruno.credit() == AT_THE_PANEL
    month.tally.credit += AT_THE_PANEL


def open_differences(month: Month) -> list[dict[str, Any]]:
    """What differs and waits for somebody, of all days compared so far."""
    found = {}
    for run in month.owner.get("reconciliations", page_size=100)["results"]:
        assert run["status"] != "failed", run
        path = f"reconciliations/{run['id']}/differences"
        for row in month.owner.get(path, page_size=100)["results"]:
            if row["state"] not in {"resolved", "gone"}:
                found[row["id"]] = row
    return list(found.values())


def a_payout(month: Month) -> Scene:
    """The owner pays everybody what they have earned so far, tips too."""
    owner, tally = month.owner, month.tally
    yield month.calendar.day(26, 11)
    rows = owner.get("commissions", page_size=100)["results"]
    kinds = {row["party"]: "staff" for row in rows} | {month.developer: "developer"}
    payees = month.house.ask("register_payees", parties=kinds, by=owner.phone)
    stored = owner.does("payouts", payees=payees)["payouts"]
    for batch in stored:
        eventually(
            lambda batch=batch: owner.get(f"payouts/{batch['id']}")["status"] == "finished",
            what="the bank has paid",
        )
    lines = [line for batch in stored for line in batch["lines"]]
    assert sum(cents(line["commissions"]) for line in lines) == sum(
        cents(row["amount"]) for row in rows
    )
    tally.paid_commissions = sum(cents(line["commissions"]) for line in lines)
    tally.paid_tips = sum(cents(line["tips"]) for line in lines)


def money(month: Month) -> list[Callable[[], Scene]]:
    """All scenes of money."""
    return [
        partial(scene, month)
        for scene in (
            two_tills,
            a_membership,
            a_chargeback,
            goodwill,
            planted_differences,
            a_payout,
        )
    ]
