"""What the payer does next, out of what Wompi adds to a method (wompi.md, sections 5 and 7)."""

import html
from collections.abc import Mapping
from typing import Any

from finances.domain.charges import NextStep, Step

PAGES = ("async_payment_url", "url")
CHALLENGE, UNDER_WAY = "CHALLENGE", "PENDING"


def next_step_from(row: Mapping[str, Any]) -> NextStep | None:
    """The next step of a transaction, `None` while the gateway has not said.

    Whatever else `extra` holds, tokens among it, is left where it is.
    """
    method = row.get("payment_method")
    given = method.get("extra") if isinstance(method, Mapping) else None
    extra: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    if isinstance(extra.get("three_ds_auth"), Mapping):
        return _three_ds(extra["three_ds_auth"])
    if page := next((str(extra[name]) for name in PAGES if extra.get(name)), ""):
        # It ends in a link: what is no address of a page must not become one.
        is_page = page.startswith(("https://", "http://"))
        return NextStep(Step.REDIRECT, url=page) if is_page else None
    if extra.get("qr_image"):
        return NextStep(Step.QR, qr_image=str(extra["qr_image"]))
    if extra.get("business_agreement_code"):
        return NextStep(
            Step.CASH,
            agreement_code=str(extra["business_agreement_code"]),
            payment_code=str(extra.get("payment_intention_identifier") or ""),
        )
    is_wallet = row.get("payment_method_type") == "NEQUI"
    return NextStep(Step.APPROVE) if is_wallet else None


def _three_ds(said: Mapping[str, Any]) -> NextStep:
    step, status = str(said.get("current_step") or ""), str(said.get("current_step_status") or "")
    where = f"{step} {status}".strip()
    page = html.unescape(str(said.get("three_ds_method_data") or ""))
    if step == CHALLENGE and status == UNDER_WAY and page:
        return NextStep(Step.CHALLENGE, html=page, three_ds=where)
    return NextStep(Step.WAIT, three_ds=where)
