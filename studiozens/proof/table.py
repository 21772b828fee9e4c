"""The scores as a person reads them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from studiozens.proof.attack import Score

WIDTHS = (32, 9, 7, 7, 8, 8, 9, 11)
EXAMPLES = 5


def head() -> str:
    """The names of the columns."""
    names = [_("ataque"), _("intentos"), _("sí"), _("no"), _("errores"), _("solapes")]
    return _line([*names, _("perdidas"), _("intentos/s")])


def row(score: Score) -> str:
    """One attack."""
    return _line(
        [
            str(score.title),
            str(score.attempts),
            str(score.yes),
            str(score.refused.total()),
            str(score.errors.total()),
            str(score.overlaps),
            str(len(score.lost)),
            f"{score.rate:.0f}",
        ]
    )


def total(scores: Sequence[Score]) -> Score:
    """All attacks as one."""
    whole = Score(_("en total"))
    for score in scores:
        whole.attempts += score.attempts
        whole.yes += score.yes
        whole.refused += score.refused
        whole.errors += score.errors
        whole.seconds += score.seconds
        whole.overlaps += score.overlaps
        whole.lost += score.lost
    return whole


def details(scores: Sequence[Score]) -> Iterator[str]:
    """Which refusals there were, and the first of what was broken."""
    for score in scores:
        yield f"  {score.title}: {_codes(score.refused)}"
    for score in scores:
        if score.errors:
            yield _("  %(attack)s, respuestas que no encajan: %(codes)s") % {
                "attack": score.title,
                "codes": _codes(score.errors),
            }
        for problem in score.lost[:EXAMPLES]:
            yield f"  {score.title}: {problem}"


def _codes(found: Counter[str]) -> str:
    return ", ".join(f"{number} × {code}" for code, number in found.most_common()) or "—"


def _line(cells: Sequence[str]) -> str:
    first, *rest = zip(cells, WIDTHS, strict=True)
    return f"{first[0]:<{first[1]}}" + "".join(f"{cell:>{width}}" for cell, width in rest)
