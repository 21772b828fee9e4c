"""PostgreSQL has the last word: each constraint of this app refuses what it is there for."""

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from core.models import Location
from spa import models as spa
from spa.tests.classes import a_class, come
from spa.tests.conftest import MONDAY_TEN, NOW, Book
from spa.tests.factories import RoomFactory
from spa.tests.packages import offer, sold, use
from spa.tests.waitlist import the_only_start_is_taken, wait

MONDAY = MONDAY_TEN.date()
TOO_LONG = (MONDAY_TEN, MONDAY_TEN + timedelta(days=1, minutes=5))
# What no row may say.
NONSENSE: list[tuple[str, type[models.Model], dict[str, Any]]] = [
    ("spa_addon_price_not_negative", spa.AddOn, {"price": -1}),
    ("spa_addon_lasts_sensibly", spa.AddOn, {"extra_minutes": 241}),
    ("spa_service_price_not_negative", spa.Service, {"price": -1}),
    ("spa_service_vip_price_below_price", spa.Service, {"vip_price": 120_001}),
    ("spa_service_vip_price_below_price", spa.Service, {"vip_price": -1}),
    ("spa_service_needs_somebody_or_something", spa.Service, {"requires_staff": False}),
    ("spa_service_lasts", spa.Service, {"duration_minutes": 4}),
    ("spa_service_one_way_to_a_deposit", spa.Service, {"deposit_amount": 1, "deposit_percent": 1}),
    ("spa_service_one_way_to_a_deposit", spa.Service, {"deposit_amount": -1}),
    ("spa_resource_rooms_have_a_location", spa.Resource, {"location": None}),
    ("spa_resource_holds_somebody", spa.Resource, {"capacity": 0}),
    ("spa_resource_holds_somebody", spa.Resource, {"capacity": 51}),
    ("spa_weeklyhours_end_after_start", spa.WeeklyHours, {"ends": time(9), "starts": time(9)}),
    ("spa_scheduleexception_times_go_together", spa.ScheduleException, {"starts": time(9)}),
    ("spa_scheduleexception_times_go_together", spa.ScheduleException, {"ends": time(9)}),
    (
        "spa_scheduleexception_times_go_together",
        spa.ScheduleException,
        {"starts": time(9), "ends": time(9)},
    ),
    ("spa_scheduleexception_extra_work_has_times", spa.ScheduleException, {"location": uuid4()}),
    ("spa_bookingsettings_single_row", spa.BookingSettings, {"id": 2}),
    ("spa_loyaltysettings_single_row", spa.LoyaltySettings, {"id": 2}),
    ("spa_occupancy_lasts_at_most_a_day", spa.Occupancy, {"during": TOO_LONG}),
    ("spa_appointment_ends_after_it_starts", spa.Appointment, {"ends_at": MONDAY_TEN}),
    ("spa_appointment_paid_within_total", spa.Appointment, {"paid": 120_001}),
    ("spa_appointment_deposit_within_total", spa.Appointment, {"deposit": 120_001}),
    ("spa_appointment_pending_has_an_end", spa.Appointment, {"status": "pending_payment"}),
    ("spa_appointment_credit_within_paid", spa.Appointment, {"credit_used": 48_001}),
    ("spa_appointment_discount_not_negative", spa.Appointment, {"discount": -1}),
    ("spa_appointment_cancelled_says_when", spa.Appointment, {"status": "cancelled"}),
    ("spa_appointment_completed_says_when", spa.Appointment, {"status": "completed"}),
    ("spa_appointment_archived_is_over", spa.Appointment, {"archived_at": NOW}),
    ("spa_appointmentitem_discount_within_price", spa.AppointmentItem, {"discount": 120_001}),
    ("spa_strike_kind_known", spa.Strike, {"kind": "rude"}),
    ("spa_strike_waived_by_somebody_with_a_reason", spa.Strike, {"waived_at": NOW}),
    (
        "spa_strikeappeal_decided_by_somebody_with_an_answer",
        spa.StrikeAppeal,
        {"status": "upheld"},
    ),
    ("spa_block_ends_after_it_starts", spa.Block, {"ends_at": MONDAY_TEN}),
    ("spa_blockoccurrence_ends_after_it_starts", spa.BlockOccurrence, {"ends_at": MONDAY_TEN}),
    ("spa_package_has_sessions", spa.Package, {"sessions": 0}),
    ("spa_package_costs_something", spa.Package, {"price": 0}),
    ("spa_package_lasts", spa.Package, {"validity_days": 0}),
    ("spa_clientpackage_sessions_within_total", spa.ClientPackage, {"sessions_left": 6}),
    ("spa_clientpackage_paid_all_or_nothing", spa.ClientPackage, {"paid": 1}),
    (
        "spa_clientpackage_active_while_sessions_are_left",
        spa.ClientPackage,
        {"status": "exhausted"},
    ),
    ("spa_clientpackage_status_known", spa.ClientPackage, {"status": "x", "sessions_left": 0}),
    ("spa_packageuse_some_sessions", spa.PackageUse, {"sessions": 0}),
    ("spa_packageuse_used_until_it_ends", spa.PackageUse, {"ended_at": NOW}),
    ("spa_packageuse_state_known", spa.PackageUse, {"state": "lost", "ended_at": NOW}),
    ("spa_loyaltyreward_is_some", spa.LoyaltyReward, {"amount": 0}),
    ("spa_classtype_price_not_negative", spa.ClassType, {"price": -1}),
    ("spa_classtype_lasts", spa.ClassType, {"duration_minutes": 4}),
    ("spa_classtype_has_seats", spa.ClassType, {"capacity": 0}),
    ("spa_classschedule_weekdays_exist", spa.ClassSchedule, {"weekdays": [8]}),
    (
        "spa_classschedule_ends_after_it_begins",
        spa.ClassSchedule,
        {"valid_until": date(2026, 11, 30)},
    ),
    ("spa_classschedule_has_seats", spa.ClassSchedule, {"capacity": 0}),
    ("spa_classsession_ends_after_it_starts", spa.ClassSession, {"ends_at": MONDAY_TEN}),
    ("spa_classsession_seats_within_capacity", spa.ClassSession, {"seats_taken": 4}),
    ("spa_classsession_cancelled_says_when", spa.ClassSession, {"status": "cancelled"}),
    ("spa_enrolment_held_seats_have_an_end", spa.Enrolment, {"hold_expires_at": None}),
    ("spa_enrolment_paid_within_price", spa.Enrolment, {"paid": 40_001}),
    ("spa_enrolment_credit_within_paid", spa.Enrolment, {"credit_used": 1}),
    ("spa_enrolment_returned_within_paid", spa.Enrolment, {"returned": 1}),
]
# What there is once, and what must differ so that nothing else is in the way of a second one.
ONCE: list[tuple[str, type[models.Model], dict[str, Any]]] = [
    ("spa_occupancy_no_overlap", spa.Occupancy, {}),
    ("spa_appointment_code_once", spa.Appointment, {}),
    ("spa_appointmentitem_in_order", spa.AppointmentItem, {}),
    ("spa_appointmentreminder_once", spa.AppointmentReminder, {}),
    ("spa_blockoccurrence_once", spa.BlockOccurrence, {}),
    ("spa_calendarfeed_one_open", spa.CalendarFeed, {"token_digest": "another"}),
    ("spa_packageuse_one_per_source", spa.PackageUse, {}),
    ("spa_loyaltyreward_once", spa.LoyaltyReward, {}),
    ("spa_classsession_once_a_date", spa.ClassSession, {}),
    ("spa_classconflict_once_a_date", spa.ClassConflict, {}),
    ("spa_enrolment_one_open_per_client", spa.Enrolment, {}),
    ("spa_waitlistservice_in_order", spa.WaitlistService, {}),
    ("spa_waitlistskip_once_a_reason", spa.WaitlistSkip, {}),
]
# Told where they belong: test_series.py, test_service_images.py, test_waitlist_model.py.
ELSEWHERE = (
    "spa_serviceimage_",
    "spa_appointmentseries_",
    "spa_appointment_series_",
    "spa_waitlistentry_",
    "spa_waitlistoffer_",
)
Row = dict[str, Any]


