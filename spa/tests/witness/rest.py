"""The end of every story: faults are gone, everything due is done, and the books are compared."""

import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

from core.errors import DomainError
from finances.domain.reconciliation import DAYS_BACK, Way
from finances.domain.statuses import Status
from finances.models import Difference
from finances.selectors.ledger import verify
from finances.services.differences import approve_resolution, resolve_difference
from spa.tests.machine.census import fingerprint
from spa.tests.witness.bank import FarBank, holds
from spa.tests.witness.giving_back import GivingBack
from spa.tests.witness.ground import Ground
from spa.tests.witness.truths import rows

# How long everybody waits for what is due, in minutes from one look at it to the next.
WAITS = [12, 150, 51 * 60, 90, 90, 90]
# What begins nothing new: at last only this is done.
ENDING = ["events", "charges", "refunds", "refunds in doubt", "payouts"]
# And for how many days at most nights are waited for.
LATEST = 42

OURS = """
SELECT key, currency, sum(amount) FROM (
    SELECT attempt.gateway_id AS key, entry.currency, entry.amount
      FROM finances_ledgerentry AS entry
      JOIN finances_ledgertransaction AS movement ON movement.id = entry.transaction_id
      JOIN finances_paymentattempt AS attempt ON attempt.id = movement.attempt_id
     WHERE entry.account_id = 'gateway_clearing'
     UNION ALL
    SELECT attempt.gateway_id, entry.currency, entry.amount FROM finances_ledgerentry AS entry
      JOIN finances_ledgertransaction AS movement ON movement.id = entry.transaction_id
      JOIN finances_refund AS refund ON refund.id = movement.cause_id
      JOIN finances_paymentattempt AS attempt ON attempt.id = refund.attempt_id
     WHERE entry.account_id = 'gateway_clearing' AND movement.cause_kind = 'finances.refund'
     UNION ALL
    SELECT CASE difference.subject WHEN 'payment' THEN difference.thing ELSE
           coalesce(difference.theirs ->> 'belongs_to', difference.ours ->> 'belongs_to') END,
           entry.currency, entry.amount FROM finances_ledgerentry AS entry
      JOIN finances_ledgertransaction AS movement ON movement.id = entry.transaction_id
      JOIN finances_difference AS difference ON difference.id = movement.cause_id
     WHERE entry.account_id = 'gateway_clearing' AND movement.cause_kind = 'finances.difference'
    ) AS moved GROUP BY 1, 2
"""
STANDING = "SELECT gateway_id FROM finances_paymentattempt WHERE status = 'approved'"
ALL_OF_IT = """
SELECT currency, sum(amount) FROM finances_ledgerentry
 WHERE account_id = 'gateway_clearing' GROUP BY 1
"""
DIFFERING = """
SELECT CASE subject WHEN 'payment' THEN thing ELSE
       coalesce(theirs ->> 'belongs_to', ours ->> 'belongs_to') END, currency, sum(amount)
  FROM finances_difference
 WHERE state IN ('open', 'assigned', 'proposed') AND subject <> 'payout' GROUP BY 1, 2
"""
# What only a person can explain: other money than was owed, refunds nobody here asked for, and
# what a person resolved before the provider changed its mind.
UNEXPLAINED = """
SELECT difference.subject, difference.kind, difference.thing, difference.theirs, difference.ours
  FROM finances_difference AS difference
  LEFT JOIN finances_payment AS payment
    ON payment.reference = split_part(difference.theirs ->> 'reference', '_', 1)
 WHERE difference.state IN ('open', 'assigned', 'proposed') AND NOT (
       difference.subject = 'payment'
       AND (payment.amount <> (difference.theirs ->> 'amount')::numeric
            OR payment.currency <> difference.theirs ->> 'currency'
            OR payment.status = 'flagged')
    OR difference.subject = 'refund' AND difference.thing LIKE '#%'
    OR EXISTS (SELECT FROM finances_difference AS resolved
                WHERE resolved.state = 'resolved' AND difference.thing IN (
                      resolved.thing, resolved.theirs ->> 'belongs_to')))
"""
PAID_OUT = """
SELECT line.reference, -sum(entry.amount) FROM finances_payoutline AS line
  JOIN finances_ledgertransaction AS movement
    ON movement.cause_kind = 'finances.payout_line' AND movement.cause_id = line.id
  JOIN finances_ledgerentry AS entry
    ON entry.transaction_id = movement.id AND entry.account_id = 'bank'
 GROUP BY 1
"""
STUCK = {
    "payments that nobody asks about": """
SELECT reference, status, next_poll_at FROM finances_payment
 WHERE status IN ('pending', 'declined', 'error')
""",
    "charges": """
SELECT reference, status, next_look_at FROM finances_charge
 WHERE status IN ('sending', 'sent', 'unknown', 'found')
""",
    "refunds": """
SELECT reference, state, sends FROM finances_refund AS refund
 WHERE state IN ('queued', 'sending', 'unknown') AND NOT (
       state = 'unknown' AND next_look_at IS NULL AND EXISTS (
           SELECT FROM core_auditentry WHERE action = 'finances.refund.waits'
              AND subject_id = refund.id::text))
""",
    "batches": """
SELECT reference, status, next_look_at FROM finances_payout
 WHERE status NOT IN ('finished', 'rejected')
""",
    "lines": "SELECT reference FROM finances_payoutline WHERE status = 'pending'",
    "flagged lines": "SELECT reference FROM finances_payoutline WHERE flagged_at IS NOT NULL",
    "kept ways to pay": """
SELECT id, status FROM finances_paymentsource
 WHERE status IN ('awaiting', 'creating', 'pending', 'voiding')
""",
    "events": "SELECT id, last_error FROM core_inboxmessage WHERE status = 'PENDING'",
    "holds": "SELECT id FROM spa_appointment WHERE status = 'pending_payment'",
    "packages": """
SELECT id, pay_until FROM spa_clientpackage
 WHERE status = 'pending_payment' AND pay_until IS NOT NULL
""",
    "credit set aside": """
SELECT payable_kind, payable_id FROM finances_credituse AS used
 WHERE state = 'reserved' AND NOT EXISTS (
       SELECT FROM finances_refund WHERE id = used.payable_id AND state = 'requested')
""",
    "vouchers set aside": "SELECT id FROM finances_voucheruse WHERE state = 'reserved'",
}


