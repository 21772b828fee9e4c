"""What stands on the desk's calendar and why a start is free or not, as plain facts for JSON."""

from typing import Any
from zoneinfo import ZoneInfo

from spa.selectors.agenda import Entry
from spa.selectors.explanation import Candidate, Explanation, Judged


def entry_facts(entry: Entry, zone: ZoneInfo) -> dict[str, Any]:
    """What takes time of one person or room, by the clocks of `zone`."""
    return {
        "kind": entry.kind,
        "id": entry.id,
        "resource": entry.resource_id,
        "start": entry.begins.astimezone(zone).isoformat(),
        "end": entry.ends.astimezone(zone).isoformat(),
        "title": entry.title,
        "status": entry.status,
        "client_id": entry.client_id,
        "client": entry.client,
        "is_hold": entry.is_hold,
    }


def explanation_facts(found: Explanation, zone: ZoneInfo) -> dict[str, Any]:
    """All that speaks against a start, by the clocks of `zone` (SPA-25)."""
    return {
        "start": found.start.astimezone(zone).isoformat(),
        "is_offered": found.is_offered,
        "reasons": [reason.value for reason in found.reasons],
        "demands": [_judged_facts(judged, zone) for judged in found.demands],
    }


def _judged_facts(judged: Judged, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "kind": judged.kind,
        "start": judged.begins.astimezone(zone).isoformat(),
        "end": judged.ends.astimezone(zone).isoformat(),
        "candidates": [_candidate_facts(one, zone) for one in judged.candidates],
    }


def _candidate_facts(candidate: Candidate, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": candidate.id,
        "name": candidate.name,
        "verdict": candidate.verdict.value,
        "in_the_way": [entry_facts(entry, zone) for entry in candidate.in_the_way],
    }
