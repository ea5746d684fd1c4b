"""Owns making silences and ending them early: who, why, until when; each act proven by a leaf.

Whether somebody may is the policy's; how long at most is ``life.toml``'s. What a silence holds is
``silence``'s. None is ever deleted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from detectors.types import digest_id
from pipelines.alerts.life import Life, life
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind, Leaf, log

REASON_LIMIT = 2000
_MINUTE_MS = 60_000


class BadSilence(Exception):
    """It cannot be made so; ``code`` names why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoSuchSilence(Exception):
    """None of this id in the unit that is still in force or to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A silence as asked for.

    Attributes:
        site_id, device_id, rule_id: what it is about; an empty one is about any, but not all three.
        critical: also about critical findings.
        from_ms: 0, or what is past: from now on.
    """

    unit_id: str
    by: str
    reason: str
    to_ms: int
    from_ms: int = 0
    site_id: str = ""
    device_id: str = ""
    rule_id: str = ""
    critical: bool = False


def checked(wanted: Wanted, *, now_ms: int, rules: Life | None = None) -> tuple[int, int]:
    """When it begins and ends.

    Raises:
        BadSilence: about everything, without a reason, over at once, or too long.
    """
    limits = (rules or life()).silences
    if not (wanted.site_id or wanted.device_id or wanted.rule_id):
        raise BadSilence("about_nothing")
    if len(wanted.reason.strip()) < limits.reason_min:
        raise BadSilence("reason_missing")
    if len(wanted.reason) > REASON_LIMIT:
        raise BadSilence("reason_too_long")
    from_ms = max(wanted.from_ms, now_ms)
    if wanted.to_ms < from_ms + _MINUTE_MS:
        raise BadSilence("ends_before_it_begins")
    if wanted.to_ms - from_ms > limits.most_ms:
        raise BadSilence("too_long")
    return from_ms, wanted.to_ms


async def make(database: Database, wanted: Wanted, *, now_ms: int) -> str:
    """Makes it and returns its id; the very same asked for twice at once is one.

    Asked for again after somebody ended it, it is another.

    Raises:
        BadSilence: see ``checked``; also a site, device or rule that the unit does not have.
        Transient: the database cannot be reached.
    """
    from_ms, to_ms = checked(wanted, now_ms=now_ms)
    about = (wanted.site_id, wanted.device_id, wanted.rule_id, str(wanted.critical))
    span = (str(max(wanted.from_ms, 0)), str(to_ms))
    silence_id = digest_id("silence", wanted.unit_id, wanted.by, *about, *span, wanted.reason)
    row = {
        "silence_id": silence_id, "unit_id": wanted.unit_id, "site_id": wanted.site_id,
        "device_id": wanted.device_id, "rule_id": wanted.rule_id, "critical": wanted.critical,
        "from_ms": from_ms, "to_ms": to_ms,
    }  # fmt: skip
    async with database.transaction() as tx:
        await _known(tx, wanted)
        while ended := await tx.row("silences_ended", silence_id=row["silence_id"]):
            silence_id = digest_id("silence", silence_id, str(ended["ended_ms"]))
            row["silence_id"] = silence_id
        made = await tx.execute(
            "silences_add", **row, reason=wanted.reason.strip(), by=wanted.by, now_ms=now_ms
        )
        if made:
            await log(tx, _leaf("made", silence_id, wanted.by, wanted.reason, now_ms, about=row))
    return silence_id


async def end(
    database: Database, silence_id: str, *, unit_id: str, by: str, why: str, now_ms: int
) -> None:
    """Ends one early, or takes one back that has not begun.

    Raises:
        BadSilence: without a reason.
        NoSuchSilence: unknown, another unit's, or over.
        Transient: the database cannot be reached.
    """
    if not why.strip():
        raise BadSilence("reason_missing")
    if len(why) > REASON_LIMIT:
        raise BadSilence("reason_too_long")
    async with database.transaction() as tx:
        ended = await tx.execute(
            "silences_end", silence_id=silence_id, unit_id=unit_id, by=by, why=why.strip(),
            now_ms=now_ms,
        )  # fmt: skip
        if not ended:
            raise NoSuchSilence(silence_id)
        await log(tx, _leaf("ended", silence_id, by, why, now_ms, about={}))


async def _known(tx: Transaction, wanted: Wanted) -> None:
    known = await tx.row(
        "silences_known", unit_id=wanted.unit_id, site_id=wanted.site_id,
        device_id=wanted.device_id,
    )  # fmt: skip
    if known is None or not known["site"]:
        raise BadSilence("unknown_site")
    if not known["device"]:
        raise BadSilence("unknown_device")


def _leaf(
    act: str, silence_id: str, by: str, words: str, now_ms: int, *, about: dict[str, object]
) -> Leaf:
    """What was done, without the words: they may name people, and stay in the row."""
    said = hashlib.sha256(words.strip().encode()).hexdigest()
    return Leaf(
        kind=Kind.SILENCE, subject=silence_id, at_ms=now_ms,
        body={**about, "act": act, "silence_id": silence_id, "officer": by, "reason_sha256": said},
    )  # fmt: skip
