"""Tables of the studio."""

from spa.models.appointments import Appointment, AppointmentItem, AppointmentTransition
from spa.models.blocks import Block, BlockKind, BlockOccurrence, OccurrenceStatus
from spa.models.catalogue import AddOn, Service, ServiceCategory, Skill
from spa.models.classes import (
    ClassConflict,
    ClassSchedule,
    ClassSession,
    ClassType,
    ConflictReason,
    Enrolment,
)
from spa.models.clients import ClientRecord
from spa.models.feeds import CalendarFeed, CalendarImport
from spa.models.images import ServiceImage
from spa.models.loyalty import LoyaltyReward, LoyaltySettings, LoyaltyStamp
from spa.models.occupancy import NO_OVERLAP, Occupancy
from spa.models.packages import (
    ONE_USE_PER_SOURCE,
    ClientPackage,
    Package,
    PackageStatus,
    PackageUse,
    UseState,
)
from spa.models.reminders import AppointmentReminder
from spa.models.resources import Resource, ResourceKind
from spa.models.series import AppointmentSeries
from spa.models.settings import BookingSettings
from spa.models.staff import ScheduleException, StaffMember, WeeklyHours
from spa.models.strikes import AppealStatus, Strike, StrikeAppeal, StrikeKind
from spa.models.waitlist import (
    NEVER_TWICE,
    ONE_OPEN_OFFER,
    WaitlistEntry,
    WaitlistOffer,
    WaitlistService,
    WaitlistSkip,
)

__all__ = [
    "NEVER_TWICE",
    "NO_OVERLAP",
    "ONE_OPEN_OFFER",
    "ONE_USE_PER_SOURCE",
    "AddOn",
    "AppealStatus",
    "Appointment",
    "AppointmentItem",
    "AppointmentReminder",
    "AppointmentSeries",
    "AppointmentTransition",
    "Block",
    "BlockKind",
    "BlockOccurrence",
    "BookingSettings",
    "CalendarFeed",
    "CalendarImport",
    "ClassConflict",
    "ClassSchedule",
    "ClassSession",
    "ClassType",
    "ClientPackage",
    "ClientRecord",
    "ConflictReason",
    "Enrolment",
    "LoyaltyReward",
    "LoyaltySettings",
    "LoyaltyStamp",
    "Occupancy",
    "OccurrenceStatus",
    "Package",
    "PackageStatus",
    "PackageUse",
    "Resource",
    "ResourceKind",
    "ScheduleException",
    "Service",
    "ServiceCategory",
    "ServiceImage",
    "Skill",
    "StaffMember",
    "Strike",
    "StrikeAppeal",
    "StrikeKind",
    "UseState",
    "WaitlistEntry",
    "WaitlistOffer",
    "WaitlistService",
    "WaitlistSkip",
    "WeeklyHours",
]
