"""Owns every look: a leaf of the log and a row, written before the first byte is given.

Also the addresses that a look may be fetched at: signed, short-lived, for one session and one
object. Must not decide who may look (``policy``) nor decode anything.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Literal

from pipelines.access.policy import Actor, Target
from pipelines.store import Database
from pipelines.store.database import Row
from pipelines.transparency.leaf import Kind, Leaf, log

Form = Literal["original", "copy", "object", "package"]
START_MS = 20_000
"""How long the address of a look's first piece lives: the player asks for it at once."""
REST_MS = 5 * 60_000
"""How long the addresses of the other pieces live; a player that is still allowed renews them."""


class BadAddress(Exception):
    """An address that opens nothing: ``altered``, ``expired``, ``foreign`` or ``gone``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is being looked at, by whom, and why.

    Attributes:
        held: the object's row: name, sha256, media_type.
        request_id: of the grant it stands on; None where the office itself allows it.
    """

    actor: Actor
    session: str
    target: Target
    held: Row
    form: Form
    reason: str = ""
    request_id: str | None = None


async def look(database: Database, looked: Looked, *, now_ms: int) -> str:
    """Writes a look down, as a row and a leaf, and returns its id."""
    view_id = secrets.token_hex(16)
    held, target = looked.held, looked.target
    async with database.transaction() as tx:
        await tx.execute(
            "access_look", view_id=view_id, officer_id=looked.actor.officer_id,
            session=session_digest(looked.session), kind=target.kind, id=target.id,
            object_name=held["name"], sha256=held["sha256"], media_type=held["media_type"],
            form=looked.form, request_id=looked.request_id, reason=looked.reason, at_ms=now_ms,
        )  # fmt: skip
        body = {
            "view": view_id, "officer": looked.actor.officer_id, "role": looked.actor.role,
            "unit": looked.actor.unit_id, "target": target.kind, "object": str(held["name"]),
            "sha256": str(held["sha256"]), "form": looked.form, "reason": looked.reason,
            "request": looked.request_id or "",
        }  # fmt: skip
        await log(tx, Leaf(kind=Kind.VIEW, subject=target.id, at_ms=now_ms, body=body))
    return view_id


async def refused_look(
    database: Database, actor: Actor, view: Row | None, why: str, *, now_ms: int
) -> None:
    """Writes down that somebody tried an address that was not theirs or not any more."""
    subject = str(view["target_id"]) if view else "unknown"
    body = {
        "outcome": "refused", "why": why, "officer": actor.officer_id,
        "view": str(view["view_id"]) if view else "",
    }  # fmt: skip
    async with database.transaction() as tx:
        await log(tx, Leaf(kind=Kind.VIEW, subject=subject, at_ms=now_ms, body=body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Signs and checks what a look may be fetched at.

    Args:
        secret: the site's; kept apart from its other uses by a label.
    """

    secret: str

    def sign(self, view: Row, session: str, piece: str, until_ms: int) -> str:
        """The signature of one piece: ``first`` or ``rest``."""
        key = hashlib.sha256(b"vigil/looks/" + self.secret.encode()).digest()
        said = "\n".join((
            str(view["view_id"]), str(view["officer_id"]), session_digest(session), piece,
            str(until_ms),
        ))  # fmt: skip
        return hmac.new(key, said.encode(), "sha256").hexdigest()

    def check(
        self, view: Row | None, officer_id: str, session: str, *, piece: str, until_ms: int,
        signature: str, now_ms: int,
    ) -> Row:  # fmt: skip
        """The look that an address stands for.

        Raises:
            BadAddress: forged, too late, or another officer's or session's.
        """
        if view is None:
            raise BadAddress("gone")
        theirs = view["officer_id"] == officer_id and view["session"] == session_digest(session)
        if not theirs:
            raise BadAddress("foreign")
        right = self.sign(view, session, piece, until_ms)
        if not hmac.compare_digest(right.encode(), signature.encode()):
            raise BadAddress("altered")
        if now_ms >= until_ms:
            raise BadAddress("expired")
        return view


def session_digest(session: str) -> str:
    """What is kept of a session: enough to know it again, not enough to take it over."""
    return hashlib.sha256(session.encode()).hexdigest()[:32]
