"""Owns signing a review: row, leaf, trail and, for a confirmed alert, its verdict once more.

All in one transaction. Who may sign which review is asked of ``pipelines.access.policy``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from detectors.types import digest_id
from pipelines import codec, topics
from pipelines.access.policy import Action, Actor, Target, decide
from pipelines.clocks.keep import apply, met
from pipelines.evidence.canonical import sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import iso
from pipelines.quality.checklist import Kind, checklist
from pipelines.quality.review import Answer, Review, checked, encode, other
from pipelines.store import Database, Transaction
from pipelines.store.database import Row
from pipelines.transparency.leaf import Kind as LeafKind
from pipelines.transparency.leaf import Leaf, log

ACTIONS: dict[Kind, Action] = {
    "legal": Action.REVIEW_LEGAL,
    "technical": Action.REVIEW_TECHNICAL,
}


class NoSuchEvidence(Exception):
    """No alert of this id is before the officers, or nothing was sealed for it."""


class NotYours(Exception):
    """This officer may not sign it; ``why`` is the policy's, or ``same_person``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class StaleEvidence(Exception):
    """The evidence is no longer the one that was reviewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A review as an officer asks for it.

    Attributes:
        manifest_sha256: of the evidence that was on the screen.
    """

    kind: Kind
    alert_id: str
    manifest_sha256: str
    officer_id: str
    answers: Sequence[Answer]
    passed: bool
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What came of it; ``repeated`` when the very same review stood already."""

    review_id: str
    repeated: bool


async def sign(database: Database, keys: Keys, draft: Draft, *, now_ms: int) -> Signed:
    """Signs a review with the authority's key.

    Raises:
        BadReview: incomplete; see ``review.checked``.
        NoSuchEvidence: nothing to review.
        NotYours: the role, the unit, or the same person signed the other review.
        StaleEvidence: another manifest is in force.
    """
    told = checked(draft.kind, draft.answers, passed=draft.passed, words=draft.words)
    async with database.transaction() as tx:
        sealed = await tx.row("quality_lock", alert_id=draft.alert_id)
        officer = await tx.row("quality_officer", officer_id=draft.officer_id)
        if sealed is None:
            raise NoSuchEvidence(draft.alert_id)
        if officer is None:
            raise NotYours("role")
        check_may(draft.kind, officer, sealed)
        if sealed["manifest_sha256"] != draft.manifest_sha256:
            raise StaleEvidence(sealed["manifest_sha256"])
        stand = {r["kind"]: r for r in await tx.rows("quality_standing", alert_id=draft.alert_id)}
        others = stand.get(other(draft.kind))
        if others and others["officer_id"] == draft.officer_id:
            raise NotYours("same_person")
        before = stand.get(draft.kind)
        review = _review(draft, told, officer, sealed, now_ms)
        if before and _same(bytes(before["statement"]), review, before):
            return Signed(review_id=before["review_id"], repeated=True)
        await _store(tx, keys, review)
        if others:  # both stand: of an alert not confirmed yet, its confirmation finds them
            by = draft.officer_id
            await apply(tx, met("review", draft.alert_id, at_ms=now_ms, by=by))
        await _again(tx, sealed, draft.alert_id)
    return Signed(review_id=review.review_id, repeated=False)


def check_may(kind: Kind, officer: Row, sealed: Row) -> None:
    """Whether the policy lets an officer (row with role and unit) sign this kind of review.

    Raises:
        NotYours: it does not.
    """
    actor = Actor(
        officer_id=officer["officer_id"], role=officer["role"], unit_id=officer["unit_id"]
    )
    target = Target(kind="alert", id=sealed["alert_id"], unit_id=sealed["unit_id"])
    decision = decide(actor, ACTIONS[kind], target)
    if not decision.allowed:
        raise NotYours(decision.why)


def _review(draft: Draft, told: list[Answer], officer: Row, sealed: Row, now_ms: int) -> Review:
    review = Review(
        review_id="",
        kind=draft.kind,
        alert_id=draft.alert_id,
        evidence_id=sealed["evidence_id"],
        manifest_sha256=draft.manifest_sha256,
        officer_id=draft.officer_id,
        officer_zh=officer["name_zh"],
        officer_en=officer["name_en"],
        role=officer["role"],
        at_ms=now_ms,
        at=iso(now_ms),
        checklist=checklist().version,
        answers=told,
        passed=draft.passed,
        words=draft.words.strip(),
    )
    return replace(review, review_id=digest_id("review", sha256_hex(encode(review))))


def _same(statement: bytes, review: Review, before: Row) -> bool:
    """Whether the review that stands says the same but for the moment: a second click."""
    at_ms = int(before["at_ms"])
    again = replace(review, review_id=before["review_id"], at_ms=at_ms, at=iso(at_ms))
    return encode(again) == statement


async def _store(tx: Transaction, keys: Keys, review: Review) -> None:
    statement = encode(review)
    await tx.execute(
        "quality_add_review",
        review_id=review.review_id,
        evidence_id=review.evidence_id,
        alert_id=review.alert_id,
        manifest_sha256=review.manifest_sha256,
        kind=review.kind,
        officer_id=review.officer_id,
        at_ms=review.at_ms,
        passed=review.passed,
        statement=statement,
        signature=keys.sign(statement),
        key_id=keys.key_id,
    )
    body = {
        "review_id": review.review_id,
        "kind": review.kind,
        "alert_id": review.alert_id,
        "manifest_sha256": review.manifest_sha256,
        "statement_sha256": sha256_hex(statement),
        "passed": review.passed,
    }
    await log(
        tx,
        Leaf(kind=LeafKind.REVIEW, subject=review.evidence_id, at_ms=review.at_ms, body=body),
    )
    await tx.execute(
        "quality_event",
        event_id=digest_id("reviewed", review.review_id),
        alert_id=review.alert_id,
        at_ms=review.at_ms,
        actor=review.officer_id,
        action=f"{review.kind}_review_{'passed' if review.passed else 'failed'}",
        ground=review.words,
    )


async def _again(tx: Transaction, sealed: Row, alert_id: str) -> None:
    """Tells the case stage of the verdict once more: what was withheld for want of this may go."""
    confirmed = await tx.row("quality_withheld", alert_id=alert_id)
    if confirmed is None:
        return
    party_id = str(sealed["party_id"])
    verdict = codec.VerdictMessage(
        event_id=confirmed["event_id"],
        alert_id=alert_id,
        party_id=party_id,
        verdict="confirmed",
        reason_code=confirmed["reason_code"],
        actor=confirmed["actor"],
        at_ms=confirmed["at_ms"],
    )
    await tx.execute(
        "runtime_emit", topic=topics.VERDICTS, key=party_id.encode(), value=codec.encode(verdict)
    )
