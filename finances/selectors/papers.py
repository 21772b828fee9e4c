"""What is printed on receipts and sales documents, in words (FIN-09)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from core.models import Location
from core.money import ZERO
from finances import errors
from finances.domain.printing import Item, Paper, in_words
from finances.domain.taxes import TAX_CATEGORIES, TaxCategory
from finances.models import CounterPayment, Payment, PaymentAttempt, SalesDocument, SalesLine
from finances.models.payments import PaymentStatus
from finances.registry import payable_for
from finances.selectors.documents import list_ways_paid
from finances.selectors.paid import list_counter_payments
from finances.selectors.payments import list_payments

TAXES = dict(TAX_CATEGORIES)
WAYS = {
    "cash": "Efectivo",
    "card": "Tarjeta",
    "transfer": "Transferencia",
    "credit": "Saldo a favor",
    "online": "Pago en línea",
    "nequi": "Nequi",
    "pse": "PSE",
    "daviplata": "Daviplata",
    "bancolombia_transfer": "Bancolombia",
    "bancolombia_qr": "QR Bancolombia",
    "bancolombia_collect": "Corresponsal Bancolombia",
}
PAID = frozenset({PaymentStatus.APPROVED, PaymentStatus.VOIDED})


def print_document(document: SalesDocument) -> Paper:
    """A sales document with its lines and how it was paid. Three queries."""
    money = partial(in_words, currency=document.currency)
    lines = sorted(document.lines.all(), key=lambda line: line.position)
    facts = [
        (_("Fecha"), _moment(document.issued_at, document.seller)),
        (_("Cliente"), document.client.full_name),
    ]
    if document.corrects is not None:
        facts += [(_("Corrige"), str(document.corrects)), (_("Motivo"), document.reason)]
    totals = [(_("Base"), money(document.base)), *_taxes(lines, document.currency)]
    if document.discount:
        totals.insert(0, (_("Descuentos incluidos"), money(document.discount)))
    paid = {} if document.corrects else list_ways_paid(document)
    return Paper(
        title=f"{document.get_kind_display()} {document}",
        **_seller(document.seller),
        facts=facts,
        items=[_item(line, document.currency) for line in lines],
        totals=[*totals, (_("Total"), money(document.total))],
        paid_by=[(_way(way), money(amount)) for way, amount in paid.items()],
        footer=_("Los precios incluyen impuestos. No reemplaza la factura electrónica."),
    )


def _item(line: SalesLine, currency: str) -> Item:
    money = partial(in_words, currency=currency)
    tax = f"{TAXES[line.tax_category]} {line.tax_rate.normalize():f} %" if line.tax else "—"
    return Item(
        words=line.description,
        below=line.staff_name,
        list_price=money(line.list_price),
        discount=money(line.discount) if line.discount else "—",
        tax=tax,
        total=money(line.total),
    )


def _taxes(lines: list[SalesLine], currency: str) -> list[tuple[str, str]]:
    """What each tax comes to, by rate."""
    sums: dict[tuple[str, Decimal], Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        if line.tax_category != TaxCategory.NONE:
            sums[line.tax_category, line.tax_rate] += line.tax
    return [
        (f"{TAXES[category]} {rate.normalize():f} %", in_words(amount, currency))
        for (category, rate), amount in sorted(sums.items())
    ]


def print_receipt(*, payment_id: UUID, client_id: UUID | None) -> Paper:
    """A receipt for money that came, online or in person. At most five queries.

    Raises `PaymentUnknown`, `PaymentNotPaid`.
    """
    online = list_payments(client_id=client_id).select_related("client").filter(pk=payment_id)
    if (payment := online.first()) is not None:
        return _online(payment)
    counter = list_counter_payments(client_id=client_id).select_related("client", "location")
    taken = counter.filter(pk=payment_id).first()
    if taken is None:
        raise errors.PaymentUnknown
    return _in_person(taken)


def _online(payment: Payment) -> Paper:
    if payment.status not in PAID or payment.paid_at is None:
        raise errors.PaymentNotPaid
    attempt = PaymentAttempt.objects.filter(gateway_id=payment.decided_by).first()
    facts = [
        (_("Referencia"), payment.reference),
        (_("Transacción"), payment.decided_by),
    ]
    if payment.status == PaymentStatus.VOIDED:
        facts.append((_("Estado"), _("Anulado por la pasarela")))
    return _receipt(
        payment,
        at=payment.paid_at,
        way=attempt.method if attempt else "online",
        facts=facts,
        location=None,
        tip=ZERO,
    )


def _in_person(payment: CounterPayment) -> Paper:
    return _receipt(
        payment,
        at=payment.taken_at,
        way=payment.method,
        facts=[(_("Recibo"), str(payment.pk))],
        location=payment.location,
        tip=payment.tip,
    )


def _receipt(
    payment: Payment | CounterPayment,
    *,
    at: datetime,
    way: str,
    facts: list[tuple[str, str]],
    location: Location | None,
    tip: Decimal,
) -> Paper:
    money = partial(in_words, currency=payment.currency)
    place = location or Location.objects.order_by("created_at", "pk").first()
    seller = {name: getattr(place, name) for name in SELLER} if place else {}
    words = payable_for(payment.payable_kind).describe(payable_id=payment.payable_id)
    totals = [(f"{payment.get_kind_display()}: {words}", money(payment.amount))]
    if tip:
        totals.append((_("Propina"), money(tip)))
    return Paper(
        title=_("Recibo de pago"),
        **_seller(seller),
        facts=[
            *facts,
            (_("Fecha"), _moment(at, seller)),
            (_("Cliente"), payment.client.full_name),
            (_("Medio de pago"), _way(way)),
        ],
        items=(),
        totals=[*totals, (_("Total recibido"), money(payment.amount + tip))],
        paid_by=(),
        footer=_("Comprobante del dinero recibido. No es un documento de venta."),
    )


SELLER = ("name", "tax_id", "address", "city", "phone", "timezone")


def _seller(facts: Mapping[str, str]) -> dict[str, Any]:
    """The studio as it stands on paper."""
    where = ", ".join(part for part in (facts.get("address"), facts.get("city")) if part)
    tax_id = facts.get("tax_id")
    lines = [f"NIT {tax_id}" if tax_id else "", where, facts.get("phone", "")]
    return {"seller": facts.get("name", ""), "seller_facts": lines}


def _moment(at: datetime, seller: Mapping[str, str]) -> str:
    zone = ZoneInfo(seller.get("timezone") or settings.TIME_ZONE)
    return f"{at.astimezone(zone):%d/%m/%Y %H:%M}"


def _way(way: str) -> str:
    return WAYS.get(way.lower(), way)
