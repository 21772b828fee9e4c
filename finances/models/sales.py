"""Sales documents: what was earned, line by line, numbered without gaps (FIN-09).

Triggers refuse any change, and any document whose lines are not its sum.
"""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from core.models import BaseModel, Location
from finances.domain.sales import ItemKind
from finances.domain.taxes import TAX_CATEGORIES, TaxCategory

ONCE_PER_CAUSE = "finances_salesdocument_once_per_cause"
ITEM_KINDS = [
    (ItemKind.SERVICE.value, "Servicio"),
    (ItemKind.ADD_ON.value, "Adicional"),
    (ItemKind.CLASS.value, "Clase"),
    (ItemKind.PACKAGE.value, "Paquete"),
    (ItemKind.FORFEIT.value, "Dinero no devuelto"),
    (ItemKind.SUBSCRIPTION.value, "Membresía"),
]


class DocumentKind(models.TextChoices):
    """What a document says."""

    SALE = "sale", "Documento de venta"
    CREDIT_NOTE = "credit_note", "Nota crédito"


class DocumentSeries(models.Model):
    """Consecutive numbers of one kind of document at one place; `last_number` is the newest given.

    Numbers are given while a transaction commits, by a trigger, which makes the rows too.
    Sales of no place (a package that ended, credit that nobody spent) have a series of their own.
    """

    id = models.BigAutoField(primary_key=True)
    location = models.ForeignKey(
        Location, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="sede"
    )
    kind = models.CharField("documento", max_length=12, choices=DocumentKind)
    prefix = models.CharField(
        "prefijo",
        max_length=10,
        blank=True,
        validators=[RegexValidator(r"^[A-Z0-9-]*[A-Z]$", "Usa mayúsculas; termina en letra.")],
        help_text="Vacío: uno propio. No cambia desde que se emite el primer documento.",
    )
    last_number = models.PositiveIntegerField("último número", default=0, editable=False)

    class Meta:
        verbose_name = "numeración de documentos"
        verbose_name_plural = "numeraciones de documentos"
        constraints = [
            models.UniqueConstraint(
                name="finances_documentseries_one_per_place",
                fields=["location", "kind"],
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                name="finances_documentseries_prefix_once",
                fields=["prefix"],
                condition=~Q(prefix=""),
            ),
            # Those that are made up end in a digit, so that nobody's own is ever one of them.
            models.CheckConstraint(
                name="finances_documentseries_prefix_ends_in_a_letter",
                condition=Q(prefix="") | Q(prefix__regex=r"^[A-Z0-9-]*[A-Z]$"),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What stands before the number."""
        made_up = "V" if self.kind == DocumentKind.SALE else "NC"
        return self.prefix or f"{made_up}{self.pk}"


class SalesDocument(BaseModel):
    """What was earned of one client for one thing, or (negative) taken back by a credit note.

    Issued where the ledger recognises it, for the same cause and the same amount; numbered while
    that commits. How it was paid
    is what paid for `payable`, and where several things were paid for together, for `part_of`.
    """

    kind = models.CharField("documento", max_length=12, choices=DocumentKind)
    series = models.ForeignKey(
        DocumentSeries, models.PROTECT, related_name="+", null=True, verbose_name="numeración"
    )
    number = models.PositiveIntegerField("número", null=True)
    location = models.ForeignKey(
        Location, models.PROTECT, related_name="+", null=True, verbose_name="sede", db_index=False
    )
    # The studio as it was then: name, tax identity, address.
    seller = models.JSONField("vendedor", default=dict)
    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente", db_index=False
    )
    currency = models.CharField("moneda", max_length=3)
    discount = models.DecimalField("descuento", max_digits=12, decimal_places=2)
    base = models.DecimalField("base", max_digits=12, decimal_places=2)
    tax = models.DecimalField("impuestos", max_digits=12, decimal_places=2)
    total = models.DecimalField("total", max_digits=12, decimal_places=2)
    issued_at = models.DateTimeField("emitido")
    payable_kind = models.CharField("qué se paga", max_length=40)
    payable_id = models.UUIDField("identificador de lo que se paga")
    part_of_kind = models.CharField("pagado junto con", max_length=40, blank=True)
    part_of_id = models.UUIDField("identificador de eso", null=True, blank=True)
    # The ledger's account that earned it.
    account = models.CharField("cuenta", max_length=40)
    cause_kind = models.CharField("causa", max_length=40)
    cause_id = models.UUIDField("identificador de la causa")
    corrects = models.ForeignKey(
        "self", models.PROTECT, related_name="notes", null=True, verbose_name="corrige"
    )
    reason = models.CharField("motivo", max_length=200, blank=True)

    class Meta:
        verbose_name = "documento de venta"
        verbose_name_plural = "documentos de venta"
        constraints = [
            models.UniqueConstraint(
                name="finances_salesdocument_number_once", fields=["series", "number"]
            ),
            models.CheckConstraint(
                name="finances_salesdocument_number_is_of_a_series",
                condition=Q(series=None, number=None)
                | Q(series__isnull=False, number__isnull=False),
            ),
            models.UniqueConstraint(name=ONCE_PER_CAUSE, fields=["cause_kind", "cause_id"]),
            models.CheckConstraint(
                name="finances_salesdocument_total_is_base_and_tax",
                condition=Q(total=F("base") + F("tax")),
            ),
            models.CheckConstraint(
                name="finances_salesdocument_note_corrects",
                condition=Q(kind="sale", total__gt=0, corrects=None)
                | Q(kind="credit_note", total__lt=0, corrects__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-issued_at"], name="finances_salesdoc_of_client"),
            models.Index(fields=["location", "issued_at"], name="finances_salesdoc_of_place"),
            models.Index(fields=["payable_id"], name="finances_salesdoc_of_payable"),
            models.Index(fields=["-issued_at", "-id"], name="finances_salesdoc_latest"),
            # What the transaction that is committing has issued, and nobody else.
            models.Index(
                fields=["kind", "location"],
                name="finances_salesdoc_unnumbered",
                condition=Q(number=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series.label}-{self.number}" if self.series else "—"


class SalesLine(models.Model):
    """One thing on a document: its price, what came off, the tax in it; who gave it.

    Names are those of that day. All amounts of a credit note are negative, so that lines add up.
    """

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(SalesDocument, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField("tipo", max_length=12, choices=ITEM_KINDS)
    description = models.CharField("descripción", max_length=300)
    item_id = models.UUIDField("qué", null=True)
    staff_id = models.UUIDField("quién lo prestó", null=True)
    staff_name = models.CharField("personal", max_length=80, blank=True)
    category_id = models.UUIDField("categoría (identificador)", null=True)
    category_name = models.CharField("categoría", max_length=80, blank=True)
    quantity = models.PositiveSmallIntegerField("cantidad", default=1)
    list_price = models.DecimalField("precio", max_digits=12, decimal_places=2)
    discount = models.DecimalField("descuento", max_digits=12, decimal_places=2)
    tax_category = models.CharField("impuesto", max_length=12, choices=TAX_CATEGORIES)
    tax_rate = models.DecimalField("tarifa (%)", max_digits=5, decimal_places=2)
    base = models.DecimalField("base", max_digits=12, decimal_places=2)
    tax = models.DecimalField("valor del impuesto", max_digits=12, decimal_places=2)
    total = models.DecimalField("total", max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = "línea de un documento"
        verbose_name_plural = "líneas de un documento"
        constraints = [
            models.UniqueConstraint(
                name="finances_salesline_in_order", fields=["document", "position"]
            ),
            models.CheckConstraint(
                name="finances_salesline_adds_up",
                condition=Q(total=F("base") + F("tax")) & Q(total=F("list_price") - F("discount")),
            ),
            models.CheckConstraint(
                name="finances_salesline_tax_known",
                condition=Q(tax_category__in=[category.value for category in TaxCategory]),
            ),
        ]

    def __str__(self) -> str:
        return self.description
