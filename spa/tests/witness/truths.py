"""What is true of money after every step, by plain SQL that knows no code of ours.

Each query looks for what must not be; constraints that forbid it are looked behind all the same.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection

from finances.domain.statuses import Status
from spa.tests.machine import in_money
from spa.tests.witness.bank import holds

if TYPE_CHECKING:
    from spa.tests.witness.ground import Ground

NOWHERE: Mapping[str, str] = {
    "movements that do not balance": """
SELECT transaction_id, currency, sum(amount) FROM finances_ledgerentry
 GROUP BY 1, 2 HAVING sum(amount) <> 0
""",
    "movements that moved nothing": """
SELECT id FROM finances_ledgertransaction
 WHERE id NOT IN (SELECT transaction_id FROM finances_ledgerentry)
""",
    "lots that are negative, or more than they were": """
SELECT id, remaining, reserved FROM finances_creditlot
 WHERE remaining < 0 OR reserved < 0 OR remaining + reserved > amount
""",
    "people whose credit is not the sum of their lots": """
SELECT person, ours, lots FROM (
    SELECT party AS person, -sum(amount) AS ours FROM finances_ledgerentry
     WHERE account_id = 'client_credit' GROUP BY 1) AS book
  FULL JOIN (
    SELECT client_id AS person, sum(remaining + reserved) AS lots FROM finances_creditlot
     GROUP BY 1) AS lot USING (person)
 WHERE coalesce(ours, 0) <> coalesce(lots, 0)
""",
    "people with less than nothing": """
SELECT party, account_id, sum(amount) FROM finances_ledgerentry
 WHERE account_id IN ('client_credit', 'deferred_packages', 'tips_payable', 'refunds_payable',
                      'payouts_in_transit')
 GROUP BY 1, 2 HAVING sum(amount) > 0
""",
    "credit set aside that no use says": """
SELECT lot.id, lot.reserved, sum(uses.amount) FROM finances_creditlot AS lot
  LEFT JOIN finances_credituse AS uses ON uses.lot_id = lot.id AND uses.state = 'reserved'
 GROUP BY lot.id HAVING lot.reserved <> coalesce(sum(uses.amount), 0)
""",
    "money of one transaction that came or went twice": """
SELECT attempt_id, kind = 'payment_voided', count(*) FROM finances_ledgertransaction
 WHERE attempt_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1
""",
    "approvals that neither entered the books nor contradict their payment": """
SELECT attempt.gateway_id FROM finances_paymentattempt AS attempt
  JOIN finances_payment AS payment ON payment.id = attempt.payment_id
 WHERE attempt.status = 'approved' AND payment.status <> 'flagged'
   AND attempt.amount = payment.amount AND attempt.currency = payment.currency
   AND NOT EXISTS (SELECT FROM finances_ledgertransaction AS movement
                    WHERE movement.attempt_id = attempt.id)
""",
    "money that entered the books and is not what was owed": """
SELECT attempt.gateway_id FROM finances_paymentattempt AS attempt
  JOIN finances_payment AS payment ON payment.id = attempt.payment_id
 WHERE (attempt.amount, attempt.currency) <> (payment.amount, payment.currency)
   AND EXISTS (SELECT FROM finances_ledgertransaction AS movement
                WHERE movement.attempt_id = attempt.id)
""",
    "payments that gave back more than was paid, or other than refunds say": """
SELECT attempt.id, attempt.amount, attempt.refunded FROM finances_paymentattempt AS attempt
  LEFT JOIN finances_refund AS refund ON refund.attempt_id = attempt.id
   AND refund.state <> 'rejected' AND NOT (refund.state = 'failed' AND refund.source = 'credit')
 GROUP BY attempt.id
HAVING attempt.refunded <> coalesce(sum(refund.amount), 0) OR attempt.refunded > attempt.amount
UNION ALL
SELECT paid.id, paid.amount, sum(refund.amount) FROM finances_counterpayment AS paid
  JOIN finances_refund AS refund ON refund.counter_payment_id = paid.id
   AND refund.state <> 'rejected' AND NOT (refund.state = 'failed' AND refund.source = 'credit')
 GROUP BY paid.id HAVING sum(refund.amount) > paid.amount
""",
    "people who are promised other money back than their refunds say": """
SELECT person, owed, said FROM (
    SELECT party AS person, -sum(amount) AS owed FROM finances_ledgerentry
     WHERE account_id = 'refunds_payable' GROUP BY 1) AS book
  FULL JOIN (
    SELECT client_id AS person, sum(amount) AS said FROM finances_refund
     WHERE state IN ('queued', 'sending', 'unknown') AND destination <> 'bank'
     GROUP BY 1) AS refund USING (person)
 WHERE coalesce(owed, 0) <> coalesce(said, 0)
""",
    "bank payments in transit that no line is": """
SELECT party, owed, said FROM (
    SELECT party, -sum(amount) AS owed FROM finances_ledgerentry
     WHERE account_id = 'payouts_in_transit' GROUP BY 1) AS book
  FULL JOIN (
    SELECT party, sum(amount) AS said FROM finances_payoutline
     WHERE status = 'pending' GROUP BY 1) AS line USING (party)
 WHERE coalesce(owed, 0) <> coalesce(said, 0)
""",
    "commissions that no line took, and that are not owed": """
