"""What an attempt can end in, and what follows from it. Pure, so every case is a row of a test."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from uuid import UUID

from notifications.domain.statuses import Channel, DeliveryStatus, next_channel

LONGEST_WAIT = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)

UNAVAILABLE = "provider_unavailable"
GAVE_UP = "gave_up"
EXPIRED = "moment_passed"
UNREADABLE = "cannot_be_rendered"
NO_ANSWER = "no_answer"
NOBODY = "nobodys_phone"
# No country has this prefix (ITU-T E.164), and no account gets such a number by signing up: it is
# for accounts that are nobody's, as those of `manage.py prove`.
NOBODYS_PHONES = "+999"


class Verdict(Enum):
    """What a provider's refusal asks for."""

    RETRY = "retry"
    FALL_BACK = "fall back"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Reference:
    """Which try of which delivery. It travels with the message and comes back in its statuses."""

    delivery_id: UUID
    attempt: int

    def __str__(self) -> str:
        return f"{self.delivery_id}.{self.attempt}"

    @classmethod
    def parse(cls, text: str) -> "Reference | None":
        """What `str` wrote; `None` for anything else."""
        delivery_id, _, attempt = text.partition(".")
        try:
            return cls(UUID(delivery_id), int(attempt))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message; accepted is not delivered."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider surely did not take it. `needs_us`: only people of ours can mend the cause."""

    code: str
    verdict: Verdict
    needs_us: bool = False


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The request never left: the breaker is open or nobody listens."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request left and no answer came: it may have been sent."""


@dataclass(frozen=True, slots=True)
class Pointless:
    """The number is nobody's: no provider was asked."""


Outcome = Accepted | Refused | Unavailable | Unknown | Pointless


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What a provider tells of one message later on; `refusal` explains a failure."""

    reference: Reference | None
    provider_id: str
    status: DeliveryStatus
    refusal: Refused | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The business numbers (`MessagingSettings`)."""

    status_grace: timedelta
    max_failures: int
    tries_before_fallback: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """The delivery as it was claimed: `tries` counts this one, `failures` the earlier refusals."""

    channel: Channel
    tries: int
    failures: int
    is_critical: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the delivery. `pause`: until it is looked at again."""

    status: DeliveryStatus
    reason: str = ""
    pause: timedelta = timedelta()
    counts_as_failure: bool = False
    falls_back: bool = False
    alerts: bool = False


def decide(outcome: Outcome, attempt: Attempt, rules: Rules) -> Decision:
    """The consequence of an attempt."""
    match outcome:
        case Accepted():
            return Decision(DeliveryStatus.SENT)
        case Unknown():
            return Decision(DeliveryStatus.UNKNOWN, NO_ANSWER, rules.status_grace)
        case Unavailable():
            return _after_absence(attempt, rules)
        case Pointless():
            return Decision(DeliveryStatus.DROPPED, NOBODY)
        case Refused():
            return _after_refusal(outcome, attempt, rules)


def _after_absence(attempt: Attempt, rules: Rules) -> Decision:
    """A provider that is away is waited for, however long; a critical message goes around it."""
    if _can_go_around(attempt) and attempt.tries >= rules.tries_before_fallback:
        return Decision(DeliveryStatus.FAILED, UNAVAILABLE, falls_back=True)
    pause = min(pause_after(attempt.tries), LONGEST_WAIT)
    return Decision(DeliveryStatus.QUEUED, UNAVAILABLE, pause)


def _after_refusal(refusal: Refused, attempt: Attempt, rules: Rules) -> Decision:
    if refusal.verdict is not Verdict.RETRY:
        falls_back = refusal.verdict is Verdict.FALL_BACK
        return Decision(
            DeliveryStatus.FAILED, refusal.code, falls_back=falls_back, alerts=refusal.needs_us
        )
    failures = attempt.failures + 1
    if failures >= patience(attempt, rules):
        return give_up()
    return Decision(
        DeliveryStatus.QUEUED, refusal.code, pause_after(failures), counts_as_failure=True
    )


def patience(attempt: Attempt, rules: Rules) -> int:
    """After how many failures the channel is given up."""
    if _can_go_around(attempt):
        return min(rules.tries_before_fallback, rules.max_failures)
    return rules.max_failures


def _can_go_around(attempt: Attempt) -> bool:
    return attempt.is_critical and next_channel(attempt.channel) is not None


def give_up() -> Decision:
    """The dead letter: the next channel, if there is one, and somebody is told."""
    return Decision(DeliveryStatus.FAILED, GAVE_UP, falls_back=True, alerts=True)


def pause_after(times: int) -> timedelta:
    """How long to wait after the nth time: 2ⁿ seconds, at most an hour (house-style 3.6.9)."""
    return min(timedelta(seconds=2 ** min(times, 12)), LONGEST_PAUSE)
