"""What `POST /{phone_number_id}/messages` refuses (sections A1 and A7)."""

import re
from collections.abc import Iterable

from sandbox.bodies import JsonObject
from sandbox.phones import digits
from sandbox.whatsapp.errors import GraphError

ROOT_FIELDS = {
    "messaging_product",
    "recipient_type",
    "to",
    "type",
    "text",
    "template",
    "context",
    "biz_opaque_callback_data",
}
TEXT_FIELDS = {"body", "preview_url"}
TEMPLATE_FIELDS = {"name", "language", "components"}
OTHER_TYPES = {
    "interactive",
    "image",
    "document",
    "audio",
    "video",
    "sticker",
    "location",
    "contacts",
    "reaction",
}
LONGEST_TEXT = 4096
LONGEST_CALLBACK_DATA = 512
PHONE = re.compile(r"\+?[\d\s().-]+")


def check_envelope(body: JsonObject) -> str:
    """The fields around the content are right; returns the digits of the recipient.

    Raises `GraphError` 100, 131009 or 131051.
    """
    refuse_unknown(body, ROOT_FIELDS, "the request")
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required and must be whatsapp")
    if body.get("recipient_type", "individual") != "individual":
        raise GraphError(100, "Param recipient_type must be individual")
    data = body.get("biz_opaque_callback_data", "")
    if not isinstance(data, str) or len(data) > LONGEST_CALLBACK_DATA:
        raise GraphError(100, f"biz_opaque_callback_data: at most {LONGEST_CALLBACK_DATA}")
    _check_type(body.get("type", "text"))
    return _recipient(body.get("to"))


def _check_type(kind: object) -> None:
    if kind in OTHER_TYPES:
        raise GraphError(131051, f"This sandbox plays text and template messages, not {kind}")
    if kind not in {"text", "template"}:
        raise GraphError(100, "Param type must be one of {TEXT, TEMPLATE, INTERACTIVE, IMAGE, …}")


def _recipient(number: object) -> str:
    if not number:
        raise GraphError(100, "The parameter to is required.")
    plain = digits(number) if isinstance(number, str) else ""
    if not isinstance(number, str) or not PHONE.fullmatch(number) or not 8 <= len(plain) <= 15:
        raise GraphError(131009, "to: not a phone number with its country code")
    return plain


def check_text(given: object) -> str:
    """The body of a text message.

    Raises `GraphError` 100 or 131008.
    """
    if not isinstance(given, dict) or not isinstance(given.get("body"), str) or not given["body"]:
        raise GraphError(131008, "text.body is required")
    refuse_unknown(given, TEXT_FIELDS, "text")
    body: str = given["body"]
    if len(body) > LONGEST_TEXT:
        raise GraphError(100, f"Param text['body'] must be at most {LONGEST_TEXT} characters long.")
    return body


def check_template(given: object) -> JsonObject:
    """The template object, with only fields that Meta knows.

    Raises `GraphError` 100 or 131008.
    """
    if not isinstance(given, dict):
        raise GraphError(131008, "template is required")
    refuse_unknown(given, TEMPLATE_FIELDS, "template")
    return given


def refuse_unknown(given: JsonObject, known: Iterable[str], place: str) -> None:
    """Meta refuses fields it does not know.

    Raises `GraphError` 100.
    """
    for name in given:
        if name not in known:
            raise GraphError(100, f'Unexpected key "{name}" on {place}')
