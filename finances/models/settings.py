"""The numbers of money that an owner may change (business-rules.md, Money)."""

from decimal import Decimal
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import BusinessSettings
from finances.domain.subscriptions import RewardKind, Terms
from finances.domain.taxes import TAX_CATEGORIES, Rates, TaxCategory

MINUTES = [MinValueValidator(1), MaxValueValidator(24 * 60)]
DAYS = [MinValueValidator(1), MaxValueValidator(10 * 365)]
AMOUNTS = [MinValueValidator(0), MaxValueValidator(999_999_999)]
REWARD_KINDS = [
    (RewardKind.CREDIT.value, "Saldo a favor"),
    (RewardKind.VOUCHER.value, "Un servicio"),
]
PERCENTS = [MinValueValidator(0), MaxValueValidator(100)]


class FinanceSettings(BusinessSettings):
    """When the gateway is asked about a payment whose webhook never came; how long credit lasts."""

    section = "finances"

    first_look_minutes = models.PositiveSmallIntegerField(
        "primera consulta (minutos)", default=2, validators=MINUTES
    )
    second_look_minutes = models.PositiveSmallIntegerField(
        "segunda consulta (minutos)", default=5, validators=MINUTES
    )
    third_look_minutes = models.PositiveSmallIntegerField(
        "tercera consulta (minutos)", default=15, validators=MINUTES
    )
    fourth_look_minutes = models.PositiveSmallIntegerField(
        "cuarta consulta (minutos)", default=60, validators=MINUTES
    )
    later_looks_every_minutes = models.PositiveSmallIntegerField(
        "después, cada (minutos)", default=60, validators=MINUTES
    )
    last_look_hours = models.PositiveSmallIntegerField(
        "última consulta (horas)",
        default=48,
        validators=[MinValueValidator(1), MaxValueValidator(30 * 24)],
    )
    charge_lost_minutes = models.PositiveSmallIntegerField(
        "un cobro sin respuesta se da por perdido (minutos)",
        default=10,
        db_default=10,
        validators=[MinValueValidator(2), MaxValueValidator(120)],
        help_text="Si la pasarela responde y no lo conoce. Solo después se puede cobrar otra vez.",
    )
    credit_days = models.PositiveSmallIntegerField(
        "vigencia del saldo a favor (días)", default=365, validators=DAYS
    )
    first_credit_notice_days = models.PositiveSmallIntegerField(
        "primer aviso de vencimiento del saldo (días antes)", default=30, validators=DAYS
    )
    second_credit_notice_days = models.PositiveSmallIntegerField(
        "segundo aviso de vencimiento del saldo (días antes)", default=7, validators=DAYS
    )
    vat_percent = models.DecimalField(
        "IVA (%)", max_digits=5, decimal_places=2, default=Decimal(19), validators=PERCENTS
    )
    reduced_vat_percent = models.DecimalField(
        "IVA reducido (%)", max_digits=5, decimal_places=2, default=Decimal(5),
        validators=PERCENTS,
    )  # fmt: skip
    consumption_tax_percent = models.DecimalField(
        "impoconsumo (%)", max_digits=5, decimal_places=2, default=Decimal(8),
        validators=PERCENTS,
    )  # fmt: skip
    default_tax_category = models.CharField(
        "impuesto de lo que no diga otro",
        max_length=12,
        choices=TAX_CATEGORIES,
        default=TaxCategory.NONE.value,
    )
    cash_shift_required = models.BooleanField(
        "el efectivo se recibe solo con un turno de caja abierto", default=False
    )

    adjustment_limit = models.DecimalField(
        "ajuste de saldo, como máximo",
        max_digits=12,
        decimal_places=2,
        default=Decimal(5_000_000),
        validators=AMOUNTS,
    )
    adjustment_approval_above = models.DecimalField(
        "ajuste de saldo, otra persona aprueba por encima de",
        max_digits=12,
        decimal_places=2,
        default=Decimal(500_000),
        validators=AMOUNTS,
    )
    refund_approval_above = models.DecimalField(
        "devolución, otra persona aprueba por encima de",
        max_digits=12,
        decimal_places=2,
        default=Decimal(500_000),
        validators=AMOUNTS,
    )
    returned_credit_days = models.PositiveSmallIntegerField(
        "saldo que vuelve, vigencia mínima (días)", default=30, validators=DAYS
    )
    developer_percent = models.DecimalField(
        "comisión del desarrollador (% del dinero recibido)",
        max_digits=5,
        decimal_places=2,
        default=Decimal(5),
        validators=PERCENTS,
    )
    developer_threshold = models.DecimalField(
        "al desarrollador se le paga desde",
        max_digits=12,
        decimal_places=2,
        default=Decimal(200_000),
        validators=AMOUNTS,
    )
    staff_threshold = models.DecimalField(
        "al personal se le paga desde",
        max_digits=12,
        decimal_places=2,
        default=Decimal(200_000),
        validators=AMOUNTS,
    )
    pays_out_by_itself = models.BooleanField(
        "pagar cada día a quien llegue a su mínimo", default=True
    )
    payout_limit = models.DecimalField(
        "pagos a terceros por día, como máximo",
        max_digits=14,
        decimal_places=2,
        default=Decimal(1_500_000_000),
        validators=[MinValueValidator(1), MaxValueValidator(1_500_000_000)],
    )

    subscription_days_before = models.PositiveSmallIntegerField(
        "membresía, se cobra antes de terminar el mes pagado (días)",
        default=3,
        validators=[MinValueValidator(0), MaxValueValidator(27)],
    )
    subscription_tries = models.PositiveSmallIntegerField(
        "membresía, intentos de cobro en días distintos",
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
    )
    subscription_grace_days = models.PositiveSmallIntegerField(
        "membresía sin pagar, se conserva (días)",
        default=7,
        validators=[MinValueValidator(0), MaxValueValidator(27)],
    )
    subscription_from_hour = models.PositiveSmallIntegerField(
        "membresía, se cobra a partir de las (hora)",
        default=9,
        validators=[MinValueValidator(0), MaxValueValidator(23)],
    )
    subscription_first_minutes = models.PositiveSmallIntegerField(
        "membresía, tiempo para pagar el primer mes (minutos)", default=60, validators=MINUTES
    )
    vip_cashback_percent = models.DecimalField(
        "VIP, saldo a favor por lo pagado cada mes (%)",
        max_digits=5,
        decimal_places=2,
        default=Decimal(1),
        validators=PERCENTS,
    )
    vip_reward_months = models.PositiveSmallIntegerField(
        "VIP, premio cada tantos meses seguidos",
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    vip_reward_credit = models.DecimalField(
        "VIP, saldo a favor de cada premio por antigüedad",
        max_digits=12,
        decimal_places=2,
        default=Decimal(50_000),
        help_text="Cero: no se premia.",
        validators=AMOUNTS,
    )

    vip_reward_kind = models.CharField(
        "VIP, el premio por antigüedad es",
        max_length=7,
        choices=REWARD_KINDS,
        default=RewardKind.CREDIT.value,
        db_default=RewardKind.CREDIT.value,
    )
    vip_reward_service = models.UUIDField(
        "VIP, servicio que se regala",
        null=True,
        blank=True,
        help_text="Con un cupón personal por su precio. Si ya no se ofrece, se da el saldo.",
    )
    vip_reward_voucher_days = models.PositiveSmallIntegerField(
        "VIP, vigencia del cupón de premio (días)", default=90, db_default=90, validators=DAYS
    )

    month_closes_after_days = models.PositiveSmallIntegerField(
        "el mes se cierra solo a los (días)",
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )

    class Meta(BusinessSettings.Meta):
        verbose_name = "reglas de dinero"
        verbose_name_plural = "reglas de dinero"

    def clean(self) -> None:
        """Refuse ages that do not grow and notices that do not draw nearer.

        Raises `ValidationError`.
        """
        ages = [*self.first_looks, self.last_look_hours * 60]
        if any(later <= earlier for earlier, later in pairwise(ages)):
            raise ValidationError(_("Cada consulta debe ser posterior a la anterior."))
        if self.first_credit_notice_days <= self.second_credit_notice_days:
            raise ValidationError(_("El primer aviso debe darse antes que el segundo."))
        if self.adjustment_approval_above > self.adjustment_limit:
            raise ValidationError(_("Un ajuste se aprueba antes de llegar a su máximo."))
        if self.vip_reward_kind == RewardKind.VOUCHER and self.vip_reward_service is None:
            raise ValidationError(_("Elige el servicio que se regala."))

    @property
    def credit_notice_days(self) -> tuple[int, int]:
        """How many days before it ends a credit's owner is told, the earliest first."""
        return (self.first_credit_notice_days, self.second_credit_notice_days)

    @property
    def first_looks(self) -> tuple[int, int, int, int]:
        """Ages in minutes at which a payment is looked at before the even rhythm starts."""
        return (
            self.first_look_minutes,
            self.second_look_minutes,
            self.third_look_minutes,
            self.fourth_look_minutes,
        )

    @property
    def subscription_terms(self) -> Terms:
        """When a membership is charged, how often, and how long it waits for the money."""
        return Terms(
            days_before=self.subscription_days_before,
            tries=self.subscription_tries,
            grace_days=self.subscription_grace_days,
            from_hour=self.subscription_from_hour,
        )

    @property
    def rates(self) -> Rates:
        """What of a price is tax, by category."""
        return Rates(
            vat=self.vat_percent,
            reduced_vat=self.reduced_vat_percent,
            consumption=self.consumption_tax_percent,
            usual=TaxCategory(self.default_tax_category),
        )
