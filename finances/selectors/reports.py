"""The report of a day or a month: kept where the month is closed, made where it is not (FIN-11)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Location
from finances import errors
from finances.domain.figures import AccountInWords, Figures, Words
from finances.domain.months import MONTHLY, Period, begins_at
from finances.domain.report_controls import controls_of
from finances.domain.report_tables import tables_of
from finances.domain.reports import Place, Report, Status, agree, read, write_down
from finances.domain.taxes import TAX_CATEGORIES
from finances.models import ClosedMonth, KeptReport, LedgerAccount
from finances.models.ledger import MovementKind
from finances.models.sales import ITEM_KINDS
from finances.selectors.commissions import names_of_parties
from finances.selectors.papers import WAYS
from finances.selectors.report_balances import what_stood
from finances.selectors.report_sums import (
    sum_booked_sales,
    sum_cash,
    sum_moved,
    sum_sold,
    sum_taken,
)
from finances.selectors.snapshots import one_moment

COUNTER_WAYS = {"cash": "Efectivo", "card": "Datáfono", "transfer": "Transferencia"}


def get_report(*, period: Period, location_id: UUID | None, now: datetime) -> bytes:
    """The report as it was kept, or as it is now and then provisional. At most 17 queries.

    However many rows there are: the database adds them up. What lies in a month whose report is
    kept is final, and calls everybody what he was called then. Raises `ReportInTheFuture`,
    `ReportPlaceUnknown`.
    """
    if begins_at(period.first, zone=timezone.get_default_timezone()) > now:
        raise errors.ReportInTheFuture
    with one_moment():
        place = _find_place(location_id)
        of_month = KeptReport.objects.filter(month_id=period.month)
        if period.kind == MONTHLY:
            kept = of_month.filter(location=place).first()
            if kept:
                return bytes(kept.body)
        whole = of_month.filter(location=None).first()
        names = read(bytes(whole.body)).names if whole else None
        return make_report(
            period=period, place=place, is_final=whole is not None, names=names, now=now
        )


def find_month_to_keep() -> ClosedMonth | None:
    """The first closed month that has no report. One query."""
    return ClosedMonth.objects.filter(reports=None).order_by("month").first()


def make_report(
    *,
    period: Period,
    place: Location | None,
    is_final: bool,
    now: datetime,
    names: Mapping[str, str] | None = None,
) -> bytes:
    """Add the period up and write it down, inside the caller's moment."""
    zone = timezone.get_default_timezone()
    since, until = begins_at(period.first, zone=zone), begins_at(period.after, zone=zone)
    words = _words(names)
    figures = _figures(since, until, place, now)
    controls = controls_of(figures, words, is_of_place=place is not None)
    return write_down(
        Report(
            kind=period.kind,
            period=period.label,
            since=since.astimezone(zone).isoformat(),
            until=until.astimezone(zone).isoformat(),
            location=Place(str(place.pk), words.names.get(str(place.pk), place.name))
            if place
            else None,
            status=Status.FINAL if is_final else Status.PROVISIONAL,
            as_of=None if is_final else now.astimezone(zone).isoformat(timespec="seconds"),
            agrees=agree(controls),
            controls=controls,
            sections=tables_of(figures, words, is_of_place=place is not None),
            names=dict(words.names),
        )
    )


def _figures(since: datetime, until: datetime, place: Location | None, now: datetime) -> Figures:
    of = place.pk if place else None
    sold = sum_sold(since=since, until=until, place=of)
    taken = sum_taken(since=since, until=until, place=of)
    cash = sum_cash(since=since, until=until, place=of)
    if of:
        booked = sum_booked_sales(since=since, until=until, place=of)
        return Figures(sold, taken, cash, booked_sales=booked)
    moved = sum_moved(since=since, until=until)
    stood = what_stood(since=since, until=until, moved=moved, now=now)
    return Figures(sold, taken, cash, moved, stood)


def _find_place(location_id: UUID | None) -> Location | None:
    if location_id is None:
        return None
    found = Location.objects.filter(pk=location_id).first()
    if found is None:
        raise errors.ReportPlaceUnknown
    return found


def _words(names: Mapping[str, str] | None) -> Words:
    online = WAYS | {"card": _("Tarjeta en línea")}
    return Words(
        accounts={
            account.code: AccountInWords(account.name, account.kind, account.normal_side)
            for account in LedgerAccount.objects.order_by("kind", "code")
        },
        movements={kind.value: str(kind.label) for kind in MovementKind},
        items=dict(ITEM_KINDS),
        taxes=dict(TAX_CATEGORIES),
        ways={("online", method): name for method, name in online.items()}
        | {("counter", method): name for method, name in COUNTER_WAYS.items()},
        names=_names() if names is None else names,
    )


def _names() -> dict[str, str]:
    """Places and earners as they are called today. A query, and one of each app that knows any."""
    places = {
        str(pk): name for pk, name in Location.objects.order_by("pk").values_list("pk", "name")
    }
    earners = {str(party): name for party, name in names_of_parties().items()}
    return places | dict(sorted(earners.items()))
