"""What one kind of message is made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of message. Texts name the words that `_words` makes of the facts."""

    code: str
    facts: frozenset[str]
    title: str
    body: str
    sms: str
    whatsapp_parameters: tuple[str, ...]
    # A critical message takes the next channel when its own stays away; others wait for it.
    is_critical: bool
