"""What goes wrong between us and the providers, for a while."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from spa.tests.witness.ground import Ground

# Which requests: whole hosts would take payers' own devices along.
PLACES = [
    ("wompi", "/wompi/v1/transactions", "POST"),
    ("wompi", "/wompi/v1/transactions", "GET"),
    ("wompi", "/wompi/v1/refunds", "POST"),
    ("payouts", "/payouts/v1/payouts", "POST"),
    ("payouts", "/payouts/v1/payouts", "GET"),
]
WHILES = ["down", "errors", "lost_answer", "errors_after", "garbage"]


class Trouble(Ground):
    """Faults are switched on, and healed."""

    @rule(where=st.sampled_from(PLACES), mode=st.sampled_from(WHILES))
    def a_provider_fails(self, where: tuple[str, str, str], mode: str) -> None:
        self._fail(where, mode)

    @precondition(lambda self: self.far.faults)
    @rule()
    def all_is_well_again(self) -> None:
        self.far.heal()

    def _fail(self, where: tuple[str, str, str], mode: str, **more: int) -> None:
        provider, path, method = where
        self.far.fail(provider, mode, path, method, **more)


class Silence(Trouble):
    """Answers that never come, to the next request of a kind: a second each, so not on every run.

    For us they are what a lost answer is.
    """

    @rule(
        where=st.sampled_from([place for place in PLACES if place[2] == "POST"]),
        mode=st.sampled_from(["timeout_before", "timeout_after"]),
    )
    def an_answer_never_comes(self, where: tuple[str, str, str], mode: str) -> None:
        """It was taken, or it was not."""
        self._fail(where, mode, next=1)
