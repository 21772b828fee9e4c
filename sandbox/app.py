"""The application: four providers, their faults, the controls and the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import ASGIApp

from sandbox import control, faults_control, page
from sandbox.clock import Clock
from sandbox.config import Settings
from sandbox.context import Sandbox
from sandbox.faults import Faults, Provider
from sandbox.faulty import FaultMiddleware
from sandbox.inputs import BadInput, answer_bad_input
from sandbox.messages import MessageLog
from sandbox.payouts import api as payouts_api
from sandbox.payouts import control as payouts_control
from sandbox.payouts import errors as payouts_errors
from sandbox.payouts.books import PayoutBooks
from sandbox.payouts.dispersal import settle_later as settle_payout_later
from sandbox.store import Store
from sandbox.timers import Timers
from sandbox.twilio import errors as twilio_errors
from sandbox.twilio import messages as twilio_messages
from sandbox.twilio import verify as twilio_verify
from sandbox.upcoming import Upcoming
from sandbox.webhooks import Webhooks
from sandbox.whatsapp import api as whatsapp_api
from sandbox.whatsapp import errors as whatsapp_errors
from sandbox.whatsapp.templates import read_catalogue
from sandbox.wompi import api as wompi_api
from sandbox.wompi import books_control, daviplata_api, refunds_api, sources_api, tokens_api
from sandbox.wompi import control as wompi_control
from sandbox.wompi import errors as wompi_errors
from sandbox.wompi import pages as wompi_pages
from sandbox.wompi.books import Books
from sandbox.wompi.gateway import settle_later
from sandbox.wompi.tokens import Tokens

FAULT_ANSWERS = {
    Provider.PAYOUTS: payouts_errors.answer_fault,
    Provider.WOMPI: wompi_errors.answer_fault,
    Provider.WHATSAPP: whatsapp_errors.answer_fault,
    Provider.TWILIO: twilio_errors.answer_fault,
}
# The busiest paths first: they are tried in this order.
ROUTES = [
    *wompi_api.routes,
    *whatsapp_api.routes,
    *wompi_control.routes,
    *twilio_verify.routes,
    *twilio_messages.routes,
    *control.routes,
    *faults_control.routes,
    *tokens_api.routes,
    *refunds_api.routes,
    *books_control.routes,
    *payouts_api.routes,
    *payouts_control.routes,
    *sources_api.routes,
    *daviplata_api.routes,
    *wompi_pages.routes,
    *page.routes,
]


def build_app(settings: Settings) -> ASGIApp:
    """The sandbox as an ASGI application; what it remembers is opened when it starts."""
    faults = Faults()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        sandbox = _open(settings, faults)
        app.state.sandbox = sandbox
        await sandbox.webhooks.start()
        for transaction in Books(sandbox.store).unsettled():
            settle_later(sandbox, transaction)
        for token in Tokens(sandbox.store).unsettled():
            tokens_api.settle_token_later(sandbox, token)
        for batch in PayoutBooks(sandbox.store).unsettled():
            settle_payout_later(sandbox, batch)
        yield
        sandbox.timers.forget()
        await sandbox.webhooks.stop()
        sandbox.store.close()

    app = Starlette(
        routes=ROUTES,
        lifespan=lifespan,
        exception_handlers={
            wompi_errors.Refused: wompi_errors.answer_refused,
            payouts_errors.PayoutsRefused: payouts_errors.answer_refused,
            whatsapp_errors.GraphError: whatsapp_errors.answer_graph_error,
            twilio_errors.TwilioError: twilio_errors.answer_twilio_error,
            BadInput: answer_bad_input,
        },
    )
    return FaultMiddleware(app, faults, FAULT_ANSWERS)


def _open(settings: Settings, faults: Faults) -> Sandbox:
    store = Store(settings.database)
    clock = Clock(store)
    return Sandbox(
        settings=settings,
        store=store,
        clock=clock,
        timers=Timers(clock),
        messages=MessageLog(store),
        webhooks=Webhooks(store),
        faults=faults,
        upcoming=Upcoming(),
        templates=read_catalogue(settings.whatsapp.templates),
    )
