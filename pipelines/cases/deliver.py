"""Owns the way out of the cases' outbox: each sending once, of a case in order.

A lane claims what is due by locking its row, sends it, and stores what came of it in the same
transaction. A killed worker's lock goes with its connection, and the sending is due again; the case
system answers the same body with the same receipt, so twice is once. What fails is due later, and
its lane takes the next case meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable

import httpx
import structlog

from pipelines import topics
from pipelines.alerts.trail import event
from pipelines.cases.delivery import Delivery, Gone, Incomplete, Refused, TryAgain
from pipelines.cases.types import Row
from pipelines.clocks.keep import met, started
from pipelines.errors import BadMessage, Transient
from pipelines.runtime import apply_effects, wall_clock_ms
from pipelines.stage import Count, Effect, Message, Refuse, Save
from pipelines.store import Database, Transaction
from pipelines.vault.types import Vault

LANES = 4
POLL_S = 0.5
ATTEMPTS = 12
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 600.0
LONGEST_ASKED_S = 3600.0
"""No longer, whatever ``Retry-After`` says: a mistake of a digit must not lose a month."""
LONGEST_ATTEMPT_S = 600.0
NOWHERE = "no case system is configured (VIGIL_CASE_SYSTEM_URL)"
_log = structlog.get_logger()


class Deliverer:
    """Delivers cases.

    Args:
        database: with a connection for each lane: one is held while a case is on its way.
        objects: where what the cases name lies.
        url: the case system's base address; empty: cases stay pending and say so.
        secret: keys with spaces between, see ``signing``.
        attempts: how often in all; between them waits double from ``first_wait_s``, with jitter.
        timeout_s: for connecting, and for each read and write.
        clock: signs requests and dates what came of them.
    """

    def __init__(
        self,
        database: Database,
        *,
        objects: Vault,
        url: str,
        secret: str,
        lanes: int = LANES,
        attempts: int = ATTEMPTS,
        first_wait_s: float = FIRST_WAIT_S,
        timeout_s: float = 10.0,
        poll_s: float = POLL_S,
        clock: Callable[[], int] = wall_clock_ms,
    ) -> None:
        if url and not secret:
            raise ValueError("a case system without a secret: set VIGIL_CASE_SECRET")
        self._database, self._objects = database, objects
        self._url, self._secret = url, secret
        self._lanes, self._poll_s, self._clock = lanes, poll_s, clock
        self._attempts, self._first_wait_s, self._timeout_s = attempts, first_wait_s, timeout_s

    async def run(self) -> None:
        """Until cancelled."""
        async with self._client() as client, asyncio.TaskGroup() as lanes:
            for _ in range(self._lanes if self._url else 1):
                lanes.create_task(self._lane(client))

    async def drain(self) -> int:
        """Sends all that is due now, one lane; returns how many attempts that took."""
        made = 0
        async with self._client() as client:
            while await self.once(client):
                made += 1
        return made

    async def once(self, client: httpx.AsyncClient) -> bool:
        """One attempt at what has been due longest; False when nothing is due.

        Raises:
            Transient: the database cannot be reached; what was sent is sent again.
        """
        if not self._url:
            await self._database.execute("cases_waiting", error=NOWHERE)
            return False
        async with self._database.transaction() as tx:
            row = await tx.row("cases_claim", now_ms=self._clock(), url=self._url)
            if row is None:
                return False
            await self._send(tx, client, row)
        return True

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=self._timeout_s, trust_env=False)

    async def _lane(self, client: httpx.AsyncClient) -> None:
        while True:
            sent = False
            with contextlib.suppress(Transient):  # it is tried again soon
                sent = await self.once(client)
            if not sent:
                await asyncio.sleep(self._poll_s * random.uniform(0.5, 1.5))  # noqa: S311  jitter

    async def _send(self, tx: Transaction, client: httpx.AsyncClient, row: Row) -> None:
        delivery = Delivery(
            client=client, url=self._url, secret=self._secret, objects=self._objects,
            clock=self._clock,
        )  # fmt: skip
        try:
            async with asyncio.timeout(LONGEST_ATTEMPT_S):
                receipt = await delivery.attempt(bytes(row["body"]))
        except Refused as error:
            await self._left(tx, row, "refused", str(error))
        except Incomplete as error:
            await self._left(tx, row, "undelivered", str(error))
        except Gone as error:
            await self._gone(tx, row, str(error))
        except TryAgain as error:
            await self._later(tx, row, str(error), error.retry_after_s)
        except TimeoutError:
            await self._later(tx, row, f"not done within {LONGEST_ATTEMPT_S:.0f} s", None)
        else:
            await self._taken(tx, row, receipt)

    async def _taken(self, tx: Transaction, row: Row, receipt: str) -> None:
        at_ms = self._clock()
        told = event(
            row["alert_id"], "case_acknowledged", at_ms, cause=row["sending_id"], ground=receipt
        )
        over = met("hand_over", row["case_id"], at_ms=at_ms)
        await self._store(tx, row, "acknowledged", [told, over], at_ms, receipt=receipt)

    async def _later(self, tx: Transaction, row: Row, why: str, asked_s: float | None) -> None:
        if row["tries"] + 1 >= self._attempts:
            await self._left(tx, row, "undelivered", why)
            return
        wait_s = self._wait_s(row["tries"], asked_s)
        _log.warning("case_not_delivered", sending=row["sending_id"], why=why, wait_s=wait_s)
        at_ms = self._clock()
        await self._store(
            tx, row, "pending", [], at_ms, error=why, due_ms=at_ms + int(wait_s * 1000)
        )

    async def _gone(self, tx: Transaction, row: Row, why: str) -> None:
        """Nothing more is sent there until a leader opens the address again; nothing is lost."""
        at_ms = self._clock()
        off = Save("cases_disable", {"url": self._url, "at_ms": at_ms, "why": why})
        told = event(
            row["alert_id"], "case_endpoint_gone", at_ms, cause=row["sending_id"], ground=why
        )
        await self._store(tx, row, "pending", [off, told], at_ms, error=why)

    async def _left(self, tx: Transaction, row: Row, state: str, why: str) -> None:
        at_ms, number = self._clock(), f"{row['sending_id']}:{row['tries']}:{self._clock()}"
        effects: list[Effect] = [
            event(row["alert_id"], f"case_{state}", at_ms, cause=number, ground=why),
            Count(f"cases_{state}"),
        ]
        if state == "undelivered":
            letter = Message(
                topic=topics.CASES, partition=0, offset=row["revision"],
                key=row["case_id"].encode(), value=bytes(row["body"]),
            )  # fmt: skip
            error = BadMessage("undelivered", f"{row['sending_id']}: {why}")
            effects.append(Refuse(letter, error, letter.value))
        await self._store(tx, row, state, effects, at_ms, error=why)

    async def _store(
        self, tx: Transaction, row: Row, state: str, effects: list[Effect], at_ms: int, *,
        error: str = "", receipt: str = "", due_ms: int = 0,
    ) -> None:  # fmt: skip
        sent = {
            "sending_id": row["sending_id"], "state": state, "error": error, "receipt": receipt,
            "due_ms": due_ms, "at_ms": at_ms,
        }  # fmt: skip
        projected = Save("cases_project", {"case_id": row["case_id"]})
        await apply_effects(tx, [Save("cases_sent", sent), projected, *effects], now_ms=at_ms)
        if state == "acknowledged" and await tx.row("cases_more", case_id=row["case_id"]):
            # a revision drawn up meanwhile has a clock of its own; the case is locked by now
            more = started(
                "hand_over", "case", row["case_id"], at_ms=at_ms, alert_id=row["alert_id"]
            )
            await apply_effects(tx, [more], now_ms=at_ms)

    def _wait_s(self, tries: int, asked_s: float | None) -> float:
        doubled: float = min(LONGEST_WAIT_S, self._first_wait_s * 2 ** min(tries, 20))
        jittered = doubled * random.uniform(0.5, 1.5)  # noqa: S311  not for secrets
        return max(jittered, min(asked_s or 0.0, LONGEST_ASKED_S))
