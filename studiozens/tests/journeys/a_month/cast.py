"""Who plays the month, and what the owner has set up before it begins."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from studiozens.tests.journeys.a_month.calendar import Calendar
from studiozens.tests.journeys.a_month.people import Client, Person, Reception, cents
from studiozens.tests.journeys.a_month.tally import Tally
from studiozens.tests.journeys.house import House

DEMO = "demostracion-zen"
OWNER, DESK = "+573104550001", "+573104550002"
# Percent of what is served in this category, and of what the taxed service costs.
STAFF_PERCENT, DEVELOPER_PERCENT, VAT_PERCENT = 30, 5, 19
MASSAGES, TAXED = "Masajes", "Flotación"
CLIENTS = ("Ana", "Bruno", "Carla", "Diego", "Elena", "Fabio", "Gloria", "Hugo", "Inés")
PLACE = "Chicó"
MEMBERSHIP = 90_000


@dataclass
class Month:
    """A month being played."""

    house: House
    calendar: Calendar
    tally: Tally
    clients: dict[str, Client]
    owner: Person
    desk: Reception
    plan: str
    developer: str
    # What the gateway knows each client's first deposit by.
    references: dict[str, str] = field(default_factory=dict)

    def client(self, name: str) -> Client:
        """One of those who are served."""
        return self.clients[name]

    @cached_property
    def team(self) -> dict[str, str]:
        """The names of those who serve, by id."""
        found = self.owner.get("staff", page_size=100)["results"]
        return {member["id"]: member["name"] for member in found}

    @cached_property
    def place(self) -> str:
        """Where all of it happens."""
        return str(self.owner.location(PLACE)["id"])

    def whoever_served(self, visit: dict[str, Any]) -> str:
        """A name of the team, or what reports say where nobody has to be there."""
        return self.team.get(visit["staff"] or "", "Sin persona")

    def served(self, visit: dict[str, Any], *, category: str, amount: int | None = None) -> None:
        """Count a visit that was given; `amount` where a package has paid for it."""
        total = cents(visit["total"]) if amount is None else amount
        staff = self.whoever_served(visit)
        self.tally.earns(total, category=category, staff=staff, place=PLACE)
        if category == MASSAGES:
            self.tally.commissions[staff] += total * STAFF_PERCENT // 100

    def today(self) -> Any:
        """The studio's date."""
        return self.calendar.now().date()


def open_month(house: House) -> Month:
    """Set the studio up, invite everybody, and go to the first morning of the month."""
    calendar = Calendar(house)
    set_up = house.ask(
        "set_up",
        category=MASSAGES,
        percent=STAFF_PERCENT,
        taxed=TAXED,
        plan_price=MEMBERSHIP,
    )
    clients = {
        found["name"]: Client(house, headers={}, **found)
        for found in house.ask("admit", names=CLIENTS)
    }
    calendar.go_to(calendar.day(1, 8), step="40d")
    return Month(
        house=house,
        calendar=calendar,
        tally=Tally(),
        clients=clients,
        owner=Person(house, phone=OWNER, name="Helena", password=DEMO, headers={}),
        desk=Reception(house, phone=DESK, name="Paula", password=DEMO, headers={}),
        plan=set_up["plan"],
        developer=set_up["developer"],
    )
