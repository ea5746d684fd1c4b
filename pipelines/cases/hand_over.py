"""The stage over ``cases``: hands candidate cases over and keeps what came of it.

A case that cannot be delivered is kept, marked and put among the dead letters; the next one goes
on. Doing it twice is safe: the case system answers the same body with the same receipt.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx
import structlog

from pipelines import codec, topics
from pipelines.alerts.trail import event
from pipelines.cases.delivery import Delivery, Incomplete, Refused, TryAgain
from pipelines.errors import BadMessage
from pipelines.runtime import wall_clock_ms
from pipelines.stage import Count, Effect, Message, Outcome, Refuse, Save
from pipelines.store import Database
from pipelines.vault.types import Vault

ABREAST = 8  # cases of one run that are on their way at once
LONGEST_WAIT_S = 60.0
NOWHERE = "no case system is configured (VIGIL_CASE_SYSTEM_URL)"
_log = structlog.get_logger()


class HandOverStage:
    """Delivers cases.

    Args:
        objects: where what the cases name lies.
        url: the case system's base address; empty: cases stay pending and say so.
        secret: ``whsec_...``.
        attempts: how often in all; between them waits double from ``first_wait_s``, with jitter.
        timeout_s: for connecting, and for each read and write.
        clock: signs requests; the wall clock but in tests.
    """

    name = "hand_over"
    topic = topics.CASES

    def __init__(
        self,
        database: Database,
        *,
        objects: Vault,
        url: str,
        secret: str,
        attempts: int = 6,
        first_wait_s: float = 0.5,
        timeout_s: float = 10.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], int] = wall_clock_ms,
    ) -> None:
        if url and not secret:
            raise ValueError("a case system without a secret: set VIGIL_CASE_SECRET")
        self._database, self._objects = database, objects
        self._url, self._secret = url, secret
        self._attempts, self._first_wait_s, self._timeout_s = attempts, first_wait_s, timeout_s
        self._sleep, self._clock = sleep, clock

    def load(self, stored: Mapping[str, bytes]) -> None:
        """Stateless."""

    async def handle(self, state: None, messages: Sequence[Message], *, now_ms: int) -> Outcome:
        """Hands over the cases of one run, several abreast; effects stay in order."""
        del state, now_ms  # the time of an acknowledgement is that of the answer
        gate = asyncio.Semaphore(ABREAST)
        async with httpx.AsyncClient(timeout=self._timeout_s, trust_env=False) as client:

            async def one(message: Message) -> list[Effect]:
                async with gate:
                    try:
                        return await self._message(client, message)
                    except BadMessage as error:
                        return [Refuse(message, error, message.value)]

            parts = await asyncio.gather(*(one(message) for message in messages))
        return Outcome(effects=[effect for part in parts for effect in part])

    async def _message(self, client: httpx.AsyncClient, message: Message) -> list[Effect]:
        case_id = codec.decode(message.value, codec.CaseMessage).case_id
        case = await self._database.row("cases_one", case_id=case_id)
        if case is None:
            raise BadMessage("unknown_case", f"no case {case_id}")
        if case["state"] != "pending":
            return []  # dealt with; `vigil cases resend` sets it to pending again
        if not self._url:
            _log.warning("case_waits", case_id=case_id, why=NOWHERE)
            return [Save("cases_waiting", {"case_id": case_id, "error": NOWHERE})]
        delivery = Delivery(
            client=client,
            url=self._url,
            secret=self._secret,
            payload=bytes(case["payload"]),
            objects=self._objects,
            clock=self._clock,
        )
        return await self._deliver(delivery, case, message)

    async def _deliver(
        self, delivery: Delivery, case: Mapping[str, Any], message: Message
    ) -> list[Effect]:
        why = ""
        for attempt in range(1, self._attempts + 1):
            try:
                return _acknowledged(case, await delivery.attempt(), attempt, self._clock())
            except Refused as error:
                return self._left(case, "refused", str(error), attempt, message)
            except Incomplete as error:
                why = str(error)
                break
            except TryAgain as error:
                why = str(error)
                _log.warning("case_not_delivered", case_id=case["case_id"], why=why, try_=attempt)
                if attempt < self._attempts:
                    await self._sleep(self._wait_s(attempt, error.retry_after_s))
        effects = self._left(case, "undelivered", why, attempt, message)
        return [*effects, Refuse(message, BadMessage("undelivered", why), message.value)]

    def _left(
        self, case: Mapping[str, Any], state: str, why: str, attempts: int, message: Message
    ) -> list[Effect]:
        return _not_taken(
            case,
            state=state,
            why=why,
            attempts=attempts,
            at_ms=self._clock(),
            message=message,
        )

    def _wait_s(self, attempt: int, asked_s: float | None) -> float:
        doubled: float = min(LONGEST_WAIT_S, self._first_wait_s * 2 ** (attempt - 1))
        jittered = doubled * random.uniform(0.5, 1.5)  # noqa: S311  not for secrets
        return max(jittered, min(asked_s or 0.0, LONGEST_WAIT_S))


def _acknowledged(case: Mapping[str, Any], receipt: str, attempts: int, at_ms: int) -> list[Effect]:
    case_id, alert_id = case["case_id"], case["alert_id"]
    row = {"case_id": case_id, "receipt": receipt, "attempts": attempts, "at_ms": at_ms}
    return [
        Save("cases_acknowledged", row),
        event(alert_id, "case_acknowledged", at_ms, cause=receipt, ground=receipt),
    ]


def _not_taken(
    case: Mapping[str, Any], *, state: str, why: str, attempts: int, at_ms: int, message: Message
) -> list[Effect]:
    row = {
        "case_id": case["case_id"],
        "state": state,
        "error": why,
        "attempts": attempts,
        "at_ms": at_ms,
    }
    cause = f"{message.partition}:{message.offset}"
    return [
        Save("cases_not_taken", row),
        event(case["alert_id"], f"case_{state}", at_ms, cause=cause, ground=why),
        Count(f"cases_{state}"),
    ]
