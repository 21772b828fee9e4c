"""Structured logs: one JSON object a line, with request ids, without personal data (CORE-04)."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

SECRET_NAMES = re.compile(
    r"password|secret|token|authorization|signature|^code$|otp|refresh|access$", re.IGNORECASE
)
# With the country's code, and a mobile phone of ours without it, as wallets are named.
PHONE = re.compile(r"\+\d{6,13}(?=\d{2})|\b57\d{8}(?=\d{2}\b)|(?<![\w.-])3\d{7}(?=\d{2}(?![\w-]))")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
# What signs somebody in, and what the gateway names cards, wallets and ourselves by.
TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+|\b(?:tok|nequi|prv)_\w{6,}")
CARD = re.compile(r"(?<![\w.-])(?:\d{13,19}|\d{4}(?:[ -]\d{4}){3})(?![\w.-])")

Values = MutableMapping[str, Any]


def mask_text(text: str) -> str:
    """`text` without whole phone numbers, e-mail addresses, numbers of cards or tokens."""
    text = TOKEN.sub("[token]", CARD.sub("[number]", text))
    return EMAIL.sub("[e-mail]", PHONE.sub("+***", text))


def mask(logger: Any, method: str, values: Values) -> Values:
    """A structlog processor: secrets by name are hidden, what looks personal is masked."""
    return {name: _masked(name, value) for name, value in values.items()}


def _masked(name: str, value: Any) -> Any:
    if SECRET_NAMES.search(name):
        return "[hidden]"
    if isinstance(value, bool | int | float | None):
        return value
    if isinstance(value, dict):
        return {key: _masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(name, item) for item in value]
    # Whatever else it is, it would be written as its text, which may tell of a person.
    return mask_text(str(value))


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.ExtraAdder(),
]


def formatter() -> logging.Formatter:
    """The formatter of every handler: structlog's and the standard library's records alike."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            mask,
            structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
        ],
    )


def configure_structlog() -> None:
    """Send structlog's own loggers through the standard library's handlers."""
    structlog.configure(
        processors=[
            *SHARED[:-1],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
