"""`manage.py prove`: the promises of booking, put to the proof on a running instance (SPA-27)."""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils.translation import gettext as _

from studiozens.proof.attack import Score
from studiozens.proof.ground import ProofProblem
from studiozens.proof.guard import refuse_other_databases, remove_guard
from studiozens.proof.leaving import put_away
from studiozens.proof.run import Plan, attacks, reached
from studiozens.proof.table import details, head, row, total
from studiozens.stack.commands import run_in_foreground
from studiozens.stack.console import StackProblem
from studiozens.stack.scratch import scratch_instance


class Command(BaseCommand):
    """Races clients over HTTP and audits the tables; fails when a promise was broken."""

    help = (
        "Race clients over HTTP against a running instance and look for double bookings and lost "
        "updates. --without-guard shows, in a database of its own, what the guard would catch."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How many, how often, where."""
        parser.add_argument("--attempts", type=_at_least(1), default=10_000)
        parser.add_argument("--clients", type=_at_least(2), default=8, help="connections at once")
        parser.add_argument("--url", default=settings.PUBLIC_BASE_URL, help="the instance")
        parser.add_argument("--seed", type=int, default=1, help="the same choices again")
        parser.add_argument("--without-guard", action="store_true")
        parser.add_argument(
            "--in-production", action="store_true", help="yes, on an instance people use"
        )
        # How --without-guard calls itself in the instance it has made.
        parser.add_argument("--scratch", default="", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; what is set up is put away however it ends."""
        try:
            with _ended_in_order():
                if options["without_guard"]:
                    self._show_the_race(options)
                elif options["scratch"]:
                    self._attack_unguarded(options)
                else:
                    self._prove(options)
        except (ProofProblem, StackProblem) as problem:
            raise CommandError(str(problem)) from problem
        except OperationalError as problem:
            message = _(
                "La base de datos dejó de responder. La próxima prueba guarda lo que quedó."
            )
            raise CommandError(message) from problem
        except KeyboardInterrupt:
            raise CommandError(_("Interrumpida."), returncode=128 + signal.SIGINT) from None

    def _prove(self, options: dict[str, Any]) -> None:
        if settings.ENVIRONMENT == "production" and not options["in_production"]:
            raise CommandError(
                _(
                    "Esto ocupa el servidor y deja citas canceladas: no en producción. Si de "
                    "verdad quieres probar aquí, añade --in-production."
                )
            )
        plan = _plan(options)
        with reached(plan) as wire:
            put_away()
            try:
                scores = self._printed(plan, attacks(plan, wire))
            finally:
                left = put_away()
        self.stdout.write(
            _(
                "Guardado: %(visits)s citas y %(classes)s clases canceladas, %(packages)s paquetes "
                "devueltos, cuentas de prueba inactivas."
            )
            % {"visits": left.visits, "classes": left.classes, "packages": left.packages}
        )
        if broken := [score for score in scores if _is_broken(score)]:
            names = ", ".join(str(score.title) for score in broken)
            raise CommandError(_("No se cumplió todo: %(names)s.") % {"names": names})
        self.stdout.write(_("Se cumplió todo: 0 solapes, 0 actualizaciones perdidas."))

    def _show_the_race(self, options: dict[str, Any]) -> None:
        self.stdout.write(_("Preparando una base de datos desechable, sin la guarda …"))
        self.stdout.flush()
        with scratch_instance(database_url=settings.DATABASE_URL) as (name, environment):
            command = [sys.executable, "manage.py", "prove", f"--scratch={name}"]
            command += [f"--url={environment['PUBLIC_BASE_URL']}", f"--seed={options['seed']}"]
            command += [f"--attempts={options['attempts']}", f"--clients={options['clients']}"]
            code = run_in_foreground(command, environment)
        if code:
            raise CommandError(_("La carrera sin guarda no se pudo mostrar."), returncode=code)
        self.stdout.write(_("La base de datos desechable ya no existe."))

    def _attack_unguarded(self, options: dict[str, Any]) -> None:
        plan, database = _plan(options), options["scratch"]
        refuse_other_databases(database=database)
        call_command("migrate", interactive=False, verbosity=0)
        remove_guard(database=database)
        with reached(plan) as wire:
            scores = self._printed(plan, attacks(plan, wire))
        overlaps = total(scores).overlaps
        if not overlaps:
            raise CommandError(_("Sin la guarda no hubo solapes: esta carga no muestra nada."))
        self.stdout.write(
            _("Sin la guarda, %(overlaps)s solapes: eso es lo que la guarda impide.")
            % {"overlaps": overlaps}
        )

    def _printed(self, plan: Plan, running: Iterator[Score]) -> list[Score]:
        """The scores, each shown as soon as it is there."""
        about = {"clients": plan.clients, "url": plan.url, "seed": plan.seed}
        self.stdout.write(
            _("%(clients)s clientes a la vez contra %(url)s, semilla %(seed)s") % about
        )
        self.stdout.write(f"\n{head()}")
        scores = []
        for score in running:
            self.stdout.write(row(score))
            self.stdout.flush()
            scores.append(score)
        self.stdout.write(row(total(scores)))
        self.stdout.write("\n" + _("Respuestas «no», y lo que no encaja:"))
        for line in details(scores):
            self.stdout.write(line)
        return scores


def _plan(options: dict[str, Any]) -> Plan:
    return Plan(options["url"], options["attempts"], options["clients"], options["seed"])


def _is_broken(score: Score) -> bool:
    """An attack in which nobody got anything shows nothing, so it does not count as kept."""
    return bool(score.overlaps or score.lost or score.errors or not score.yes)


def _at_least(least: int) -> Any:
    def parse(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(_("al menos %(least)s") % {"least": least})
        return number

    return parse


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """A polite request to end is one to tidy up first."""

    def leave(signum: int, frame: FrameType | None) -> None:
        sys.exit(128 + signum)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
