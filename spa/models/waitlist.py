"""Who waits for a time to come free, what they were offered, and why they were passed over."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.crypto import EncryptedTextField
from core.db import TsTzRange
from core.models import BaseModel, Location
from spa.domain.waiting import EntryStatus, OfferStatus, SkipReason
from spa.models.appointments import Appointment
from spa.models.catalogue import Service
from spa.models.staff import StaffMember

ENTRY_STATUSES = [
    (EntryStatus.WAITING.value, "En espera"),
    (EntryStatus.BOOKED.value, "Con cita"),
    (EntryStatus.LEFT.value, "Se retiró"),
    (EntryStatus.ENDED.value, "Terminó sin cita"),
]
OFFER_STATUSES = [
    (OfferStatus.OPEN.value, "Esperando respuesta"),
    (OfferStatus.ACCEPTED.value, "Aceptada"),
    (OfferStatus.DECLINED.value, "Rechazada"),
    (OfferStatus.EXPIRED.value, "Vencida"),
]
REASONS = [
    (SkipReason.NOT_OFFERED.value, "Los servicios ya no se ofrecen ahí"),
    (SkipReason.STAFF_NOT_ABLE.value, "La persona elegida ya no los presta"),
    (SkipReason.NOT_FREE.value, "No cabe en lo que se liberó"),
    (SkipReason.OTHER_TIMES.value, "Pidió otras fechas u horas"),
    (SkipReason.OFFERED_BEFORE.value, "Ya se le había ofrecido ese tiempo"),
    (SkipReason.TOO_NEAR.value, "Muy cerca de la hora para avisarle"),
    (SkipReason.BARRED.value, "Persona no grata o inactiva"),
    (SkipReason.LIMIT_REACHED.value, "Ya tiene el máximo de citas o reservas"),
    (SkipReason.DEBT_OPEN.value, "Debe una visita anterior"),
    (SkipReason.LOST.value, "Alguien lo tomó en ese instante"),
]
NEVER_TWICE = "spa_waitlistoffer_never_twice"
ONE_OPEN_OFFER = "spa_waitlistoffer_one_open"


class WaitlistEntry(BaseModel):
    """Somebody would take a time for some services if one came free.

    Days and hours are wall time of the location, both ends included; the hours say when a visit
    may begin. Whether a time is on offer to them is said by their open offer, not by a status.
    """

    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name="sede")
    staff = models.ForeignKey(
        StaffMember,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="con quién",
    )
    party_size = models.PositiveSmallIntegerField(
        "personas", default=1, validators=[MinValueValidator(1), MaxValueValidator(4)]
    )
    date_from = models.DateField("desde el")
    date_to = models.DateField("hasta el")
    time_from = models.TimeField("empieza desde las", null=True, blank=True)
    time_to = models.TimeField("empieza hasta las", null=True, blank=True)
    priority = models.PositiveSmallIntegerField(
        "prioridad", default=0, help_text="Mayor primero", validators=[MaxValueValidator(9)]
    )
    status = models.CharField(
        "estado", max_length=8, choices=ENTRY_STATUSES, default=EntryStatus.WAITING.value
    )
    joined_at = models.DateTimeField("entró")
    joined_by = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="la anotó"
    )
    closed_at = models.DateTimeField("salió", null=True, blank=True)
    # What people write here is often about their health: only ever stored encrypted (CORE-12).
    notes = EncryptedTextField("notas", blank=True)

    class Meta:
        verbose_name = "persona en lista de espera"
        verbose_name_plural = "lista de espera"
        constraints = [
            models.CheckConstraint(
                name="spa_waitlistentry_days_run_forward", condition=Q(date_to__gte=F("date_from"))
            ),
            models.CheckConstraint(
                name="spa_waitlistentry_hours_run_forward",
                condition=Q(time_from=None) | Q(time_to=None) | Q(time_to__gte=F("time_from")),
            ),
            models.CheckConstraint(
                name="spa_waitlistentry_one_to_four", condition=Q(party_size__range=(1, 4))
            ),
            models.CheckConstraint(
                name="spa_waitlistentry_status_known",
                condition=Q(status__in=[status.value for status in EntryStatus]),
            ),
            models.CheckConstraint(
                name="spa_waitlistentry_closed_says_when",
                condition=Q(status="waiting", closed_at=None)
                | (~Q(status="waiting") & Q(closed_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["location", "-priority", "joined_at", "id"],
                name="spa_waitlistentry_line",
                condition=Q(status="waiting"),
            ),
            models.Index(fields=["client", "-joined_at"], name="spa_waitlistentry_of_client"),
            models.Index(
                fields=["date_to"],
                name="spa_waitlistentry_to_end",
                condition=Q(status="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date_from} – {self.date_to}"


class WaitlistService(models.Model):
    """One of the services somebody waits for, in the order in which they follow one another."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(WaitlistEntry, models.CASCADE, related_name="wanted")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name="servicio")
    position = models.PositiveSmallIntegerField("orden")

    class Meta:
        verbose_name = "servicio que espera"
        verbose_name_plural = "servicios que espera"
        constraints = [
            models.UniqueConstraint(
                name="spa_waitlistservice_in_order", fields=["entry", "position"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.service_id}"


class WaitlistOffer(BaseModel):
    """A time that is kept for one person until `expires_at`: its rows are on the ledger (NA-15)."""

    entry = models.ForeignKey(
        WaitlistEntry, models.PROTECT, related_name="offers", verbose_name="en espera"
    )
    starts_at = models.DateTimeField("empieza")
    ends_at = models.DateTimeField("termina")
    staff = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", null=True, verbose_name="personal"
    )
    # Who and what would serve the visit: what accepting books.
    crew = models.JSONField("quién y qué la atiende", editable=False)
    status = models.CharField(
        "estado", max_length=8, choices=OFFER_STATUSES, default=OfferStatus.OPEN.value
    )
    offered_at = models.DateTimeField("ofrecida")
    expires_at = models.DateTimeField("vence")
    ended_at = models.DateTimeField("respondida o vencida", null=True, blank=True)
    appointment = models.OneToOneField(
        Appointment, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="cita"
    )

    class Meta:
        verbose_name = "oferta de la lista de espera"
        verbose_name_plural = "ofertas de la lista de espera"
        constraints = [
            models.UniqueConstraint(
                name=ONE_OPEN_OFFER, fields=["entry"], condition=Q(status="open")
            ),
            # Nobody is offered time they were offered before, whatever became of it.
            ExclusionConstraint(
                name=NEVER_TWICE,
                expressions=[
                    (OpClass("entry", "gist_uuid_ops"), RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="spa_waitlistoffer_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
            ),
            models.CheckConstraint(
                name="spa_waitlistoffer_expires_before_the_visit",
                condition=Q(expires_at__gt=F("offered_at"), expires_at__lte=F("starts_at")),
            ),
            models.CheckConstraint(
                name="spa_waitlistoffer_status_known",
                condition=Q(status__in=[status.value for status in OfferStatus]),
            ),
            models.CheckConstraint(
                name="spa_waitlistoffer_ended_says_when",
                condition=Q(status="open", ended_at=None)
                | (~Q(status="open") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="spa_waitlistoffer_accepted_is_a_visit",
                condition=Q(status="accepted", appointment__isnull=False)
                | (~Q(status="accepted") & Q(appointment=None)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                name="spa_waitlistoffer_open",
                condition=Q(status="open"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.get_status_display()}"


class WaitlistSkip(models.Model):
    """Somebody was looked at when time came free and was passed over: one row for each reason."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(WaitlistEntry, models.CASCADE, related_name="skips")
    reason = models.CharField("motivo", max_length=16, choices=REASONS)
    first_at = models.DateTimeField("primera vez")
    last_at = models.DateTimeField("última vez")
    # The time that had come free then; empty when everything was looked through.
    freed_from = models.DateTimeField("se liberó desde", null=True, blank=True)
    freed_to = models.DateTimeField("se liberó hasta", null=True, blank=True)

    class Meta:
        verbose_name = "motivo por el que no se ofreció"
        verbose_name_plural = "motivos por los que no se ofreció"
        constraints = [
            models.UniqueConstraint(
                name="spa_waitlistskip_once_a_reason", fields=["entry", "reason"]
            )
        ]

    def __str__(self) -> str:
        return self.get_reason_display()
