"""Pure rules of charges: references, looks, means, Wompi's words in both directions."""

import hashlib
import html
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CATALOGUE
from finances import errors
from finances.domain.charges import LOOKS, ChargeOrder, Payer, Step, is_lost, next_look_after
from finances.domain.means import ACCEPTANCE, NEEDS, Acceptance, Means, Method, Spent, again
from finances.domain.references import base_of, numbered, reference_of
from finances.domain.sources import SourceStatus
from finances.gateways.wompi_orders import body_of
from finances.gateways.wompi_refusals import REFUSALS, complained_of, refusal_from
from finances.gateways.wompi_sources import nequi_token_from, source_from
from finances.gateways.wompi_steps import next_step_from

DETAILS: dict[str, Any] = {
    "phone": "3991111111",
    "bank": "1007",
    "person_type": "company",
    "document_type": "NIT",
    "document": "900123456",
    "installments": 3,
}
BROWSER = {"browser_tz": "300"}


@given(st.uuids(), st.integers(1, 99))
def test_a_numbered_reference_leads_to_its_payment_and_to_no_other(
    payment_id: UUID, number: int
) -> None:
    reference = reference_of(payment_id)

    assert base_of(numbered(reference, number)) == reference
    assert (numbered(reference, number) == reference) == (number == 1)
    assert numbered(reference, number) != numbered(reference, number + 1)
    assert len(numbered(reference, 32_767)) <= 48


@given(st.floats(0, 100_000))
def test_looks_come_ever_later_and_never_stop(seconds: float) -> None:
    age = timedelta(seconds=seconds)

    following = next_look_after(age)

    assert following > age
    assert following - age <= max(LOOKS[-1], LOOKS[0])
    if age < LOOKS[-1]:
        assert following in LOOKS


def test_only_a_late_look_loses_a_charge() -> None:
    limit = timedelta(minutes=10)

    assert not is_lost(limit - timedelta(seconds=1), after=limit)
    assert is_lost(limit, after=limit)


@pytest.mark.parametrize("method", Method)
def test_each_method_names_what_it_needs_and_keeps_nothing_else(method: Method) -> None:
    source = UUID(int=1)
    nothing = Means(method)
    enough = Means(method, DETAILS, source_id=source, has_token=True, has_accepted=True)

    accepting = () if method is Method.SOURCE else ACCEPTANCE
    assert nothing.missing() == [*NEEDS[method], *accepting]
    assert enough.missing() == []
    assert set(enough.kept()) <= {*NEEDS[method], "installments"}
    assert "token" not in enough.kept()


def test_another_try_is_as_the_last_one_but_for_what_is_said() -> None:
    last: dict[str, Any] = {
        "method": Method.NEQUI,
        "details": {"phone": "3991111111", "email": "ana@example.com"},
        "source_id": None,
    }

    same = again(Means(None), **last)
    other_phone = again(Means(None, details={"phone": "3992222222"}), **last)
    other_way = again(Means(Method.BANCOLOMBIA_QR), **last)

    assert (same.method, same.details) == (Method.NEQUI, last["details"])
    assert other_phone.details == last["details"] | {"phone": "3992222222"}
    assert other_way == Means(Method.BANCOLOMBIA_QR)


def test_a_means_without_a_method_lacks_it() -> None:
    assert Means(None).missing() == ["method"]


def order(method: Method, **more: Any) -> ChargeOrder:
    usual: dict[str, Any] = {
        "reference": "SZ-1",
        "amount": Decimal("48000.00"),
        "currency": "COP",
        "description": "Masaje relajante 'de autor' con piedras calientes y aceite de coco virgen",
        "expires_at": datetime(2026, 12, 1, 15, 30, tzinfo=UTC),
        "return_url": "https://estudio.example/gracias",
        "payer": Payer("ana@example.com", "Ana Rojas", "+573001112233"),
        "method": method,
        "details": DETAILS,
        "spent": Spent("tok_1", Acceptance("one", "two")),
        "is_recurrent": False,
    }
    return ChargeOrder(**{**usual, **more})


