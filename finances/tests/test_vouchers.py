"""Vouchers: set aside, used, given back, refused (SPA-13)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from core.audit import find_broken_entry
from core.models import AuditEntry
from finances import errors
from finances.domain.codes import canonical
from finances.models import Voucher, VoucherUse
from finances.selectors.ledger import verify
from finances.selectors.vouchers import quote_vouchers
from finances.steps.vouchers import (
    release_vouchers,
    reserve_vouchers,
    reserve_vouchers_again,
    use_vouchers,
)
from finances.tests.credits import (
    ALONE,
    FACIAL,
    MASSAGE,
    NOON,
    VISIT,
    give_back,
    line,
    make_voucher,
    take,
    use_voucher,
)
from users.tests.factories import UserFactory

THIS, THAT = UUID(int=1), UUID(int=2)


@pytest.fixture
def ana(db: None) -> UUID:
    return UserFactory.create().pk


def states() -> list[str]:
    return sorted(VoucherUse.objects.values_list("state", flat=True))


def uses() -> int:
    return Voucher.objects.get().uses


def test_a_use_is_set_aside_with_what_it_takes_off_each_line(ana: UUID) -> None:
    make_voucher()

    discount = take(ana, THIS, lines=[line(99_999), line(50_000, FACIAL)])

    assert discount.amounts == (10_000, 5_000)
    assert (discount.total, discount.code) == (15_000, "AMIGOS10")
    kept = VoucherUse.objects.get()
    assert (kept.client_id, kept.payable_id, kept.amount) == (ana, THIS, 15_000)
    assert (states(), uses()) == (["reserved"], 1)
    assert verify() == []


def test_it_is_used_once_and_audited(ana: UUID) -> None:
    voucher = make_voucher()
    take(ana, THIS)

    use_voucher(THIS)
    use_voucher(THIS)

    assert (states(), uses()) == (["used"], 1)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id) == ("finances.voucher.used", str(voucher.pk))
    assert (entry.actor_id, entry.facts["amount"]) == (ana, "10000.00")
    assert find_broken_entry() is None


def test_a_use_that_is_given_back_can_be_had_again(ana: UUID) -> None:
    make_voucher(total_limit=1)
    take(ana, THIS)

    give_back(THIS)
    give_back(THIS)

    assert (states(), uses()) == (["released"], 0)
    assert not AuditEntry.objects.exists()
    take(ana, THIS)
    assert (states(), uses()) == (["released", "reserved"], 1)
    assert verify() == []


def test_what_was_used_can_be_given_back_and_is_audited(ana: UUID) -> None:
    make_voucher()
    take(ana, THIS)
    use_voucher(THIS)

    give_back(THIS)

    assert (states(), uses()) == (["released"], 0)
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["finances.voucher.used", "finances.voucher.given_back"]


def test_a_repeat_keeps_its_use_at_todays_prices(ana: UUID) -> None:
    make_voucher(total_limit=1)
    take(ana, THIS)

    assert take(ana, THIS, lines=[line(200_000)]).total == 20_000

    assert VoucherUse.objects.get().amount == 20_000
    assert uses() == 1


def test_one_thing_has_one_voucher(ana: UUID) -> None:
    make_voucher()
    make_voucher(code="OTRO")
    take(ana, THIS)

    with pytest.raises(IntegrityError, match="those_combine"):
        take(ana, THIS, code="OTRO")

    assert Voucher.objects.get(code="OTRO").uses == 0
    assert verify() == []


@pytest.mark.parametrize("typed", ["amigos10", "AMIGOS-10", " amigos iO ", "AM1G0S10"])
def test_a_code_is_found_however_it_is_typed(ana: UUID, typed: str) -> None:
    make_voucher()

    assert take(ana, THIS, code=typed).total == 10_000


@pytest.mark.parametrize("code", ["Navidad-26", "óliló", "  il0 ", "ILO oli", "a.b_c/ñ9"])
def test_the_database_and_the_code_agree_on_what_a_code_is(db: None, code: str) -> None:
    voucher = make_voucher(code=code)

    assert voucher.canonical == canonical(code)


REFUSED: list[tuple[dict[str, Any], dict[str, Any], type[Exception]]] = [
    ({}, {"code": "OTRO"}, errors.VoucherUnknown),
    ({"is_active": False}, {}, errors.VoucherUnknown),
    ({"valid_from": NOON + timedelta(days=1)}, {}, errors.VoucherNotValidNow),
    ({"valid_until": NOON}, {}, errors.VoucherNotValidNow),
    ({"total_limit": 0}, {}, errors.VoucherUsedUp),
    ({"per_person_limit": 0}, {}, errors.VoucherLimitReached),
    ({"scope": "packages"}, {}, errors.VoucherNotForThis),
    ({"scope": "services", "item_ids": [FACIAL]}, {}, errors.VoucherNotForThis),
    ({"min_spend": 100_001}, {}, errors.VoucherSpendTooLittle),
    ({}, {"currency": "USD"}, errors.VoucherNotForThis),
]


@pytest.mark.parametrize(("voucher", "asked", "refusal"), REFUSED)
def test_what_is_refused_leaves_no_trace_and_is_quoted_alike(
    ana: UUID, voucher: dict[str, Any], asked: dict[str, Any], refusal: type[Exception]
) -> None:
    made = make_voucher(**voucher)
    wanted = {"code": "AMIGOS10", "lines": [line(100_000)], "currency": "COP", **asked}

    with pytest.raises(refusal):
        take(ana, THIS, **wanted)
    with pytest.raises(refusal):
        quote_vouchers(codes=[wanted.pop("code")], client_id=ana, beside=ALONE, now=NOON, **wanted)

    made.refresh_from_db()
    assert made.uses == 0
    assert not VoucherUse.objects.exists()


def test_a_person_uses_it_as_often_as_allowed_and_others_too(ana: UUID) -> None:
    make_voucher(per_person_limit=1)
    take(ana, THIS)

    with pytest.raises(errors.VoucherLimitReached) as refused:
        take(ana, THAT)
    take(UserFactory.create().pk, uuid4())

    assert refused.value.detail == "Ya usaste ese cupón las veces permitidas: 1."
    assert uses() == 2


def test_it_ends_when_all_its_uses_are_had(ana: UUID) -> None:
    make_voucher(total_limit=2, per_person_limit=None)
    take(ana, THIS)
    use_voucher(THIS)
    take(ana, THAT)

    with pytest.raises(errors.VoucherUsedUp):
        take(UserFactory.create().pk, uuid4())

    assert uses() == 2


def test_a_seat_given_back_is_the_next_ones(ana: UUID) -> None:
    make_voucher(per_person_limit=3)
    for visit in (THIS, THAT, UUID(int=3)):
        take(ana, visit)
    give_back(THAT)

    take(ana, UUID(int=4))

    counted = VoucherUse.objects.exclude(state="released")
    assert sorted(counted.values_list("seat", flat=True)) == [1, 2, 3]


def test_a_limit_that_came_later_counts_what_was_used_before(ana: UUID) -> None:
    make_voucher(per_person_limit=None)
    take(ana, THIS)
    Voucher.objects.update(per_person_limit=1)

    with pytest.raises(errors.VoucherLimitReached):
        take(ana, THAT)


def test_quoting_sets_nothing_aside(ana: UUID, django_assert_num_queries: Any) -> None:
    make_voucher()

    with django_assert_num_queries(2):
        (quoted,) = quote_vouchers(
            codes=["amigos10"],
            client_id=ana,
            lines=[line(100_000)],
            currency="COP",
            beside=ALONE,
            now=NOON,
        )

    assert quoted == take(ana, THIS)
    assert VoucherUse.objects.count() == 1


def again(visit: UUID) -> bool:
    """The visit comes back after its hold was lost."""
    with transaction.atomic():
        return reserve_vouchers_again(payable_kind=VISIT, payable_id=visit, now=NOON)


def test_a_visit_that_comes_back_has_its_use_again_at_the_price_it_had(ana: UUID) -> None:
    voucher = make_voucher(total_limit=1)
    take(ana, THIS)
    give_back(THIS)
    Voucher.objects.update(value=50, valid_until=NOON - timedelta(days=1))

    assert [again(THIS), again(THIS), again(THAT)] == [True, True, True]

    kept = VoucherUse.objects.exclude(state="released").get()
    assert (kept.voucher_id, kept.client_id, kept.amount, kept.seat) == (voucher.pk, ana, 10_000, 1)
    assert (states(), uses()) == (["released", "reserved"], 1)
    use_voucher(THIS)
    assert again(THIS)
    assert (states(), uses()) == (["released", "used"], 1)
    assert verify() == []


@pytest.mark.parametrize("lost", ["to another", "to another visit of hers", "switched off"])
def test_a_use_that_somebody_else_has_is_not_had_again(ana: UUID, lost: str) -> None:
    make_voucher(total_limit=1 if lost == "to another" else None)
    take(ana, THIS)
    give_back(THIS)
    if lost == "switched off":
        Voucher.objects.update(is_active=False)
    else:
        take(ana if "hers" in lost else UserFactory.create().pk, THAT)
    before = states(), uses()

    assert again(THIS) is False

    assert (states(), uses()) == before
    assert verify() == []


@pytest.mark.parametrize("number", [1, 12])
def test_statements_do_not_grow_with_the_batch_but_for_the_audit(
    ana: UUID, number: int, django_assert_num_queries: Any
) -> None:
    make_voucher(per_person_limit=None)
    visits = [uuid4() for _ in range(number)]
    for visit in visits:
        take(ana, visit)

    with transaction.atomic(), django_assert_num_queries(3):  # uses, uses, vouchers
        release_vouchers(payable_kind=VISIT, payable_ids=visits, now=NOON)
    with transaction.atomic(), django_assert_num_queries(1):
        use_vouchers(payable_kind=VISIT, payable_ids=visits, now=NOON)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"total_limit": 0}, "within_its_limit"),
        ({"value": 101}, "value_makes_sense"),
        ({"value": 0}, "value_makes_sense"),
        ({"scope": "moon"}, "scope_known"),
        ({"min_spend": -1}, "minimum_not_negative"),
        ({"code": "-"}, "code_says_something"),
        ({"valid_from": NOON, "valid_until": NOON}, "ends_after_it_begins"),
    ],
)
def test_the_database_refuses_an_impossible_voucher(
    ana: UUID, change: dict[str, Any], constraint: str
) -> None:
    make_voucher()
    take(ana, THIS)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Voucher.objects.update(**change)


def test_two_codes_that_look_alike_are_one(db: None) -> None:
    make_voucher(code="OLI")

    with pytest.raises(IntegrityError, match="code_once"), transaction.atomic():
        make_voucher(code="0l1")


def test_a_voucher_that_was_used_is_never_deleted(ana: UUID) -> None:
    voucher = make_voucher()
    take(ana, THIS)

    with pytest.raises(ProtectedError):
        voucher.delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "step", [reserve_vouchers, reserve_vouchers_again, use_vouchers, release_vouchers]
)
def test_steps_join_a_transaction(step: Callable[..., Any]) -> None:
    with pytest.raises(RuntimeError, match="inside a service's transaction"):
        step()


def test_half_a_peso_is_rounded_once_for_the_whole(ana: UUID) -> None:
    make_voucher(value=Decimal("12.5"))

    discount = take(ana, THIS, lines=[line(33_333, MASSAGE), line(33_333, FACIAL)])

    # 12.5 % of 66 666 is 8 333.25.
    assert discount.amounts == (4167, 4166)
