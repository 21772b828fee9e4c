"""Payment sources and Nequi tokens as Wompi shows them (wompi.md, section 7)."""

from collections.abc import Mapping
from typing import Any

from finances.domain.sources import KeptSource, NequiToken, SourceStatus

STATUSES = {
    "AVAILABLE": SourceStatus.AVAILABLE,
    "PENDING": SourceStatus.PENDING,
    "DECLINED": SourceStatus.REFUSED,
    "ERROR": SourceStatus.REFUSED,
    "VOIDED": SourceStatus.VOIDED,
}
# What tells one card, or one account, from another; a holder's name does not.
IDENTITY = ("bin", "last_four", "exp_month", "exp_year", "phone_number")


def source_from(row: Mapping[str, Any]) -> KeptSource:
    """Raises `ValueError`, `KeyError` or `TypeError` if it is none."""
    given = row.get("public_data")
    public: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    phone = str(public.get("phone_number") or "")
    source_id = str(int(row["id"]))
    identity = "|".join(str(public.get(name) or "") for name in IDENTITY)
    return KeptSource(
        id=source_id,
        status=STATUSES[str(row["status"])],
        brand=str(public.get("brand") or public.get("type") or row["type"])[:24],
        last_four=str(public.get("last_four") or phone[-4:])[-4:],
        # A gateway that says nothing of it makes every source one of its own.
        identity=f"{row['type']}|{identity}" if identity.strip("|") else f"id|{source_id}",
    )


def nequi_token_from(row: Mapping[str, Any]) -> NequiToken:
    """Raises `KeyError` if it is none."""
    status = str(row["status"])
    return NequiToken(
        id=str(row["id"]),
        is_approved=status == "APPROVED",
        is_declined=status in {"DECLINED", "ERROR"},
    )