def body(method: Method, **more: Any) -> dict[str, Any]:
    return body_of(order(method, **more), integrity_secret="secret")


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (Method.CARD, {"type": "CARD", "token": "tok_1", "installments": 3}),
        (Method.NEQUI, {"type": "NEQUI", "phone_number": "3991111111"}),
        (
            Method.PSE,
            {
                "type": "PSE",
                "user_type": 1,
                "user_legal_id_type": "NIT",
                "user_legal_id": "900123456",
                "financial_institution_code": "1007",
                "payment_description": "Masaje relajante de autor con",
            },
        ),
        (
            Method.BANCOLOMBIA_TRANSFER,
            {
                "type": "BANCOLOMBIA_TRANSFER",
                "user_type": "PERSON",
                "payment_description": (
                    "Masaje relajante de autor con piedras calientes y aceite de coco"
                ),
            },
        ),
        (Method.BANCOLOMBIA_COLLECT, {"type": "BANCOLOMBIA_COLLECT"}),
        (
            Method.DAVIPLATA,
            {
                "type": "DAVIPLATA",
                "user_legal_id_type": "NIT",
                "user_legal_id": "900123456",
                "payment_description": "Masaje relajante de autor con",
            },
        ),
        (Method.SOURCE, {"installments": 3}),
    ],
)
def test_what_each_method_is_in_wompis_words(method: Method, expected: dict[str, Any]) -> None:
    said = body(method, spent=Spent("77" if method is Method.SOURCE else "tok_1"))

    assert said["payment_method"] == expected
    assert said.get("payment_source_id") == (77 if method is Method.SOURCE else None)
    assert said["customer_data"] == {"full_name": "Ana Rojas", "phone_number": "573001112233"}


def test_an_account_that_is_kept_has_no_installments() -> None:
    said = body(Method.SOURCE, details={}, spent=Spent("77"))

    assert "payment_method" not in said
    assert "acceptance_token" not in said


def test_the_order_is_signed_with_the_very_time_that_is_sent() -> None:
    said = body(Method.NEQUI)

    assert (said["amount_in_cents"], said["expiration_time"]) == (
        4_800_000,
        "2026-12-01T15:30:00.000Z",
    )
    text = "SZ-14800000COP2026-12-01T15:30:00.000Zsecret"
    assert said["signature"] == hashlib.sha256(text.encode()).hexdigest()
    assert (said["acceptance_token"], said["accept_personal_auth"]) == ("one", "two")


def test_what_is_only_sometimes_said() -> None:
    usual = body(Method.NEQUI, return_url="")
    there = body_of(
        order(Method.CARD, spent=Spent("tok_1", None, BROWSER), is_recurrent=True),
        integrity_secret="secret",
        three_ds_scenario="challenge_v2",
    )

    assert not {"redirect_url", "is_three_ds", "recurrent", "three_ds_auth_type"} & set(usual)
    assert there["customer_data"]["browser_info"] == BROWSER
    assert (there["is_three_ds"], there["recurrent"]) == (True, True)
    assert there["three_ds_auth_type"] == "challenge_v2"


def test_nothing_that_is_spent_is_written_when_it_is_shown() -> None:
    spent = Spent("tok_1", Acceptance("eyJ1", "eyJ2"), BROWSER)

    shown = repr(order(Method.CARD, spent=spent)) + repr(spent) + repr(Means(None, DETAILS))

    told = ("tok_1", "eyJ1", "eyJ2", "900123456", "3991111111", "ana@", "3001112233")
    assert not [secret for secret in told if secret in shown]


def refused(**messages: Any) -> dict[str, Any]:
    return {"error": {"type": "INPUT_VALIDATION_ERROR", "messages": messages}}


