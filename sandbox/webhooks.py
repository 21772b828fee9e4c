"""Webhooks to the product: sent in the background, in order per lane, tried again, recorded.

A lane is whatever must keep its order (a transaction, a message). A delivery that is to be tried
again leaves its lane until it is due, as at the real providers: later events overtake it.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from sandbox.clock import iso
from sandbox.store import Store

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended."""

    delivered: bool
    http_status: int | None
    error: str | None

    def as_json(self) -> dict[str, object]:
        """As the controls answer it."""
        return {
            "delivered": self.delivered,
            "http_status": self.http_status,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Webhook:
    """What to post, and where. `only_200`: Wompi takes no other 2xx for an answer."""

    provider: str
    lane: str
    subject: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    retry_seconds: Sequence[float] = ()
    only_200: bool = False
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt that waits for its turn."""

    webhook_id: int
    webhook: Webhook
    attempt: int
    not_before: float
    outcome: asyncio.Future[Outcome]


class Webhooks:
    """The sender. `start` inside the running loop; `stop` leaves what is pending for next time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lanes: dict[str, deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: ClientSession | None = None

    async def start(self) -> None:
        """Open the connections and take up what an earlier run still owed."""
        self._session = ClientSession(
            connector=TCPConnector(limit=64), timeout=ClientTimeout(total=TIMEOUT_SECONDS)
        )
        for row in self._store.all(PENDING):
            webhook = _from_row(row)
            attempt = int(str(row["attempts"])) + 1
            self._later(int(str(row["id"])), webhook, attempt, float(str(row["due_at"])))

    async def stop(self) -> None:
        """Cancel what is on its way and close the connections."""
        await self.forget()
        if self._session:
            await self._session.close()

    async def forget(self) -> None:
        """Cancel every delivery that is waiting or on its way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for jobs in self._lanes.values():
            for job in jobs:
                job.outcome.cancel()
        self._lanes.clear()
        await asyncio.gather(*tasks, return_exceptions=True)

    def send(self, webhook: Webhook) -> asyncio.Future[Outcome]:
        """Queue it behind its lane; the future is the outcome of the first attempt."""
        now = time.time()
        due_at = now + webhook.delay_seconds
        webhook_id = self._store.run(
            "INSERT INTO webhooks (provider, lane, subject, url, headers, body, only_200,"
            " retry_seconds, state, due_at, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)",
            webhook.provider,
            webhook.lane,
            webhook.subject,
            webhook.url,
            json.dumps(dict(webhook.headers)),
            webhook.body,
            int(webhook.only_200),
            json.dumps(list(webhook.retry_seconds)),
            due_at,
            now,
        )
        return self._queue(webhook_id, webhook, 1, due_at)

    def _queue(
        self, webhook_id: int, webhook: Webhook, attempt: int, not_before: float
    ) -> asyncio.Future[Outcome]:
        outcome = asyncio.get_running_loop().create_future()
        job = Job(webhook_id, webhook, attempt, not_before, outcome)
        waiting = self._lanes.get(webhook.lane)
        if waiting is None:
            self._lanes[webhook.lane] = deque([job])
            self._spawn(self._drain(webhook.lane))
        else:
            waiting.append(job)
        return outcome

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, lane: str) -> None:
        jobs = self._lanes[lane]
        while jobs:
            job = jobs[0]
            await asyncio.sleep(max(0.0, job.not_before - time.time()))
            outcome = await self._attempt(job)
            jobs.popleft()
            if not job.outcome.done():
                job.outcome.set_result(outcome)
        if self._lanes.get(lane) is jobs:
            del self._lanes[lane]

    def _later(self, webhook_id: int, webhook: Webhook, attempt: int, due_at: float) -> None:
        async def wait_for_it() -> None:
            await asyncio.sleep(max(0.0, due_at - time.time()))
            self._queue(webhook_id, webhook, attempt, due_at)

        self._spawn(wait_for_it())

    async def _attempt(self, job: Job) -> Outcome:
        started_at = time.time()
        outcome = await self._post(job.webhook)
        self._store.run(
            "INSERT INTO webhook_attempts VALUES (?, ?, ?, ?, ?, ?)",
            job.webhook_id,
            job.attempt,
            started_at,
            (time.time() - started_at) * 1000,
            outcome.http_status,
            outcome.error,
        )
        self._settle(job, outcome)
        return outcome

    async def _post(self, webhook: Webhook) -> Outcome:
        if self._session is None:
            raise RuntimeError("webhooks are sent only after start()")
        try:
            async with self._session.post(
                webhook.url, data=webhook.body, headers=webhook.headers, allow_redirects=False
            ) as answer:
                await answer.read()
        except (ClientError, TimeoutError, ValueError) as exc:
            return Outcome(delivered=False, http_status=None, error=str(exc) or type(exc).__name__)
        good = answer.status == 200 if webhook.only_200 else 200 <= answer.status < 300
        return Outcome(delivered=good, http_status=answer.status, error=None)

    def _settle(self, job: Job, outcome: Outcome) -> None:
        delays = job.webhook.retry_seconds
        if outcome.delivered or job.attempt > len(delays):
            state, due_at = ("delivered" if outcome.delivered else "given up"), time.time()
        else:
            state, due_at = "pending", time.time() + delays[job.attempt - 1]
            self._later(job.webhook_id, job.webhook, job.attempt + 1, due_at)
        self._store.run(
            "UPDATE webhooks SET state = ?, due_at = ? WHERE id = ?", state, due_at, job.webhook_id
        )


PENDING = """
SELECT webhooks.*, (SELECT count(*) FROM webhook_attempts
                     WHERE webhook_attempts.webhook_id = webhooks.id) AS attempts
  FROM webhooks WHERE state = 'pending' ORDER BY id
"""


def _from_row(row: Mapping[str, object]) -> Webhook:
    body = row["body"]
    return Webhook(
        provider=str(row["provider"]),
        lane=str(row["lane"]),
        subject=str(row["subject"]),
        url=str(row["url"]),
        headers=json.loads(str(row["headers"])),
        body=body if isinstance(body, bytes) else str(body).encode(),
        retry_seconds=json.loads(str(row["retry_seconds"])),
        only_200=bool(row["only_200"]),
    )


def list_webhooks(store: Store, *, subject: str | None, limit: int) -> list[dict[str, object]]:
    """What was posted, newest first, each with its attempts."""
    if subject is None:
        rows = store.all("SELECT * FROM webhooks ORDER BY id DESC LIMIT ?", limit)
    else:
        rows = store.all(
            "SELECT * FROM webhooks WHERE subject = ? ORDER BY id DESC LIMIT ?", subject, limit
        )
    return [_as_json(store, row) for row in rows]


def _as_json(store: Store, row: Mapping[str, object]) -> dict[str, object]:
    attempts = store.all(
        "SELECT attempt, at, milliseconds, http_status, error FROM webhook_attempts"
        " WHERE webhook_id = ? ORDER BY attempt",
        int(str(row["id"])),
    )
    body = row["body"]
    return {
        "id": row["id"],
        "provider": row["provider"],
        "subject": row["subject"],
        "url": row["url"],
        "state": row["state"],
        "next_attempt_at": iso(float(str(row["due_at"]))) if row["state"] == "pending" else None,
        "created_at": iso(float(str(row["created_at"]))),
        "body": body.decode() if isinstance(body, bytes) else body,
        "attempts": [attempt | {"at": iso(float(str(attempt["at"])))} for attempt in attempts],
    }
