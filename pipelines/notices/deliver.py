"""Owns when a queued notice is tried, how often, by which way. What came of it: ``outcomes``.

Each try is written down before it is made and its outcome after. Who is killed in between leaves
a try `sending`: when its time is up the same way is tried again with the same message id: twice
told is better than not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from detectors.types import digest_id
from pipelines.notices import outcomes
from pipelines.notices.channels import Channel, Handed, Notice, NotSent
from pipelines.notices.ways import HOUR_MS, Address, Later, Plan, Take, Tried, Way, next_way, plan
from pipelines.parties.links import Links, digest_of
from pipelines.store import Database, Transaction

log = structlog.get_logger()
FIRST_WAIT_MS = 60_000
LONGEST_WAIT_MS = 6 * HOUR_MS
CLAIM_MS = 120_000
"""Longer than any channel takes: until then nobody else tries the same notice."""
MOST_AT_ONCE = 200
SIDE_BY_SIDE = 4
DAY_MS = 24 * HOUR_MS
_DETAIL = 500
_SITE = Way(channel="site", methods=("site",), tries=1, wait_h=0.0)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A try that is written down and now made.

    Attributes:
        kept: the notice with its link's secret left out, as it goes on file.
    """

    row: Row
    take: Take
    attempt_id: str
    notice: Notice


