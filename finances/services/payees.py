"""Where people are paid: registered, replaced, never edited (FIN-07)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from core.audit import record
from core.db import execute
from core.use_cases import use_case
from finances import errors
from finances.gateways.payouts_current import payouts_gateway
from finances.gateways.payouts_port import BankListed
from finances.models import Payee, PayoutBank

# Whoever registers an account for a party waits for whoever does so at the same time.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


@use_case
def register_payee(*, payee: Payee, actor_id: UUID, now: datetime) -> Payee:
    """Pay the party at this account from now on; what was sent before keeps its own. Audited.

    Nothing of the account is in the audit log but its fingerprint. Raises `PayeeBankUnknown`,
    `PayeeDetailsWrong`.
    """
    if not PayoutBank.objects.filter(pk=payee.bank_id, is_listed=True).exists():
        raise errors.PayeeBankUnknown
    try:
        payee.clean_fields(exclude=["registered_by", "fingerprint", "registered_at", "bank"])
    except ValidationError as exc:
        raise errors.PayeeDetailsWrong(reasons=" ".join(exc.messages)) from exc
    payee.put_in_force(now=now)
    payee.registered_by_id = actor_id
    execute(ONE_AT_A_TIME, [f"finances.payee {payee.party}"])
    in_force = Payee.objects.filter(party=payee.party, replaced_at=None)
    replaced = list(in_force.select_for_update(no_key=True))
    in_force.update(replaced_at=now, updated_at=now)
    payee.save(force_insert=True)
    _audit("registered", payee, actor_id, {"replaced": len(replaced)}, now=now)
    return payee


@use_case
def retire_payee(*, payee_id: UUID, actor_id: UUID, now: datetime) -> None:
    """Pay nobody there any more: what is owed waits for other details. Raises `PayeeUnknown`."""
    payee = Payee.objects.select_for_update(no_key=True).filter(pk=payee_id).first()
    if payee is None or payee.replaced_at is not None:
        raise errors.PayeeUnknown
    payee.replaced_at = now
    payee.save(update_fields=["replaced_at", "updated_at"])
    _audit("retired", payee, actor_id, {}, now=now)


def refresh_banks() -> int:
    """Have the banks the provider lists; those it lists no more take no new payee.

    The call is made outside transactions (NA-31). Raises `ProviderUnavailable`.
    """
    banks = payouts_gateway().list_banks()
    return _keep_banks(banks=banks) if banks else 0


@use_case
def _keep_banks(*, banks: Sequence[BankListed]) -> int:
    rows = [PayoutBank(gateway_id=b.gateway_id, name=b.name, is_listed=True) for b in banks]
    PayoutBank.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["gateway_id"],
        update_fields=["name", "is_listed"],
    )
    PayoutBank.objects.exclude(pk__in=[row.pk for row in rows]).update(is_listed=False)
    return len(rows)


def _audit(
    what: str, payee: Payee, actor_id: UUID, facts: dict[str, Any], *, now: datetime
) -> None:
    record(
        action=f"finances.payee.{what}",
        subject_kind="finances.payee",
        subject_id=payee.pk,
        actor_id=actor_id,
        now=now,
        facts={"party": str(payee.party), "account": payee.fingerprint[:12], **facts},
    )
