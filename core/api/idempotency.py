"""`Idempotency-Key` at the edge (CORE-02)."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpResponse
from rest_framework.request import Request

from core.api.exceptions import PROBLEM, STATUS, problem_of
from core.api.renderers import encode
from core.errors import DomainError, IdempotencyKeyMalformed, IdempotencyKeyMissing
from core.idempotency import Answer, RequestKey, run_once
from core.metrics import IDEMPOTENT_REPLAYS
from core.use_cases import UseCase

R = TypeVar("R")


def answer_once(
    request: Request,
    use_case: UseCase[..., R],
    *,
    present: Callable[[R], Any],
    status: int = 201,
    **arguments: Any,
) -> HttpResponse:
    """Run the use case under the request's `Idempotency-Key`; a repeat gets the same bytes.

    `present` turns the result into JSON values and runs inside the transaction. Raises
    `IdempotencyKeyMissing`, `IdempotencyKeyMalformed`, `IdempotencyKeyReused` or
    `IdempotencyInFlight`.
    """
    answer = run_once(
        use_case,
        key=request_key(request),
        present=lambda result: Answer(status, "application/json", encode(present(result))),
        refuse=_refuse,
        arguments=arguments,
    )
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    if answer.replayed:
        IDEMPOTENT_REPLAYS.inc()
        response["Idempotency-Replayed"] = "true"
    return response


def request_key(request: Request) -> RequestKey:
    """The request's key. Raises `IdempotencyKeyMissing` or `IdempotencyKeyMalformed`."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        raise IdempotencyKeyMissing
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise IdempotencyKeyMalformed
    return RequestKey.of(
        caller=str(request.user.pk),
        key=key,
        method=str(request.method),
        path=request.get_full_path(),
        body=request._request.body,
    )


def _refuse(error: DomainError) -> Answer:
    return Answer(STATUS[error.kind], PROBLEM, encode(problem_of(error)))