def constraints() -> Iterator[str]:
    """The name of every constraint of this app's tables."""
    for model in apps.get_app_config("spa").get_models():
        yield from (constraint.name for constraint in model._meta.constraints)


def test_no_constraint_is_without_a_row_it_refuses() -> None:
    told = {name for name, *_ in (*NONSENSE, *ONCE)}

    assert {name for name in constraints() if not name.startswith(ELSEWHERE)} == told


@pytest.fixture
def one_of_each(book: Book, location: Location, client_user: Any) -> None:
    """A row at least in each of the tables."""
    visit = the_only_start_is_taken(book)
    spa.WaitlistSkip.objects.create(entry=wait(), reason="not_free", first_at=NOW, last_at=NOW)
    service, who = spa.Service.objects.get(), {"client": client_user}
    room = RoomFactory.create(location=location)
    therapist = spa.StaffMember.objects.get()
    hour: Row = {"starts_at": MONDAY_TEN, "ends_at": MONDAY_TEN + timedelta(hours=1)}
    spa.BookingSettings.objects.get_or_create(pk=1)
    spa.LoyaltySettings.objects.get_or_create(pk=1)
    spa.AddOn.objects.create(name="Piedras", price=1, extra_minutes=5)
    spa.ScheduleException.objects.create(staff=therapist, date=MONDAY)
    spa.AppointmentReminder.objects.create(
        appointment=visit, kind="first", for_start=MONDAY_TEN, sent_at=NOW
    )
    strike = spa.Strike.objects.create(**who, appointment=visit, kind="no_show", at=NOW)
    spa.StrikeAppeal.objects.create(strike=strike, text="No fui", filed_at=NOW)
    block = spa.Block.objects.create(resource=room, kind="other", timezone="UTC", **hour)
    spa.BlockOccurrence.objects.create(block=block, status="taken", **hour)
    spa.CalendarFeed.objects.create(person=client_user, token_digest="one")
    use(sold(offer(service), client_id=client_user.pk, now=NOW))
    spa.LoyaltyReward.objects.create(**who, number=1, visits=1, amount=1, given_at=NOW)
    yoga = a_class(location)
    come(yoga)
    spa.ClassConflict.objects.create(
        schedule=yoga.schedule, date=MONDAY, reason="closed", seen_at=NOW
    )


def answer_to(statement: Callable[..., Any]) -> str:
    """What PostgreSQL says to it."""
    try:
        with transaction.atomic():
            statement()
    except IntegrityError as refusal:
        return str(refusal)
    return "as you wish"


def test_no_row_says_what_makes_no_sense(one_of_each: None) -> None:
    for name, model, changes in NONSENSE:
        assert f'"{name}"' in answer_to(partial(model._default_manager.update, **changes))


def test_nothing_is_there_twice_that_there_is_once(one_of_each: None) -> None:
    for name, model, changes in ONCE:
        row = model._default_manager.earliest("pk")
        row.pk = model._meta.pk.get_default() if model._meta.pk.has_default() else None
        for field, value in changes.items():
            setattr(row, field, value)
        assert f'"{name}"' in answer_to(partial(row.save, force_insert=True))
