"""Owns where a party agrees to be served: with the words it agreed to, logged, revocable (OFF-19).

行政处罚法 art. 61: electronic service needs the party's signed confirmation. Until then what is
sent by electronic ways is information and says so by the attempt's ``confirmed``.
"""

from __future__ import annotations

import re
from typing import Any

from detectors.types import digest_id
from pipelines.evidence.canonical import sha256_hex
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, Leaf, log

METHODS = ("email", "mobile")
_EMAIL = re.compile(r"[^@\s<>,;\"']{1,64}@[A-Za-z0-9.-]{1,180}\.[A-Za-z]{2,24}")
_MOBILE = re.compile(r"(\+?86)?1[3-9]\d{9}")
NAME = 60

Row = dict[str, Any]


class BadConsent(Exception):
    """``code`` is ``method``, ``address``, ``name`` or ``agree``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def checked(method: str, address: str, signed_by: str) -> str:
    """The address as it is kept.

    Raises:
        BadConsent: it cannot be one.
    """
    if method not in METHODS:
        raise BadConsent("method")
    if not signed_by.strip() or len(signed_by) > NAME:
        raise BadConsent("name")
    bare = address.strip().replace(" ", "").replace("-", "") if method == "mobile" \
        else address.strip()  # fmt: skip
    form = _EMAIL if method == "email" else _MOBILE
    if not form.fullmatch(bare):
        raise BadConsent("address")
    return bare


async def agree(
    database: Database, *, party_id: str, method: str, address: str, signed_by: str, agreed: bool,
    shown: str, token_sha256: str, recorded_by: str, now_ms: int,
) -> str:  # fmt: skip
    """Records the consent and returns its id; the same words for the same address are one.

    Args:
        shown: the very words of consent.
        recorded_by: ``party``, or the officer who recorded what was signed on paper.

    Raises:
        BadConsent: see ``checked``; ``agree`` where they did not say yes.
    """
    bare = checked(method, address, signed_by)
    if not agreed:
        raise BadConsent("agree")
    shown_sha256 = sha256_hex(shown.encode())
    consent_id = digest_id("consent", party_id, method, bare, shown_sha256, signed_by.strip(),
                           str(now_ms))  # fmt: skip
    async with database.transaction() as tx:
        await tx.execute(
            "party_put_consent", consent_id=consent_id, party_id=party_id, method=method,
            address=bare, signed_by=signed_by.strip(), shown=shown, shown_sha256=shown_sha256,
            at_ms=now_ms, token_sha256=token_sha256, recorded_by=recorded_by,
        )  # fmt: skip
        body = {"party_id": party_id, "method": method, "address": bare, "by": signed_by.strip(),
                "shown_sha256": shown_sha256, "recorded_by": recorded_by}  # fmt: skip
        await log(tx, Leaf(kind=Kind.ANSWER, subject=consent_id, at_ms=now_ms, body=body))
    return consent_id


async def withdraw(database: Database, *, party_id: str, consent_id: str, now_ms: int) -> bool:
    """Ends a consent; False when there was none of this party's."""
    async with database.transaction() as tx:
        changed = await tx.execute(
            "party_withdraw_consent", consent_id=consent_id, party_id=party_id, now_ms=now_ms
        )
        if changed:
            body = {"party_id": party_id, "withdrawn": True}
            await log(tx, Leaf(kind=Kind.ANSWER, subject=consent_id, at_ms=now_ms, body=body))
    return bool(changed)
