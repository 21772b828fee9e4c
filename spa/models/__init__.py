"""Tables of the studio."""

from spa.models.appointments import Appointment, AppointmentItem, AppointmentTransition
from spa.models.blocks import Block, BlockKind, BlockOccurrence, OccurrenceStatus
from spa.models.catalogue import Service, ServiceCategory, Skill
from spa.models.feeds import CalendarFeed, CalendarImport
from spa.models.occupancy import NO_OVERLAP, Occupancy
from spa.models.reminders import AppointmentReminder
from spa.models.resources import Resource, ResourceKind
from spa.models.settings import BookingSettings
from spa.models.staff import ScheduleException, StaffMember, WeeklyHours

__all__ = [
    "NO_OVERLAP",
    "Appointment",
    "AppointmentItem",
    "AppointmentReminder",
    "AppointmentTransition",
    "Block",
    "BlockKind",
    "BlockOccurrence",
    "BookingSettings",
    "CalendarFeed",
    "CalendarImport",
    "Occupancy",
    "OccurrenceStatus",
    "Resource",
    "ResourceKind",
    "ScheduleException",
    "Service",
    "ServiceCategory",
    "Skill",
    "StaffMember",
    "WeeklyHours",
]
