"""What people are told about their money."""

from django.utils import timezone

from core.events import subscribe
from finances.domain.refunds import Destination
from finances.domain.subscriptions import MONTH, PLAN_CHANGE, EndReason, Happened
from finances.events import (
    BooksDiffer,
    CreditAdjusted,
    CreditEnding,
    PaymentCredited,
    PaymentDeclined,
    PayoutEnded,
    RefundBecameCredit,
    RefundDone,
    SubscriptionChanged,
    VoucherGiven,
)
from finances.registry import find_earner, payable_for
from finances.steps.memberships import end_membership, show_membership
from notifications.steps.delivery import notify
from users.events import AccountClosed, PersonBanned
from users.selectors.people import is_banned, is_closed, list_administrators
from users.steps.locks import lock_person


@subscribe(PaymentDeclined, name="finances.tell-payment-declined")
def tell_payment_declined(event: PaymentDeclined) -> None:
    """Worth knowing only while another try is possible. Memberships tell of theirs themselves."""
    if event.payable_kind in {MONTH, PLAN_CHANGE}:
        return
    notify(
        person_id=event.client_id,
        template="payment_declined",
        facts={
            "amount": str(event.amount),
            "currency": event.currency,
            "service": payable_for(event.payable_kind).describe(payable_id=event.payable_id),
        },
        event_id=event.event_id,
        valid_until=event.expires_at,
    )


@subscribe(PaymentCredited, name="finances.tell-payment-credited")
def tell_payment_credited(event: PaymentCredited) -> None:
    """Money that came too late is not lost, and its owner hears so."""
    notify(
        person_id=event.client_id,
        template="payment_credited",
        facts={
            "amount": str(event.amount),
            "currency": event.currency,
            "reason": event.reason,
        },
        event_id=event.event_id,
    )


@subscribe(CreditEnding, name="finances.tell-credit-ending")
def tell_credit_ending(event: CreditEnding) -> None:
    """Worth knowing only while the credit can be spent."""
    notify(
        person_id=event.client_id,
        template="credit_ending",
        facts={
            "amount": str(event.amount),
            "currency": event.currency,
            "last_day": event.last_day.isoformat(),
        },
        event_id=event.event_id,
        valid_until=event.expires_at,
    )


@subscribe(CreditAdjusted, name="finances.tell-credit-adjusted")
def tell_credit_adjusted(event: CreditAdjusted) -> None:
    """Credit that comes or goes by hand is never a surprise."""
    notify(
        person_id=event.client_id,
        template="credit_given" if event.amount > 0 else "credit_taken",
        facts={
            "amount": str(abs(event.amount)),
            "currency": event.currency,
            "reason": event.reason,
        },
        event_id=event.event_id,
    )


@subscribe(VoucherGiven, name="finances.tell-voucher-given")
def tell_voucher_given(event: VoucherGiven) -> None:
    """A present nobody knows of is none."""
    notify(
        person_id=event.client_id,
        template="voucher_given",
        facts={
            "service": event.service,
            "code": event.code,
            "last_day": event.last_day.isoformat(),
            "reason": event.reason,
        },
        event_id=event.event_id,
    )


# How the money went, in the middle of a sentence.
WAYS = {
    Destination.GATEWAY: "al medio de pago con el que pagaste",
    Destination.CREDIT: "como saldo a favor en tu cuenta",
    Destination.BANK: "a tu cuenta bancaria",
    Destination.CASH: "en efectivo",
}


@subscribe(RefundDone, name="finances.tell-refund-done")
def tell_refund_done(event: RefundDone) -> None:
    """Money that is on its way is looked for."""
    notify(
        person_id=event.client_id,
        template="refund_done",
        facts={
            "amount": str(event.amount),
            "currency": event.currency,
            "reason": event.reason,
            "way": WAYS[Destination(event.destination)],
        },
        event_id=event.event_id,
    )


@subscribe(RefundBecameCredit, name="finances.tell-refund-became-credit")
def tell_refund_became_credit(event: RefundBecameCredit) -> None:
    """Money that could not go back is not lost, and its owner hears so."""
    came_back = event.destination == Destination.BANK
    notify(
        person_id=event.client_id,
        template="refund_came_back" if came_back else "refund_became_credit",
        facts={
            "amount": str(event.amount),
            "currency": event.currency,
            "reason": event.reason,
        },
        event_id=event.event_id,
    )


@subscribe(PayoutEnded, name="finances.tell-payout-ended")
def tell_payout_ended(event: PayoutEnded) -> None:
    """Who earned it hears of it, if they have an account here."""
    person_id = find_earner(party=event.party)
    if person_id is None:
        return
    notify(
        person_id=person_id,
        template="payout_paid" if event.is_paid else "payout_failed",
        facts={
            "amount": str(event.amount),
            "currency": event.currency,
            "account": event.account,
        },
        event_id=event.event_id,
    )


# Of what the member is told, in which words; the log keeps the rest.
MEMBERSHIP_TEMPLATES = {
    Happened.STARTED: "subscription_paid",
    Happened.RENEWED: "subscription_paid",
    Happened.RECOVERED: "subscription_paid",
    Happened.DECLINED: "subscription_declined",
    Happened.PAST_DUE: "subscription_past_due",
    Happened.CANCELLED: "subscription_cancelled",
    Happened.REACTIVATED: "subscription_reactivated",
    Happened.PLAN_CHANGED: "subscription_plan_changed",
    Happened.ENDED: "subscription_ended",
}


@subscribe(SubscriptionChanged, name="finances.tell-subscription-changed")
def tell_subscription_changed(event: SubscriptionChanged) -> None:
    """A member is never charged, refused or sent away in silence."""
    template = MEMBERSHIP_TEMPLATES.get(Happened(event.what))
    if template is None:
        return
    notify(
        person_id=event.client_id,
        template=template,
        facts={
            "amount": str(event.amount),
            "currency": event.currency,
            "plan": event.plan,
            "last_day": event.until.isoformat(),
        },
        event_id=event.event_id,
    )


@subscribe(SubscriptionChanged, name="finances.show-membership")
def show_membership_of_member(event: SubscriptionChanged) -> None:
    """VIP is who has a membership at this moment, whatever the event said (USERS-13)."""
    show_membership(client_id=event.client_id, now=timezone.now())


@subscribe(PersonBanned, name="finances.end-membership", locks=True)
def end_membership_of_banned(event: PersonBanned) -> None:
    """Nobody who may not come is charged, unless they are welcome again by now (USERS-10)."""
    lock_person(person_id=event.person_id)
    if is_banned(person_id=event.person_id):
        why = EndReason.BANNED
        end_membership(client_id=event.person_id, why=why, actor_id=None, now=event.at)


@subscribe(AccountClosed, name="finances.end-membership-of-closed", locks=True)
def end_membership_of_closed(event: AccountClosed) -> None:
    """Nobody is charged whose account is closed, unless it is open again by now."""
    lock_person(person_id=event.person_id)
    if is_closed(person_id=event.person_id):
        why = EndReason.CLOSED
        end_membership(client_id=event.person_id, why=why, actor_id=event.by_id, now=event.at)


@subscribe(BooksDiffer, name="finances.tell-books-differ")
def tell_books_differ(event: BooksDiffer) -> None:
    """Whoever administers the studio sees to it in the morning."""
    for person_id in list_administrators():
        notify(
            person_id=person_id,
            template="books_differ",
            facts={"last_day": event.day.isoformat(), "count": str(event.count)},
            event_id=event.event_id,
        )
