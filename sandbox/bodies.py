"""How requests are read: JSON objects and forms."""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

JsonObject = dict[str, Any]


async def read_object(request: Request) -> JsonObject | None:
    """The body as a JSON object; `None` when it is something else."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


async def read_form(request: Request) -> dict[str, str]:
    """A URL-encoded body; of a repeated name the last value, and no empty ones."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