SELECT party, owed, said FROM (
    SELECT party, -sum(amount) AS owed FROM finances_ledgerentry
     WHERE account_id = 'commissions_payable' GROUP BY 1) AS book
  FULL JOIN (
    SELECT party, sum(amount) AS said FROM finances_commission
     WHERE line_id IS NULL GROUP BY 1) AS earned USING (party)
 WHERE coalesce(owed, 0) <> coalesce(said, 0)
""",
    "vouchers that count other uses than there are, or too many": """
SELECT voucher.id, voucher.uses, count(used.id) FROM finances_voucher AS voucher
  LEFT JOIN finances_voucheruse AS used ON used.voucher_id = voucher.id
   AND used.state IN ('reserved', 'used')
 GROUP BY voucher.id HAVING voucher.uses <> count(used.id) OR voucher.uses > voucher.total_limit
""",
    "what is set aside for what is not unpaid any more": """
SELECT used.payable_id FROM finances_voucheruse AS used
  JOIN spa_appointment AS visit ON visit.id = used.payable_id
 WHERE used.state = 'reserved' AND visit.status <> 'pending_payment'
 UNION ALL
SELECT used.payable_id FROM finances_credituse AS used
  JOIN spa_appointment AS visit ON visit.id = used.payable_id
 WHERE used.state = 'reserved' AND visit.status <> 'pending_payment'
 UNION ALL
SELECT used.payable_id FROM finances_voucheruse AS used
  JOIN spa_appointment AS visit ON visit.id = used.payable_id
 WHERE used.state = 'used' AND visit.status IN ('pending_payment', 'expired')
""",
    "visits that cost other than their lines": """
SELECT visit.id, visit.total, sum(item.price - item.discount) FROM spa_appointment AS visit
  JOIN spa_appointmentitem AS item ON item.appointment_id = visit.id
 GROUP BY visit.id
HAVING visit.total <> sum(item.price - item.discount) OR visit.discount <> sum(item.discount)
""",
    "visits that owe other than price - paid - credit": """
SELECT visit.id, visit.total, visit.paid, sum(money.amount) FROM spa_appointment AS visit
  LEFT JOIN (
    SELECT payable_id, amount FROM finances_payment WHERE allocation = 'accepted'
     UNION ALL SELECT payable_id, amount FROM finances_counterpayment
     UNION ALL SELECT payable_id, amount FROM finances_credituse WHERE state = 'used'
    ) AS money ON money.payable_id = visit.id
 WHERE visit.series_id IS NULL AND NOT EXISTS (
       SELECT FROM spa_appointmenttransition AS moved
        WHERE moved.appointment_id = visit.id AND moved.from_status = 'no_show')
 GROUP BY visit.id
HAVING visit.paid <> coalesce(sum(money.amount), 0) OR visit.paid > visit.total
""",
}


def _found_nowhere(what: str, query: str) -> Callable[["Ground"], None]:
    def truth(world: "Ground") -> None:
        found = rows(query)
        assert found == [], f"{what}: {found}"

    truth.__name__ = what.replace(" ", "_")
    return truth


def rows(query: str) -> list[tuple[Any, ...]]:
    """What PostgreSQL answers."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


BOOKED = """
SELECT attempt.gateway_id, entry.currency, sum(entry.amount)
  FROM finances_paymentattempt AS attempt
  JOIN finances_ledgertransaction AS movement
    ON movement.attempt_id = attempt.id AND movement.kind <> 'payment_voided'
  JOIN finances_ledgerentry AS entry
    ON entry.transaction_id = movement.id AND entry.account_id = 'gateway_clearing'
 GROUP BY 1, 2
"""


def nothing_is_booked_that_the_gateway_never_took(world: "Ground") -> None:
    """What we have booked of a transaction, the gateway has, or had, approved, to the peso."""
    took = {Status.APPROVED, Status.VOIDED}
    there = {
        (key, seen.currency): seen.amount
        for key, seen in world.far.books.items()
        if seen.status in took
    }
    for key, currency, amount in rows(BOOKED):
        assert there.get((key, currency)) == amount, key


GIVEN_UP = "SELECT reference FROM finances_charge WHERE status IN ('lost', 'refused')"


def what_is_given_up_the_gateway_does_not_have(world: "Ground") -> None:
    """Otherwise its payer would be asked to pay a second time."""
    there = {seen.reference for seen in world.far.books.values()}
    assert there.isdisjoint(reference for (reference,) in rows(GIVEN_UP))


def nobody_is_given_back_more_than_was_paid(world: "Ground") -> None:
    """By the gateway's own books; and each refund of ours it has made once."""
    assert all(amount >= Decimal(0) for amount in holds(world.far).values())
    made = [row["reference"] for row in world.far.refunds.values() if row["status"] == "APPROVED"]
    ours = [reference for reference in made if reference]
    assert len(ours) == len(set(ours))


TRUTHS: list[Callable[[Any], None]] = [
    *(_found_nowhere(what, query) for what, query in NOWHERE.items()),
    nothing_is_booked_that_the_gateway_never_took,
    what_is_given_up_the_gateway_does_not_have,
    nobody_is_given_back_more_than_was_paid,
    in_money.what_is_held_was_paid_for_what_is_still_to_be,
    in_money.sessions_to_come_are_worth_what_is_deferred,
    in_money.every_peso_of_what_is_over_has_gone_somewhere,
    in_money.nobody_owes_or_has_more_than_the_price,
]
