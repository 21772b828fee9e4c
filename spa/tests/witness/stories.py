"""A payment from the booking on: how it is paid, what is heard of it, and what becomes of it."""

from datetime import time
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from spa.services.booking import book_appointment
from spa.tests.machine.studio import WALLS, is_vip
from spa.tests.machine.world import days, people, which
from spa.tests.witness.giving_back import GivingBack
from spa.tests.witness.paying import Paying, fates, ways

BACK = ("given back", "given back twice", "both", "to the bank", "in doubt")
ENDS = ("", "charged back", "given back there", *BACK)
means = st.sampled_from(["money", "money", "voucher", "what they have"])
stories = st.tuples(ways, fates, means, st.sampled_from(ENDS))


class Stories(Paying, GivingBack):
    """Several things that happen to one payment: chance alone would hardly bring them together."""

    @initialize(first=st.lists(stories, min_size=2, max_size=3), kept=st.booleans())
    def morning(self, first: list[tuple[str, str, str, str]], kept: bool) -> None:
        """There is money from the beginning."""
        super().morning()
        if kept:
            self.somebody_keeps_a_card(0)
        for number, (way, fate, by, end) in enumerate(first):
            self._happen(self._book(number, 0, number, WALLS[number], by), way, fate, end)

    @rule(who=people, what=which, day=days, wall=st.sampled_from(WALLS), story=stories)
    def somebody_books_and_pays(
        self, who: int, what: int, day: int, wall: time, story: tuple[str, str, str, str]
    ) -> None:
        way, fate, by, end = story
        self._happen(self._book(who, what, day, wall, by), way, fate, end)

    def _book(self, who: int, what: int, day: int, wall: time, by: str) -> Any:
        words = self._order(who, what, day, wall, "one", by)
        booked = self.do(book_appointment, is_vip=is_vip(self.person(who)), **words)
        mine = [] if booked is None else self._open_payments(booked.appointment.pk)
        return mine[0] if mine else None

    def _happen(self, payment: Any, way: str, fate: str, end: str) -> None:
        if payment is None:
            return
        self._pay(payment, way, fate)
        approved = [seen for seen in self.far.approved() if seen in self.far.of(payment)]
        if not approved or not end:
            return
        if end in BACK:
            share = {"given back": 100, "given back twice": 70}.get(end, 50)
            if end == "in doubt":
                self.far.fail("wompi", "lost_answer", "/wompi/v1/refunds", "POST", next=1)
            to = "bank" if end == "to the bank" else "gateway"
            for _ in range(2 if end == "given back twice" else 1):
                self._ask_back(payment, "goodwill", to, share, at_once=True)
        if end == "given back there":
            self._give_back_there(approved[0], 30)
        if end in {"charged back", "both"} and approved[0] in self.far.approved():
            self.far.void(approved[0], payment)
            self._let_come(fate)
