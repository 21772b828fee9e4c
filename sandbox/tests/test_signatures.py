"""The vectors of the providers' pages."""

from sandbox.twilio.auth import signature as twilio_signature
from sandbox.whatsapp.notices import signature as hub_signature
from sandbox.wompi.signatures import EVENT_PROPERTIES, event_checksum, integrity


def test_the_integrity_signature_of_an_order_is_wompis() -> None:
    signed = integrity(
        reference="CITA-2026-000415",
        amount_in_cents=15_000_000,
        currency="COP",
        secret="test_integrity_EXAMPLEsecret01",
    )

    assert signed == "c1dcad63cccfaef43202f161d9ec308d763192353835a8c6b8531cd529a2b65d"


def test_the_expiration_time_enters_the_integrity_signature_as_it_was_sent() -> None:
    signed = integrity(
        reference="CITA-2026-000415",
        amount_in_cents=15_000_000,
        currency="COP",
        expiration_time="2026-12-01T15:30:00.000Z",
        secret="test_integrity_EXAMPLEsecret01",
    )

    assert signed == "e59885d76313a686bb388bcba8645eb11945f57ca6707fe3fa819e01b49a8dcc"


def test_the_checksum_of_an_event_is_wompis() -> None:
    transaction = {
        "id": "12345-1767225600-54321",
        "status": "APPROVED",
        "amount_in_cents": 15_000_000,
    }

    checksum = event_checksum(
        data={"transaction": transaction},
        properties=EVENT_PROPERTIES,
        timestamp=1767225605,
        secret="test_events_EXAMPLEsecret02",
    )

    assert checksum == "ebecd12651d89829473d42c624ece6688201cfff230502694b1eb88e86b62f88"


def test_the_hub_signature_of_a_body_is_metas() -> None:
    signed = hub_signature(
        b'{"object":"whatsapp_business_account","entry":[]}', "EXAMPLE_APP_SECRET"
    )

    assert signed == "sha256=90821bca869283bb1003405e16966519065e1a927bc320645f612ff2b2fb58c4"


def test_the_signature_of_a_callback_is_twilios() -> None:
    signed = twilio_signature(
        url="https://api.example.com/hooks/twilio/status?tenant=7",
        parameters={
            "To": "whatsapp:+573001112233",
            "MessageStatus": "delivered",
            "MessageSid": "SM00000000000000000000000000000001",
            "From": "whatsapp:+14155238886",
            "AccountSid": "AC00000000000000000000000000000001",
        },
        auth_token="12345EXAMPLEtoken",
    )

    assert signed == "Y74vtFwd518T09H+FpqWL/Ajm/E="
