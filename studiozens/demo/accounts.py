"""One account per role. The password is public: the command refuses to run in production."""

from dataclasses import dataclass

PASSWORD = "demostracion-zen"  # noqa: S105  (printed for everybody, and never made in production)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody to sign in as."""

    name: str
    phone: str
    role: str


ACCOUNTS = (
    Account("Helena Restrepo", "+573104550001", "admin"),
    Account("Paula Gómez", "+573104550002", "staff"),
    Account("Ana Ruiz", "+573104550003", "client"),
    Account("Tomás Vélez", "+573104550004", "vip"),
)


def table() -> str:
    """The accounts as aligned text."""
    rows = [f"  {a.role:<8}{a.phone:<16}{a.name}" for a in ACCOUNTS]
    return "\n".join([f"  Demonstration accounts, password: {PASSWORD}", "", *rows])
