"""`/`: the page where a person plays payer and phone."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

HTML = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")


async def show_page(_request: Request) -> HTMLResponse:
    """One file: it asks the controls for everything it shows."""
    return HTMLResponse(HTML)


routes = [Route("/", show_page)]
