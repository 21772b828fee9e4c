"""What is owed is taken into batches, once, and is in transit from then on (FIN-07, NA-30)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.models import AuditEntry
from core.testing import queue, race
from finances import errors
from finances.domain.commissions import DEVELOPER
from finances.domain.payouts import Failure, LineStatus
from finances.models import Commission, Payee, Payout, PayoutLine
from finances.models.payees import PayeeKind
from finances.registry import _paid_back, register_paid_back
from finances.selectors.ledger import verify
from finances.services.payees import register_payee, retire_payee
from finances.services.payouts import pay_out, pay_out_by_the_rules
from finances.steps.payout_refunds import pay_out_refund
from finances.steps.payouts import approve_line, give_line_back
from finances.tests.books import books
from finances.tests.earnings import bank, earn, owe_refund, payee, rules, tip
from users.models import User

NOW = timezone.now()
KIND = "tests.refund"


def stored(admin: User, *payees: Payee) -> list[Payout]:
    ids = [one.pk for one in payees] or None
    return pay_out(payee_ids=ids, actor_id=admin.pk, now=NOW)


def test_commissions_and_tips_are_taken_into_one_line(admin_user: User) -> None:
    ana = payee()
    earned = [earn(ana.party), earn(ana.party, 10_000)]
    tip(ana.party)

    (payout,) = stored(admin_user)

    line = payout.lines.get()
    assert (line.commissions, line.tips, line.amount) == (255_000, 20_000, 275_000)
    assert (payout.status, payout.payment_type, payout.amount) == ("waiting", "PAYROLL", 275_000)
    assert payout.reference.startswith("PSZ-")
    assert line.reference.startswith("LSZ-")
    assert set(line.paid_commissions.all()) == set(earned)
    found = books()
    assert found["payouts_in_transit"] == -275_000
    assert (found["commissions_payable"], found["tips_payable"]) == (0, 0)
    assert verify() == []
    entry = AuditEntry.objects.get(action="finances.payout.stored")
    assert entry.actor_id == admin_user.pk


def test_what_is_on_its_way_is_not_owed_and_what_is_earned_meanwhile_is(admin_user: User) -> None:
    ana = payee()
    earn(ana.party)
    stored(admin_user)
    with pytest.raises(errors.NothingToPayOut):
        stored(admin_user, ana)

    earn(ana.party, 7_000, 100)
    (second,) = stored(admin_user, ana)

    assert second.amount == 7_000
    assert verify() == []


def test_nobody_below_the_threshold_is_paid_unless_named(admin_user: User) -> None:
    ana, developer = payee(), payee(DEVELOPER, kind=PayeeKind.DEVELOPER)
    earn(ana.party, 199_999, 100)
    earn(DEVELOPER, 200_000, 100)

    (payout,) = stored(admin_user)
    assert payout.payment_type == "PROVIDERS"
    assert payout.lines.get().payee == developer
    with pytest.raises(errors.NothingToPayOut):
        stored(admin_user)

    assert stored(admin_user, ana)[0].amount == 199_999


def test_whoever_owes_more_than_they_earned_gets_their_tips(admin_user: User) -> None:
    ana = payee()
    earn(ana.party, -100_000)
    tip(ana.party)

    (payout,) = stored(admin_user, ana)

    assert (payout.amount, payout.lines.get().commissions) == (20_000, 0)
    assert Commission.objects.get().line is None
    assert verify() == []


def test_what_was_taken_back_makes_the_next_payout_smaller(admin_user: User) -> None:
    ana = payee()
    earn(ana.party)
    stored(admin_user)
    earn(ana.party, -100_000)
    earn(ana.party)

    (payout,) = stored(admin_user, ana)

    assert payout.amount == 200_000
    assert verify() == []


def test_a_payee_who_is_not_in_force_or_only_a_client_cannot_be_named(admin_user: User) -> None:
    ana, client = payee(), payee(admin_user.pk, kind=PayeeKind.CLIENT)
    earn(ana.party)
    retire_payee(payee_id=ana.pk, actor_id=admin_user.pk, now=NOW)

    for one in (ana, client):
        with pytest.raises(errors.PayeeUnknown):
            stored(admin_user, one)
    with pytest.raises(errors.PayeeUnknown):
        retire_payee(payee_id=ana.pk, actor_id=admin_user.pk, now=NOW)
    assert not Payout.objects.exists()


def test_a_batch_is_cut_at_what_may_leave_a_day(admin_user: User) -> None:
    rules(payout_limit=500_000)
    for _ in range(3):
        earn(payee().party)

    payouts = stored(admin_user)

    assert [int(payout.amount) for payout in payouts] == [500_000, 250_000]
    assert len({payout.idempotency_key for payout in payouts}) == 2
    assert verify() == []


def test_the_rules_pay_by_themselves_once_a_day_unless_switched_off(db: None) -> None:
    rules(pays_out_by_itself=False)
    ana = payee()
    earn(ana.party)
    assert pay_out_by_the_rules(now=NOW) == 0

    rules(pays_out_by_itself=True)
    runs = [pay_out_by_the_rules(now=NOW)]
    with transaction.atomic():
        line = PayoutLine.objects.get()
        give_line_back(line, LineStatus.FAILED, Failure.NO_FUNDS, now=NOW)
    runs += [pay_out_by_the_rules(now=NOW), pay_out_by_the_rules(now=NOW + timedelta(days=1))]

    assert runs == [1, 0, 1]
    assert Payout.objects.filter(stored_by=None).count() == 2
    assert verify() == []


def test_a_line_that_was_paid_has_left_the_bank(admin_user: User) -> None:
    ana = payee()
    earn(ana.party)
    line = stored(admin_user)[0].lines.get()

    with transaction.atomic():
        approve_line(line, now=NOW)

    found = books()
    assert (found["bank"], found["payouts_in_transit"]) == (-250_000, 0)
    assert verify() == []


def test_a_line_that_failed_is_owed_again_part_by_part(admin_user: User) -> None:
    ana = payee()
    earn(ana.party)
    tip(ana.party)
    before = books()
    line = stored(admin_user)[0].lines.get()

    with transaction.atomic():
        give_line_back(line, LineStatus.FAILED, Failure.BANK, detail="D07", now=NOW)

    assert {account: amount for account, amount in books().items() if amount} == before
    assert verify() == []
    assert stored(admin_user)[0].amount == 270_000


@pytest.fixture
def told() -> list[tuple[UUID, bool]]:
    """What whoever asked for a refund was told."""
    found: list[tuple[UUID, bool]] = []

    def tell(*, cause_id: UUID, is_paid: bool, now: object) -> None:
        found.append((cause_id, is_paid))

    register_paid_back(KIND, tell)
    yield found
    _paid_back.pop(KIND)


def test_a_refund_goes_to_the_clients_bank_once_and_says_how_it_ended(
    client_user: User, admin_user: User, told: list[tuple[UUID, bool]]
) -> None:
    cause = uuid4()
    owe_refund(client_user.pk, 80_000, cause)
    send = partial(
        pay_out_refund,
        client_id=client_user.pk,
        amount=Decimal(80_000),
        currency="COP",
        cause_kind=KIND,
        cause_id=cause,
        actor_id=admin_user.pk,
        now=NOW,
    )
    with transaction.atomic(), pytest.raises(errors.PayeeUnknown):
        send()
    payee(client_user.pk, kind=PayeeKind.CLIENT)
    with transaction.atomic():
        line = send()
        assert send() == line
        with pytest.raises(ValueError, match="another amount"):
            send(amount=Decimal(1))
        with pytest.raises(ValueError, match="cannot be paid out"):
            send(currency="USD")
    assert (line.payout.payment_type, books()["refunds_payable"]) == ("OTHER", 0)

    with transaction.atomic():
        give_line_back(line, LineStatus.FAILED, Failure.BANK, now=NOW)
        again = send()
        approve_line(again, now=NOW)

    assert told == [(cause, False), (cause, True)]
    assert again.reference != line.reference
    assert (books()["bank"], books()["refunds_payable"]) == (-80_000, 0)
    assert verify() == []


def test_new_details_replace_the_old_which_stay_with_what_was_sent(admin_user: User) -> None:
    ana = payee()
    earn(ana.party)
    line = stored(admin_user)[0].lines.get()

    other = payee(ana.party, account_number="99998888")

    ana.refresh_from_db()
    line.refresh_from_db()
    assert (ana.replaced_at is None, other.replaced_at) == (False, None)
    assert line.payee == ana
    assert ana.fingerprint != other.fingerprint


def test_accounts_and_documents_are_stored_encrypted_and_shown_masked(db: None) -> None:
    ana = payee(account_number="55554444333322", legal_id="1032456789")

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(payee)::text FROM finances_payee AS payee")
        (row,) = cursor.fetchone()
    assert "55554444333322" not in row
    assert "1032456789" not in row
    assert "55554444333322" not in str(list(AuditEntry.objects.values_list("facts", flat=True)))
    assert (ana.masked_account, str(ana)) == ("••••3322", "Ana Ruiz · ••••3322")


@pytest.mark.parametrize(
    "wrong",
    [
        {"legal_id": "12AB"},
        {"legal_id_kind": "NIT", "legal_id": "900123456-1"},
        {"legal_id_kind": "PP"},
        {"account_number": "12345"},
        {"account_number": "123456789012345678901"},
        {"account_type": "OTRA"},
        {"email": "nobody"},
        {"name": ""},
    ],
)
def test_details_that_cannot_be_are_refused(
    db: None, admin_user: User, wrong: dict[str, str]
) -> None:
    with pytest.raises(errors.PayeeDetailsWrong):
        payee(**wrong)  # type: ignore[arg-type]
    assert not Payee.objects.exists()


def test_a_nit_has_its_check_digit_and_a_bank_is_one_of_the_list(
    db: None, admin_user: User
) -> None:
    payee(legal_id_kind="NIT", legal_id="900123456-8")
    gone = bank("gone")
    gone.is_listed = False
    gone.save()

    with pytest.raises(errors.PayeeBankUnknown):
        register_payee(
            payee=Payee(party=uuid4(), bank=gone), actor_id=admin_user.pk, now=timezone.now()
        )


@pytest.mark.django_db(transaction=True)
def test_na_30_eight_that_pay_out_at_once_make_one_batch(admin_user: User) -> None:
    ana = payee()
    earn(ana.party)
    tip(ana.party)

    outcomes = race([partial(stored, admin_user, ana)] * 8)

    batches = [outcome for outcome in outcomes if isinstance(outcome, list)]
    assert len(batches) == 1
    assert {type(outcome) for outcome in outcomes} == {list, errors.NothingToPayOut}
    assert PayoutLine.objects.get().amount == 270_000
    assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_na_30_control_without_the_lock_tips_are_paid_twice(
    admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = payee()
    tip(ana.party)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())

    def hold_the_ledger() -> None:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE finances_payout IN SHARE ROW EXCLUSIVE MODE")

    outcomes = queue([partial(stored, admin_user, ana)] * 2, behind=hold_the_ledger)

    assert [len(outcome) for outcome in outcomes if isinstance(outcome, list)] == [1, 1]
    assert sum(line.tips for line in PayoutLine.objects.all()) == 40_000
    assert [finding.text for finding in verify()] == [
        f"tips_payable of {ana.party} is -20000.00 COP"
    ]


@pytest.mark.django_db(transaction=True)
def test_the_database_gives_a_commission_one_line_also_without_the_lock(
    admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = payee()
    earn(ana.party)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())

    def hold_the_ledger() -> None:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE finances_payout IN SHARE ROW EXCLUSIVE MODE")

    outcomes = queue([partial(stored, admin_user, ana)] * 2, behind=hold_the_ledger)

    assert {type(outcome) for outcome in outcomes} == {list, RuntimeError}
    assert PayoutLine.objects.count() == 1
    assert verify() == []
