"""How often each act of a machine was tried, and what came of it."""

from collections import Counter
from collections.abc import Mapping

# What is tried so often and never done is a mistake of the machine's, or of ours.
OFTEN = 100


def tried_in_vain(tally: Mapping[tuple[str, str], int]) -> set[str]:
    """Acts that were tried often and never done; `tally` counts each act with its outcome."""
    tried = Counter[str]()
    for (act, _), times in tally.items():
        tried[act] += times
    done = {act for act, outcome in tally if outcome in {"done", "nothing to do"}}
    return {act for act, times in tried.items() if times >= OFTEN} - done
