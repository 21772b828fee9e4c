"""What a payer can pay with, and what each way needs to know of him."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID


class Method(StrEnum):
    """How a charge takes the money; the values are the API's."""

    CARD = "card"
    NEQUI = "nequi"
    PSE = "pse"
    BANCOLOMBIA_TRANSFER = "bancolombia_transfer"
    BANCOLOMBIA_QR = "bancolombia_qr"
    BANCOLOMBIA_COLLECT = "bancolombia_collect"
    DAVIPLATA = "daviplata"
    SOURCE = "source"


DOCUMENT = ("document_type", "document")
NEEDS: Mapping[Method, tuple[str, ...]] = {
    Method.CARD: ("token",),
    Method.NEQUI: ("phone",),
    Method.PSE: ("bank", "person_type", *DOCUMENT),
    Method.BANCOLOMBIA_TRANSFER: (),
    Method.BANCOLOMBIA_QR: (),
    Method.BANCOLOMBIA_COLLECT: (),
    Method.DAVIPLATA: DOCUMENT,
    Method.SOURCE: ("payment_source",),
}
ACCEPTANCE = ("acceptance_token", "personal_data_token")
# What may be said besides, of every way to pay or of one.
ALWAYS = ("email", "full_name")
ALSO: Mapping[Method, tuple[str, ...]] = {
    Method.CARD: ("installments",),
    Method.SOURCE: ("installments",),
}


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The two documents the payer accepted, as the gateway names them."""

    policy: str = field(repr=False)
    personal_data: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one charge spends, so that nobody ever stores it. A charge of a source needs none."""

    token: str = field(default="", repr=False)
    acceptance: Acceptance | None = None
    browser: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Means:
    """What somebody wants to pay with; without a method it is the last one again.

    `details` may be kept for another try. Of what is spent (the card's token, the acceptance of
    both documents) only that it is there is known.
    """

    method: Method | None
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)
    source_id: UUID | None = None
    has_token: bool = False
    has_accepted: bool = False

    def kept(self) -> dict[str, Any]:
        """Those details that the method has a use for."""
        if self.method is None:
            return dict(self.details)
        names = (*NEEDS[self.method], *ALSO.get(self.method, ()), *ALWAYS)
        return {name: self.details[name] for name in names if name in self.details}

    def missing(self) -> list[str]:
        """What the method needs and nobody said."""
        if self.method is None:
            return ["method"]
        known = {**self.details, "payment_source": self.source_id, "token": self.has_token}
        lacking = [name for name in NEEDS[self.method] if not known.get(name)]
        # Only what is kept already was accepted when it was kept.
        must_accept = self.method is not Method.SOURCE and not self.has_accepted
        return [*lacking, *(ACCEPTANCE if must_accept else ())]


def again(means: Means, *, method: Method, details: Mapping[str, Any], source_id: Any) -> Means:
    """`means` completed by what was used before: the same way, unless another is named."""
    if means.method not in {None, method}:
        return means
    return Means(
        method=method,
        details={**details, **means.details},
        source_id=means.source_id or source_id,
        has_token=means.has_token,
        has_accepted=means.has_accepted,
    )
