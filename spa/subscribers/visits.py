"""What clients hear of visits that do not happen, and what a ban leads to (SPA-10, USERS-10)."""

from decimal import Decimal

from core.events import subscribe
from notifications.steps.delivery import notify
from spa.events import (
    AppealRejected,
    AppointmentCancelled,
    AppointmentEvent,
    AppointmentNoShow,
    StrikeEvent,
    StrikeWaived,
)
from spa.steps.strikes import cancel_ahead
from users.events import BanLifted, PersonBanned
from users.selectors.people import is_banned
from users.steps.locks import lock_person


@subscribe(AppointmentCancelled, name="spa.send-visit-cancelled")
def send_visit_cancelled(event: AppointmentCancelled) -> None:
    """Tell the client that the visit will not be, what came back, and whether it counts."""
    if event.part_of is not None:
        return
    if event.is_strike:
        _notify(event, "visit_cancelled_late", event.credit, event.currency)
    else:
        _tell(event, "visit_cancelled", event.credit, event.currency)


@subscribe(AppointmentNoShow, name="spa.send-visit-missed")
def send_visit_missed(event: AppointmentNoShow) -> None:
    """Tell the client that nobody came, and what came back."""
    _tell(event, "visit_missed", event.credit, event.currency)


@subscribe(StrikeWaived, name="spa.send-strike-waived")
def send_strike_waived(event: StrikeWaived) -> None:
    """Tell the client that the visit counts no more."""
    notify(
        person_id=event.client_id,
        template="strike_waived",
        facts=_visit(event),
        event_id=event.event_id,
    )


@subscribe(AppealRejected, name="spa.send-appeal-rejected")
def send_appeal_rejected(event: AppealRejected) -> None:
    """Tell the client that the strike stays, and why."""
    notify(
        person_id=event.client_id,
        template="appeal_rejected",
        facts=_visit(event) | {"reason": event.answer},
        event_id=event.event_id,
    )


@subscribe(PersonBanned, name="spa.cancel-visits-of-banned", locks=True)
def cancel_visits_of_banned(event: PersonBanned) -> None:
    """Cancel what a banned person has ahead, unless they are welcome again by now.

    Too many strikes have cancelled it already; whom somebody bans, nobody else does.
    """
    lock_person(person_id=event.person_id)
    if is_banned(person_id=event.person_id):
        cancel_ahead(client_id=event.person_id, actor_id=None, now=event.at)


@subscribe(PersonBanned, name="spa.send-person-banned")
def send_person_banned(event: PersonBanned) -> None:
    """Tell the person, and that it can be looked at again."""
    notify(
        person_id=event.person_id,
        template="person_banned",
        facts={"reason": event.reason},
        event_id=event.event_id,
    )


@subscribe(BanLifted, name="spa.send-ban-lifted")
def send_ban_lifted(event: BanLifted) -> None:
    """Tell the person."""
    notify(person_id=event.person_id, template="ban_lifted", facts={}, event_id=event.event_id)


def _tell(event: AppointmentEvent, template: str, credit: Decimal, currency: str) -> None:
    """With the credit that came back, if any did."""
    if credit:
        _notify(event, f"{template}_credit", credit, currency)
    else:
        notify(
            person_id=event.client_id,
            template=template,
            facts=_visit(event),
            event_id=event.event_id,
        )


def _notify(event: AppointmentEvent, template: str, credit: Decimal, currency: str) -> None:
    notify(
        person_id=event.client_id,
        template=template,
        facts=_visit(event) | {"amount": str(credit), "currency": currency},
        event_id=event.event_id,
    )


def _visit(event: AppointmentEvent | StrikeEvent) -> dict[str, object]:
    return {
        "service": event.service,
        "starts_at": event.starts_at.isoformat(),
        "timezone": event.timezone,
    }
