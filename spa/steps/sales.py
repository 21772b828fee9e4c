"""What visits, classes and packages sell, as documents say it (FIN-09)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from core.db import fetch
from core.money import ZERO
from finances.domain.discounts import split
from finances.domain.taxes import TaxCategory
from finances.types import ItemKind, Sale, SaleLine
from spa.domain.lifecycle import VISIT
from spa.models import Appointment, ClassSession, ClientPackage, Enrolment

# A plain statement: every visit that happens asks.
LINES = """
SELECT line.appointment_id, line.package_use_id, line.price, line.discount, service.id,
       service.name, service.tax_category, add_on.id, add_on.name, category.id, category.name,
       staff.id, staff.display_name
  FROM spa_appointmentitem AS line
  JOIN spa_service AS service ON service.id = line.service_id
  JOIN spa_servicecategory AS category ON category.id = service.category_id
  LEFT JOIN spa_addon AS add_on ON add_on.id = line.add_on_id
  LEFT JOIN spa_staffmember AS staff ON staff.id = line.staff_id
 WHERE line.appointment_id = ANY(%(visits)s)
 ORDER BY line.appointment_id, line.chain, line.position
"""
SERIES, PACKAGE, ENROLMENT = "spa.series", "spa.package", "spa.enrolment"
NO_TAX = TaxCategory.NONE.value


@dataclass(frozen=True, slots=True)
class Given:
    """Where a package's sessions were spent, and on what; priced when they are earned."""

    location_id: UUID | None
    lines: tuple[SaleLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Served:
    """What a visit was: what is paid for line by line, and what a package's sessions gave."""

    sale: Sale
    sessions: Given


def list_served(visits: Collection[Appointment]) -> dict[UUID, Served]:
    """What each visit was, with who served whom. One query, whatever the number."""
    paid: dict[UUID, list[SaleLine]] = {visit.pk: [] for visit in visits}
    given: dict[UUID, list[SaleLine]] = {visit.pk: [] for visit in visits}
    for visit_id, use_id, *row in fetch(LINES, {"visits": list(paid)}):
        (paid if use_id is None else given)[visit_id].append(_line(*row))
    return {
        visit.pk: Served(
            _sale_of(visit, paid[visit.pk]), Given(visit.location_id, tuple(given[visit.pk]))
        )
        for visit in visits
    }


def _line(
    price: Decimal,
    discount: Decimal,
    service_id: UUID,
    service: str,
    tax_category: str,
    add_on_id: UUID | None,
    add_on: str | None,
    category_id: UUID,
    category: str,
    staff_id: UUID | None,
    staff: str | None,
) -> SaleLine:
    return SaleLine(
        kind=ItemKind.ADD_ON if add_on_id else ItemKind.SERVICE,
        description=f"{service}: {add_on}" if add_on else service,
        list_price=price,
        discount=discount,
        tax_category=tax_category,
        item_id=add_on_id or service_id,
        staff_id=staff_id,
        staff_name=staff or "",
        category_id=category_id,
        category_name=category,
    )


def _sale_of(visit: Appointment, lines: Sequence[SaleLine]) -> Sale:
    """Whatever its lines say, a visit sells what it costs: money is earned by that."""
    if sum((line.net for line in lines), ZERO) != visit.total:
        lines = [SaleLine(ItemKind.SERVICE, visit.title, visit.total)]
    return Sale(
        location_id=visit.location_id,
        payable_kind=VISIT,
        payable_id=visit.pk,
        lines=tuple(lines),
        part_of=(SERIES, visit.series_id) if visit.series_id else None,
    )


def kept_of(visit: Appointment, amount: Decimal) -> Sale:
    """Money of a visit that did not happen, and is not given back: no tax is in it."""
    return replace(
        _sale_of(visit, ()),
        lines=(_forfeit(_("No devuelto: {title}").format(title=visit.title), amount),),
    )


def _forfeit(description: str, amount: Decimal) -> SaleLine:
    return SaleLine(ItemKind.FORFEIT, description, amount, tax_category=NO_TAX)


def place_in(enrolment: Enrolment, *, amount: Decimal, is_kept: bool) -> Sale:
    """A place in a class; or, if `is_kept`, money of one that was given up. No query.

    The class was read with its type.
    """
    session = enrolment.session
    name = session.class_type.name
    line = (
        _forfeit(_("No devuelto: {title}").format(title=name), amount)
        if is_kept
        else replace(_taught(session), list_price=enrolment.price)
    )
    return Sale(session.location_id, ENROLMENT, enrolment.pk, (line,))


def _taught(session: ClassSession) -> SaleLine:
    return SaleLine(
        kind=ItemKind.CLASS,
        description=session.class_type.name,
        list_price=ZERO,
        tax_category=session.class_type.tax_category,
        item_id=session.class_type_id,
        staff_id=session.instructor_id,
        staff_name=session.instructor.display_name,
        category_name=_("Clases"),
    )


def taught_to(enrolments: Iterable[Enrolment]) -> dict[UUID, Given]:
    """What sessions of packages gave to people in classes; by place. No query."""
    return {
        place.pk: Given(place.session.location_id, (_taught(place.session),))
        for place in enrolments
    }


def sessions_of(package: ClientPackage, value: Decimal, given: Given, *, is_kept: bool) -> Sale:
    """Sessions of a package: what they gave, with the package's tax; or nothing, if `is_kept`.

    The package was read with what it is one of.
    """
    if is_kept:
        lines = [_forfeit(_("Sesión perdida: {name}").format(name=package.name), value)]
    else:
        lines = [_priced(package, line) for line in given.lines or (_rest_of(package),)]
        parts = split(value, [value] * len(lines), currency=package.currency)
        lines = [replace(line, list_price=part) for line, part in zip(lines, parts, strict=True)]
    return Sale(given.location_id, PACKAGE, package.pk, tuple(lines))


def _priced(package: ClientPackage, line: SaleLine) -> SaleLine:
    return replace(
        line,
        description=line.description
        if line.kind == ItemKind.PACKAGE
        else f"{package.name}: {line.description}",
        discount=ZERO,
        tax_category=package.package.tax_category,
    )


def _rest_of(package: ClientPackage) -> SaleLine:
    return SaleLine(
        kind=ItemKind.PACKAGE,
        description=_("Sesiones vencidas: {name}").format(name=package.name),
        list_price=ZERO,
        item_id=package.package_id,
    )
