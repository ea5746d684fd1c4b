"""Owns what happens after receipt: a decision is made, and the sender is told until it listens."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import time

import httpx
import structlog

from infra.case_system.options import Options
from infra.case_system.signing import signed
from infra.case_system.store import CaseStore, Held

_LOOK_EVERY_S = 0.1
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_REASONS = {
    "filed": "违法事实初步成立，予以立案 / facts established prima facie, case filed",
    "no_case": "证据不足，不予立案 / evidence does not suffice, no case",
}
_log = structlog.get_logger()


def message_of(held: Held) -> tuple[str, bytes]:
    """The webhook id and body that tell of a decision: the same at every try."""
    digest = hashlib.sha256(f"decision:{held.case_id}:{held.revision}".encode()).hexdigest()
    message_id = f"msg_{digest[:24]}"
    when = dt.datetime.fromtimestamp((held.decided_ms or 0) / 1000, dt.UTC)
    body = {
        "type": "case.decided",
        "id": message_id,
        "timestamp": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {"case_id": held.case_id, "decision": held.decision, "reason": held.reason},
    }
    return message_id, json.dumps(body, ensure_ascii=False).encode()


class Decider:
    """Decides what is due and tells of it; picks up where it stopped after a restart."""

    def __init__(self, store: CaseStore, options: Options) -> None:
        self._store, self._options = store, options
        self._next_try: dict[str, tuple[float, int]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            while True:
                self._decide_due()
                if self._options.callback:
                    await asyncio.gather(*(self._tell(client, h) for h in self._due_to_tell()))
                await asyncio.sleep(_LOOK_EVERY_S)

    def _decide_due(self) -> None:
        now_ms = int(time.time() * 1000)
        decision = self._options.decision
        for held in self._store.undecided(now_ms - int(self._options.decide_after_s * 1000)):
            self._store.decide(held, decision=decision, reason=_REASONS[decision], now_ms=now_ms)

    def _due_to_tell(self) -> list[Held]:
        now = time.monotonic()
        return [
            h for h in self._store.untold() if self._next_try.get(h.receipt, (0.0, 0))[0] <= now
        ]

    async def _tell(self, client: httpx.AsyncClient, held: Held) -> None:
        message_id, body = message_of(held)
        headers = signed(self._options.secret, message_id, body, now=dt.datetime.now(dt.UTC))
        try:
            answer = await client.post(self._options.callback, content=body, headers=headers)
        except httpx.HTTPError as error:
            self._again(held, str(error) or type(error).__name__)
            return
        if answer.is_success:
            self._store.told(held, now_ms=int(time.time() * 1000))
        else:
            self._again(held, f"answered {answer.status_code}")

    def _again(self, held: Held, why: str) -> None:
        tries = self._next_try.get(held.receipt, (0.0, 0))[1] + 1
        wait_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(tries - 1, 16))
        self._next_try[held.receipt] = (time.monotonic() + wait_s, tries)
        _log.warning("callback_failed", case_id=held.case_id, why=why, tries=tries, wait_s=wait_s)
