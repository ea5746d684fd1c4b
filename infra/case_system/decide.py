"""Owns what happens after receipt: a case runs its course; the sender is told until it listens."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import random
import time
from typing import Any

import httpx
import structlog

from infra.case_system.options import Options
from infra.case_system.signing import signed
from infra.case_system.store import CaseStore, Course, Held, Message

_LOOK_EVERY_S = 0.1
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
SOURCE = "/reference-case-system"
_FULL = (
    "accepted", "filed", "investigated", "reviewed", "approved", "told", "decided", "served",
    "paid", "closed",
)  # fmt: skip
_SIMPLE = ("accepted", "filed", "told", "decided", "served", "paid", "closed")
_SHORT = ("accepted", "filed", "investigated", "reviewed", "approved", "decided", "closed")
_REASONS = {
    "filed": "违法事实初步成立，予以立案 / facts established prima facie, case filed",
    "refused": "证据不足，不予立案 / evidence does not suffice, not filed",
    "annulled": "原决定撤销 / the decision was annulled",
}
_log = structlog.get_logger()


def course_of(decision: str, procedure: str) -> tuple[str, ...]:
    """The steps that a case takes, by what is decided and by the procedure."""
    if decision == "refused":
        return ("accepted", "refused")
    if decision == "no_penalty":
        return _SHORT
    steps = _SIMPLE if procedure == "simple" else _FULL
    if decision == "annulled":
        return (*steps[: steps.index("served") + 1], "annulled")
    return steps


class Decider:
    """Takes the steps that are due and tells of them; picks up where it stopped after a restart."""

    def __init__(self, store: CaseStore, options: Options) -> None:
        self._store, self._options = store, options
        self._next_try: dict[str, tuple[float, int]] = {}
        self._chance = random.Random(options.seed)  # noqa: S311  faults that can be had again

    async def run(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            while True:
                for course in self._store.courses():
                    self._advance(course)
                told = await self._tell_due(client) if self._options.callback else False
                await asyncio.sleep(0 if told else _LOOK_EVERY_S)

    def _advance(self, course: Course) -> None:
        held = self._store.held(course.case_id)
        if held is None:
            return
        procedure = json.loads(held.body)["data"]["suggestion"]["procedure"]
        steps = course_of(self._options.decision, procedure)
        decisive = next(i for i, s in enumerate(steps) if s in ("decided", "refused"))
        pace_ms = self._options.decide_after_s * 1000 / decisive
        at_ms = course.began_ms + int(pace_ms * course.place)
        if at_ms > int(time.time() * 1000):
            return
        status, over = steps[course.place], course.place + 1 == len(steps)
        message = self._message(course, held, status, at_ms)
        self._store.take(
            course, message, status=status, revision=held.revision, at_ms=at_ms, over=over
        )

    def _message(self, course: Course, held: Held, status: str, at_ms: int) -> Message:
        """The same bytes whenever it is made: what was told once is never told otherwise."""
        digest = hashlib.sha256(f"{held.case_id}:{course.course}:{status}".encode()).hexdigest()
        message_id = f"msg_{digest[:24]}"
        when = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
        body = {
            "specversion": "1.0",
            "id": message_id,
            "source": SOURCE,
            "type": "vigil.case.status",
            "subject": held.case_id,
            "time": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "dataschema": "urn:vigil:contract:2.0:status",
            "data": self._data(held, status),
        }
        content = json.dumps(body, ensure_ascii=False).encode()
        return Message(message_id=message_id, case_id=held.case_id, body=content)

    def _data(self, held: Held, status: str) -> dict[str, Any]:
        data: dict[str, Any] = {
            "case_id": held.case_id,
            "revision": held.revision,
            "status": status,
            "reason": _REASONS.get(status, ""),
            "actor": "reference",
        }
        fine = self._options.decision in ("penalty", "annulled")
        if status == "decided":
            data["decision"] = "penalty" if fine else "no_penalty"
            data["document"] = f"REF-{held.receipt[:8]}"
        if fine and status in ("decided", "paid"):
            data["amount_fen"] = self._options.amount_fen
        if status == "closed":
            digest = hashlib.sha256(held.body).hexdigest()
            data["archive"] = {"volume": f"REF-{held.receipt[:8]}", "index_sha256": digest}
        return data

    async def _tell_due(self, client: httpx.AsyncClient) -> bool:
        now = time.monotonic()
        due = [
            one for one in self._store.untold()
            if self._next_try.get(one.message_id, (0.0, 0))[0] <= now
        ]  # fmt: skip
        await asyncio.gather(*(self._tell(client, one) for one in due))
        return bool(due)

    async def _tell(self, client: httpx.AsyncClient, message: Message) -> None:
        twice = self._chance.uniform(0, 100) < self._options.double_percent
        for _ in range(2 if twice else 1):
            headers = signed(
                self._options.secret, message.message_id, message.body, now=dt.datetime.now(dt.UTC)
            )
            try:
                answer = await client.post(
                    self._options.callback, content=message.body, headers=headers
                )
            except httpx.HTTPError as error:
                self._again(message, str(error) or type(error).__name__)
                return
        if answer.is_success:
            self._store.told(message.message_id, now_ms=int(time.time() * 1000))
        else:
            self._again(message, f"answered {answer.status_code}")

    def _again(self, message: Message, why: str) -> None:
        tries = self._next_try.get(message.message_id, (0.0, 0))[1] + 1
        wait_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(tries - 1, 16))
        self._next_try[message.message_id] = (time.monotonic() + wait_s, tries)
        _log.warning(
            "callback_failed", case_id=message.case_id, why=why, tries=tries, wait_s=wait_s
        )
