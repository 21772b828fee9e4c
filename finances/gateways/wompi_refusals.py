"""Which of our refusals Wompi's are (wompi.md, section 10)."""

from collections.abc import Iterator, Mapping
from typing import Any

from finances import errors
from finances.errors import RefusedByGateway

USED = "usada"
# By the field that Wompi complains of; the first row that fits decides. A name with a dot at its
# end stands for all that begins so.
REFUSALS: Mapping[str, type[RefusedByGateway]] = {
    "reference": errors.ReferenceUsed,
    "acceptance_token": errors.AcceptanceUsed,
    "accept_personal_auth": errors.AcceptanceUsed,
    "payment_method.type": errors.MethodNotEnabled,
    "payment_method_type": errors.MethodNotEnabled,
    "type": errors.MethodNotEnabled,
    "payment_method.token": errors.CardTokenUsed,
    "token": errors.CardTokenUsed,
    "payment_method.installments": errors.InstallmentsWrong,
    "payment_method.phone_number": errors.WalletPhoneWrong,
    "phone_number": errors.WalletPhoneWrong,
    "payment_method.financial_institution_code": errors.BankUnknown,
    "payment_method.user_legal_id": errors.DocumentWrong,
    "payment_method.user_legal_id_type": errors.DocumentWrong,
    "customer_data.": errors.PayerDataWrong,
    "customer_email": errors.EmailWrong,
    "amount_in_cents": errors.AmountRefused,
    "expiration_time": errors.PaymentTooLate,
    "payment_source_id": errors.SourceRefused,
}


def refusal_from(body: Any) -> RefusedByGateway:
    """What a 422 says, as one of our refusals; the general one for what no row fits."""
    problems = dict(_problems(body))
    for row, refusal in REFUSALS.items():
        found = [said for name, said in problems.items() if _fits(row, name)]
        if found and (refusal is not errors.ReferenceUsed or USED in " ".join(found)):
            return refusal()
    return RefusedByGateway()


def complained_of(body: Any) -> list[str]:
    """The fields Wompi names, for the log: never what it says of them."""
    return sorted(name for name, _ in _problems(body))


def _fits(row: str, name: str) -> bool:
    return name.startswith(row) if row.endswith(".") else name == row


def _problems(body: Any) -> Iterator[tuple[str, str]]:
    error = body.get("error") if isinstance(body, Mapping) else None
    messages = error.get("messages") if isinstance(error, Mapping) else None
    if isinstance(messages, Mapping):
        yield from _flat(messages, "")


def _flat(messages: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name, said in messages.items():
        if isinstance(said, Mapping):
            yield from _flat(said, f"{path}{name}.")
        else:
            yield f"{path}{name}", str(said)