@pytest.mark.parametrize(("row", "expected"), sorted(REFUSALS.items()))
def test_each_field_that_wompi_names_has_its_refusal(row: str, expected: Any) -> None:
    name = f"{row}full_name" if row.endswith(".") else row
    said = refusal_from(refused(**{name: ["La referencia ya ha sido usada"]}))

    assert type(said) is expected
    assert CATALOGUE[said.code] is expected
    assert said.detail
    assert complained_of(refused(**{name: ["x"]})) == [name]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (refused(payment_method={"token": ["No existe"]}), errors.CardTokenUsed),
        (refused(signature=["La firma es inválida"]), errors.RefusedByGateway),
        (refused(reference=["Formato inválido"]), errors.RefusedByGateway),
        (refused(), errors.RefusedByGateway),
        ({"error": {"type": "UNPROCESSABLE", "messages": "x"}}, errors.RefusedByGateway),
        ({"error": "x"}, errors.RefusedByGateway),
        (["x"], errors.RefusedByGateway),
        (None, errors.RefusedByGateway),
    ],
)
def test_whatever_else_wompi_says_is_a_refusal_too(told: Any, expected: Any) -> None:
    assert type(refusal_from(told)) is expected


def transaction(kind: str, **extra: Any) -> dict[str, Any]:
    return {"payment_method_type": kind, "payment_method": {"type": kind, "extra": extra}}


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
def test_only_an_address_of_a_page_becomes_a_link(address: str) -> None:
    assert next_step_from(transaction("PSE", async_payment_url=address)) is None


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"payment_method": None},
        {"payment_method": {"extra": None}},
        {"payment_method": {"extra": "x"}},
        transaction("PSE"),
    ],
)
def test_while_the_gateway_says_nothing_there_is_no_next_step(row: dict[str, Any]) -> None:
    assert next_step_from(row) is None


def test_a_challenge_is_unescaped_and_every_other_step_waits() -> None:
    page = '<iframe src="https://banco.example/3ds?a=1&b=2"></iframe>'
    asked = {"current_step": "CHALLENGE", "current_step_status": "PENDING"}
    auth = asked | {"three_ds_method_data": html.escape(page)}

    challenge = next_step_from(transaction("CARD", three_ds_auth=auth))
    other = next_step_from(
        transaction("CARD", three_ds_auth=auth | {"current_step": "FINGERPRINT"})
    )

    assert challenge is not None
    assert (challenge.kind, challenge.html) == (Step.CHALLENGE, page)
    assert other is not None
    assert (other.kind, other.html) == (Step.WAIT, "")


@pytest.mark.parametrize(
    ("row", "brand", "last_four"),
    [
        (
            {
                "type": "CARD",
                "public_data": {"brand": "VISA", "last_four": "4242", "bin": "424242"},
            },
            "VISA",
            "4242",
        ),
        ({"type": "NEQUI", "public_data": {"phone_number": "3991111111"}}, "NEQUI", "1111"),
        ({"type": "CARD", "public_data": None}, "CARD", ""),
    ],
)
def test_of_a_source_only_brand_and_last_digits_are_read(
    row: dict[str, Any], brand: str, last_four: str
) -> None:
    kept = source_from({"id": 77, "status": "AVAILABLE", **row})

    assert (kept.id, kept.status) == ("77", SourceStatus.AVAILABLE)
    assert (kept.brand, kept.last_four) == (brand, last_four)
    assert "77" not in repr(kept).replace("SourceStatus", "")


def test_cards_that_look_alike_are_told_apart() -> None:
    def identity(**public: str) -> str:
        return source_from(
            {"id": 1, "type": "CARD", "status": "AVAILABLE", "public_data": public}
        ).identity

    one = identity(bin="424242", last_four="4242", exp_month="08", exp_year="29")
    holder = identity(
        bin="424242", last_four="4242", exp_month="08", exp_year="29", card_holder="ANA"
    )
    renewed = identity(bin="424242", last_four="4242", exp_month="08", exp_year="34")

    assert one == holder
    assert one != renewed
    assert identity() == "id|1"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("PENDING", (False, False)),
        ("APPROVED", (True, False)),
        ("DECLINED", (False, True)),
        ("ERROR", (False, True)),
    ],
)
def test_what_the_owner_of_a_wallet_said(status: str, expected: tuple[bool, bool]) -> None:
    token = nequi_token_from({"id": "nequi_1", "status": status})

    assert (token.is_approved, token.is_declined) == expected
    assert "nequi_1" not in repr(token)