class Deliverer:
    """Sends what is due; several, in several processes, may do so at once."""

    def __init__(
        self, database: Database, channels: Mapping[str, Channel], links: Links, *,
        ways: Plan | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self._channels = channels
        self._links = links
        self._plan = ways or plan()

    async def deliver_due(self, now_ms: int) -> int:
        """Tries what is due and returns how many a channel took.

        Raises:
            Transient: the database cannot be reached.
        """
        work = (self._some(now_ms) for _ in range(SIDE_BY_SIDE))
        found = await asyncio.gather(*work, return_exceptions=True)
        for one in found:
            if isinstance(one, BaseException):
                raise one
        return sum(one for one in found if isinstance(one, int))

    async def _some(self, now_ms: int) -> int:
        taken = 0
        for _ in range(MOST_AT_ONCE):
            async with self._database.transaction() as tx:
                row = await tx.row("notices_next", now_ms=now_ms)
                if row is None:
                    return taken
                begun = await self._begin(tx, row, now_ms)
            if begun is not None:
                taken += await self._make(begun, now_ms)
        return taken

    async def _begin(self, tx: Transaction, row: Row, now_ms: int) -> Try | None:
        tried = await tx.rows("notices_tried", notice_id=row["notice_id"])
        found = await self._way(tx, row, tried, now_ms)
        if found is None:
            await outcomes.no_way_left(tx, row, now_ms=now_ms)
            return None
        if isinstance(found, Later):
            await tx.execute("notices_wait", notice_id=row["notice_id"], next_try_ms=found.at_ms)
            return None
        return await self._written(tx, row, found, sum(t["n"] for t in tried) + 1, now_ms)

    async def _way(
        self, tx: Transaction, row: Row, tried: list[Row], now_ms: int
    ) -> Take | Later | None:
        been = [
            Tried(channel=t["channel"], address=t["address"], refused=t["refused"],
                  taken=t["taken"], for_good=t["for_good"])
            for t in tried
        ]  # fmt: skip
        if not row["officer_id"]:
            rows = await tx.rows("notices_addresses", party_id=row["party_id"], now_ms=now_ms)
            addresses, ways = [Address(**r) for r in rows], self._plan
        else:
            known = await tx.row("notices_officer_address", officer_id=row["officer_id"])
            addresses = officer_addresses(known["address"] if known else "")
            ways = replace_ways(self._plan, (*self._plan.way, _SITE))
        return next_way(ways, addresses, been, channels=self._channels, now_ms=now_ms)

    async def _written(
        self, tx: Transaction, row: Row, take: Take, number: int, now_ms: int
    ) -> Try | None:
        notice_id = str(row["notice_id"])
        filled, kept = self._notices(row, take.address.address)
        attempt_id = digest_id("attempt", notice_id, str(number))
        content, sha256 = b"", ""
        channel = self._channels[take.way.channel]
        try:
            content = channel.content(kept)
            sha256 = hashlib.sha256(channel.content(filled)).hexdigest()
        except NotSent:
            pass  # sending it says the same, and is written down
        await tx.execute(
            "notices_begin", attempt_id=attempt_id, notice_id=notice_id, number=number,
            channel=take.way.channel, address=take.address.address,
            confirmed=take.address.confirmed, now_ms=now_ms, message_id=filled.message_id,
            content=content, content_sha256=sha256,
        )  # fmt: skip
        if row["party_id"] and row["alert_id"]:
            await tx.execute(
                "notices_link", token_sha256=digest_of(self._links.token(notice_id)),
                notice_id=notice_id, alert_id=row["alert_id"], party_id=row["party_id"],
                now_ms=now_ms, expires_ms=now_ms + self._plan.link_days * DAY_MS,
            )  # fmt: skip
        await tx.execute("notices_claim", notice_id=notice_id, until_ms=now_ms + CLAIM_MS)
        return Try(row=row, take=take, attempt_id=attempt_id, notice=filled)

    def _notices(self, row: Row, recipient: str) -> tuple[Notice, Notice]:
        notice_id = str(row["notice_id"])
        stored = Notice(
            notice_id=notice_id, recipient=recipient, subject=row["subject"], body=row["body"],
            short=row["short"], queued_ms=row["queued_ms"],
        )  # fmt: skip
        links = self._links
        filled = replace(
            stored, body=links.filled(stored.body, notice_id),
            short=links.filled(stored.short, notice_id),
        )  # fmt: skip
        kept = replace(stored, body=links.masked(stored.body), short=links.masked(stored.short))
        return filled, kept

    async def _make(self, begun: Try, now_ms: int) -> int:
        channel = self._channels[begun.take.way.channel]
        try:
            handed = await channel.send(begun.notice)
        except NotSent as error:
            await self._refused(begun, error, now_ms)
            return 0
        except Exception as error:  # a channel's own fault must not hold up the others
            log.exception("channel_broke", channel=channel.name, notice=begun.notice.notice_id)
            await self._refused(begun, NotSent(f"{type(error).__name__}: {error}"), now_ms)
            return 0
        await self._taken(begun, handed, now_ms)
        return 1

    async def _taken(self, begun: Try, handed: Handed, now_ms: int) -> None:
        wait_ms = round(begun.take.way.wait_h * HOUR_MS)
        async with self._database.transaction() as tx:
            await tx.execute(
                "notices_end", attempt_id=begun.attempt_id, now_ms=now_ms, outcome="taken",
                detail="", provider_id=handed.provider_id, answer=handed.answer,
            )  # fmt: skip
            await outcomes.taken(
                tx, begun.row, attempt_id=begun.attempt_id, channel=begun.take.way.channel,
                address=begun.take.address, now_ms=now_ms,
                chase_ms=now_ms + wait_ms if wait_ms else 0,
            )  # fmt: skip

    async def _refused(self, begun: Try, error: NotSent, now_ms: int) -> None:
        attempts = int(begun.row["attempts"]) + 1
        wait = 1 if error.for_good else wait_ms(attempts, random.SystemRandom())
        async with self._database.transaction() as tx:
            await tx.execute(
                "notices_end", attempt_id=begun.attempt_id, now_ms=now_ms,
                outcome="failed" if error.for_good else "refused", detail=str(error)[:_DETAIL],
                provider_id="", answer=error.answer,
            )  # fmt: skip
            await outcomes.refused(
                tx, begun.row, channel=begun.take.way.channel,
                address=begun.take.address.address, error=str(error)[:_DETAIL],
                next_try_ms=now_ms + wait,
            )  # fmt: skip


def wait_ms(attempts: int, rng: random.Random) -> int:
    """How long to wait after that many failures: doubling, half of it by chance."""
    longest = min(LONGEST_WAIT_MS, FIRST_WAIT_MS << min(attempts - 1, 20))
    return round(longest * rng.uniform(0.5, 1.0))


def officer_addresses(address: str) -> list[Address]:
    """An officer's own address by its form, and the site, which is always there."""
    found = []
    if "://" in address:
        found = [Address(method="other", address=address, confirmed=True)]
    elif "@" in address:
        found = [Address(method="email", address=address, confirmed=True)]
    elif address:
        found = [Address(method="mobile", address=address, confirmed=True)]
    return [*found, Address(method="site", address="site", confirmed=True)]


def replace_ways(plan: Plan, ways: tuple[Way, ...]) -> Plan:
    """The same plan with other ways."""
    return Plan(link_days=plan.link_days, answer_again_days=plan.answer_again_days, way=ways)
