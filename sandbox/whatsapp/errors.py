"""Meta's errors (section A7)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.identifiers import letters

TITLES: Mapping[int, tuple[int, str]] = {
    0: (401, "Authentication error"),
    1: (500, "API unknown error"),
    2: (503, "API service"),
    100: (400, "Invalid parameter"),
    190: (401, "Access token is invalid or has expired"),
    130429: (400, "Rate limit hit"),
    131000: (500, "Something went wrong"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131026: (400, "Message undeliverable"),
    131031: (403, "Account has been locked"),
    131042: (400, "Business eligibility payment issue"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "Meta chose not to deliver"),
    131050: (400, "User has stopped marketing messages from the business"),
    131051: (400, "Unsupported message type"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132012: (400, "Template parameter format does not match"),
}
USUAL_FAULT = 131000


class GraphError(Exception):
    """A refusal: Meta's code and what exactly was wrong."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(code, details)
        self.code = code
        self.details = details

    @property
    def title(self) -> str:
        """Meta's name for the code."""
        return TITLES[self.code][1]

    def as_response(self) -> Response:
        """The answer of the API."""
        status, title = TITLES[self.code]
        kind = "GraphMethodException" if self.code in {100, 2} else "OAuthException"
        error = {
            "message": f"(#{self.code}) {title}",
            "type": kind,
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "fbtrace_id": letters(11),
        }
        return JSONResponse({"error": error}, status)

    def as_status_error(self) -> dict[str, object]:
        """The shape inside a `failed` status (section A6)."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        }


async def answer_graph_error(_request: Request, exc: Exception) -> Response:
    """Turn `GraphError` into Meta's answer."""
    if not isinstance(exc, GraphError):
        raise exc
    return exc.as_response()


def answer_fault(code: int | None) -> Response:
    """What the fault `errors` answers: 131000, or the code that was asked for."""
    return GraphError(USUAL_FAULT if code is None else code, "Fault on demand").as_response()
