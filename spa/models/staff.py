"""Who gives the services, and when they work (SPA-02). Wall times, never UTC (NA-17)."""

from django.db import models
from django.db.models import F, Q

from core.models import BaseModel, Location, Weekday
from spa.models.catalogue import Skill
from spa.models.resources import Resource


class StaffMember(BaseModel):
    """Somebody clients can be booked with. Clients see the display name, nothing else (NA-08)."""

    user = models.OneToOneField(
        "users.User", models.PROTECT, related_name="+", null=True, blank=True, verbose_name="cuenta"
    )
    resource = models.OneToOneField(Resource, models.PROTECT, related_name="+", editable=False)
    display_name = models.CharField("nombre visible", max_length=80)
    skills = models.ManyToManyField(Skill, related_name="+", blank=True, verbose_name="habilidades")
    position = models.PositiveSmallIntegerField("orden", default=0)
    is_bookable = models.BooleanField("recibe citas", default=True)

    class Meta:
        verbose_name = "integrante del personal"
        verbose_name_plural = "personal"

    def __str__(self) -> str:
        return self.display_name


class WeeklyHours(BaseModel):
    """Somebody works at a location on a weekday, from `valid_from` to `valid_until` inclusive."""

    staff = models.ForeignKey(StaffMember, models.CASCADE, related_name="weekly_hours")
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name="sede")
    weekday = models.PositiveSmallIntegerField("día", choices=Weekday)
    starts = models.TimeField("desde")
    ends = models.TimeField("hasta")
    valid_from = models.DateField("vigente desde", null=True, blank=True)
    valid_until = models.DateField("vigente hasta", null=True, blank=True)

    class Meta:
        verbose_name = "horario semanal"
        verbose_name_plural = "horarios semanales"
        constraints = [
            models.CheckConstraint(
                name="spa_weeklyhours_end_after_start", condition=Q(ends__gt=F("starts"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"


class ScheduleException(BaseModel):
    """On one date somebody is off (the whole day without times), or works extra at a location."""

    staff = models.ForeignKey(StaffMember, models.CASCADE, related_name="exceptions")
    date = models.DateField("fecha")
    location = models.ForeignKey(
        Location,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="sede",
        help_text="Vacío: no trabaja",
    )
    starts = models.TimeField("desde", null=True, blank=True)
    ends = models.TimeField("hasta", null=True, blank=True)
    reason = models.CharField("motivo", max_length=120, blank=True)

    class Meta:
        verbose_name = "excepción de horario"
        verbose_name_plural = "excepciones de horario"
        constraints = [
            models.CheckConstraint(
                name="spa_scheduleexception_times_go_together",
                # To SQL a time that is missing is neither later nor not: ask for it.
                condition=Q(starts=None, ends=None)
                | Q(starts__isnull=False, ends__isnull=False, ends__gt=F("starts")),
                violation_error_message="Indica desde y hasta, en ese orden, o ninguno de los dos.",
            ),
            models.CheckConstraint(
                name="spa_scheduleexception_extra_work_has_times",
                condition=Q(location=None) | Q(starts__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {'trabaja' if self.location_id else 'libre'}"
