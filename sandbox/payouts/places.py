"""The banks that can be paid to, and the accounts the money comes from."""

from uuid import NAMESPACE_DNS, uuid5

from sandbox.bodies import JsonObject
from sandbox.config import PayoutsSettings
from sandbox.store import Store

BANK_NAMES = (
    "BANCOLOMBIA",
    "BANCO DE BOGOTA",
    "DAVIVIENDA",
    "BBVA COLOMBIA",
    "BANCO CAJA SOCIAL",
    "NEQUI",
    "DAVIPLATA",
)


def _uuid(name: str) -> str:
    """The same in every sandbox, so that what was stored about it stays true."""
    return str(uuid5(NAMESPACE_DNS, f"{name}.payouts.sandbox"))


BANKS: tuple[JsonObject, ...] = tuple(
    {
        "id": _uuid(name),
        "name": name,
        "code": f"{1000 + number}",
        "isElectronicDeposit": name in {"NEQUI", "DAVIPLATA"},
    }
    for number, name in enumerate(BANK_NAMES, 7)
)
BANK_IDS = frozenset(str(bank["id"]) for bank in BANKS)
ACTIVE = _uuid("active account")
IN_REVIEW = _uuid("account in review")


class Accounts:
    """Two accounts: one that pays, one that is still in review."""

    def __init__(self, store: Store, settings: PayoutsSettings) -> None:
        self._store = store
        opening = ((ACTIVE, "ACTIVE", settings.balance_in_cents), (IN_REVIEW, "IN_REVIEW", 0))
        for account in opening:
            store.run("INSERT OR IGNORE INTO payout_accounts VALUES (?, ?, ?)", *account)

    def all(self) -> list[JsonObject]:
        """As `GET /accounts` shows them."""
        rows = self._store.all("SELECT * FROM payout_accounts ORDER BY status, id")
        return [
            {
                "id": row["id"],
                "balanceInCents": row["balance_in_cents"],
                "status": row["status"],
                "number": f"{int(str(row['id'])[:8], 16):010}",
                "accountType": "AHORROS",
                "bank": {"code": BANKS[0]["code"], "name": BANKS[0]["name"]},
            }
            for row in rows
        ]

    def balance(self, account_id: object) -> int | None:
        """In cents; `None` when it is not an active account."""
        for account in self.all():
            if account["id"] == account_id and account["status"] == "ACTIVE":
                return int(account["balanceInCents"])
        return None

    def move(self, account_id: str, cents: int) -> None:
        """Money comes in, or (less than nothing) goes out."""
        self._store.run(
            "UPDATE payout_accounts SET balance_in_cents = balance_in_cents + ? WHERE id = ?",
            cents,
            account_id,
        )