class Rest(GivingBack):
    """Compares the two sides when nothing is under way any more."""

    def teardown(self) -> None:
        """Unless something was wrong before, or Hypothesis has seen enough of this example."""
        try:
            if hasattr(self, "savepoint") and sys.exc_info()[0] is None:
                self.come_to_rest()
        finally:
            super().teardown()

    def come_to_rest(self) -> None:
        """What is on its way is lost; everything else is waited for."""
        # Steps are done: what follows is looked at as a whole.
        self.is_busy = True
        self.far.heal()
        # Hardly any batch is sent before: the answer about the next one is lost.
        self.far.fail("payouts", "lost_answer", "/payouts/v1/payouts", "POST", next=1)
        for number, minutes in enumerate(WAITS):
            self._end_what_is_pending()
            self.go_to(self.now + timedelta(minutes=minutes))
            for name in [*self.tasks] if number < 3 else ENDING:
                if name != "nights":
                    self.tasks[name](self)
        self.tasks["nights"](self)
        self._see_to_differences()
        self.go_to(self.now + timedelta(days=1))
        self.tasks["nights"](self)
        self.far.look()
        self._wait_for_later_nights()
        self._deliver()
        self.memory.trace = fingerprint()
        for truth in [*self.truths, *AGREEMENTS]:
            truth(self)

    def _see_to_differences(self) -> None:
        """Of those that wait for somebody every other one is the studio's gain or loss."""
        words: dict[str, Any] = {"way": Way.DIFFERENCES, "note": "visto", "client_id": None}
        for difference in self.differing()[::2]:
            mine = {"difference_id": difference.pk, "now": self.now}
            with suppress(DomainError):
                resolve_difference(actor_id=self.desk, **mine, **words)
                if Difference.objects.get(pk=difference.pk).state == "proposed":
                    approve_resolution(actor_id=self.studio.admin.pk, **mine)

    def _wait_for_later_nights(self) -> None:
        """What a bank took back and nobody was told of is found at the next age of its payment."""
        for _ in range(LATEST // DAYS_BACK):
            taken = {key for key, seen in self.far.books.items() if seen.status is Status.VOIDED}
            if taken.isdisjoint(key for (key,) in rows(STANDING)):
                return
            self.go_to(self.now + timedelta(days=DAYS_BACK))
            self.tasks["nights"](self)

    def _end_what_is_pending(self) -> None:
        """Every other one well; nobody is told."""
        far = self.far
        far.look()
        pending = [seen for seen in far.books.values() if seen.status is Status.PENDING]
        for number, seen in enumerate(pending):
            outcome = Status.DECLINED if number % 2 else Status.APPROVED
            far.sandbox.pay(seen.reference, outcome.name)
        for number, reference in enumerate([*far.unpaid_lines()]):
            is_bad = (number + int(self.now.timestamp())) % 2 == 0
            far.end_batch(reference, "FAILED" if is_bad else "APPROVED")


def each_transaction_is_in_the_books_once(world: Ground) -> None:
    """What the gateway holds of it is what the ledger says, and what waits for somebody."""
    ours: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for key, currency, amount in [*rows(OURS), *rows(DIFFERING)]:
        ours[key, currency] += amount
    _agree(_some(ours), _some(holds(world.far)))


def gateway_clearing_is_what_the_gateway_holds(world: Ground) -> None:
    """As a whole, so that no entry of it is about nothing the gateway knows."""
    ours: dict[str, Decimal] = defaultdict(Decimal, rows(ALL_OF_IT))
    for _key, currency, amount in rows(DIFFERING):
        ours[currency] += amount
    theirs: dict[str, Decimal] = defaultdict(Decimal)
    for (_key, currency), amount in holds(world.far).items():
        theirs[currency] += amount
    _agree(_some(ours), _some(theirs))


def what_waits_for_somebody_only_a_person_can_explain(world: Ground) -> None:
    assert rows(UNEXPLAINED) == [], rows(UNEXPLAINED)


def each_bank_payment_was_made_once(world: Ground) -> None:
    """Line by line; and no batch was taken twice."""
    batches = [batch for batch in world.far.payouts.values() if batch["status"] != "REJECTED"]
    references = [batch["reference"] for batch in batches]
    assert len(references) == len(set(references)), references
    _agree(dict(rows(PAID_OUT)), _paid_there(world.far))


def _paid_there(bank: FarBank) -> dict[str, Decimal]:
    lines = [line for batch in bank.payouts.values() for line in batch["transactions"]]
    return {
        line["reference"]: Decimal(line["amountInCents"]) / 100
        for line in lines
        if line["status"] == "APPROVED"
    }


def nothing_is_stuck(world: Ground) -> None:
    stuck = [(what, found) for what, query in STUCK.items() if (found := rows(query))]
    assert stuck == [], stuck


def the_books_find_nothing_wrong_with_themselves(world: Ground) -> None:
    wrong = [finding.text for finding in verify() if not finding.is_explained]
    assert wrong == [], wrong


def _some(amounts: dict[Any, Decimal]) -> dict[Any, Decimal]:
    return {key: amount for key, amount in amounts.items() if amount}


def _agree(ours: Any, theirs: Any) -> None:
    assert ours == theirs, f"here {ours}, there {theirs}"


AGREEMENTS: list[Callable[[Ground], None]] = [
    each_transaction_is_in_the_books_once,
    gateway_clearing_is_what_the_gateway_holds,
    what_waits_for_somebody_only_a_person_can_explain,
    each_bank_payment_was_made_once,
    nothing_is_stuck,
    the_books_find_nothing_wrong_with_themselves,
]
