"""Owns who comes in by a private link, and who no longer does. Must not show or store what is said.

The link's secret (132 bits) is what lets in. The last six characters of the party's social credit
code are asked for besides: a letter that went to the wrong reader then shows nothing. They are no
secret, which is why they alone would let nobody in.
"""

from __future__ import annotations

import hmac
from typing import Any

from pipelines.notices import outcomes
from pipelines.parties.links import digest_of
from pipelines.store import Database

DIGITS = 6
IN_A_ROW = 5
LOCKED_MS = 15 * 60_000
AT_MOST = 20

Row = dict[str, Any]


class NoEntry(Exception):
    """Nobody comes in by this link now; ``code`` is ``unknown``, ``expired``, ``revoked`` or
    ``locked``. Of an unknown link nothing is said but that."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def link_of(database: Database, token: str, *, now_ms: int) -> Row:
    """The link that a token opens.

    Raises:
        NoEntry: why it does not.
    """
    row = await database.row("party_link", token_sha256=digest_of(token))
    if row is None:
        raise NoEntry("unknown")
    if row["revoked_ms"] is not None:
        raise NoEntry("revoked")
    if row["expires_ms"] <= now_ms:
        raise NoEntry("expired")
    return row


async def recognise(database: Database, link: Row, said: str, *, now_ms: int) -> bool:
    """Whether they know whose link it is; a wrong answer is counted, the first right one told.

    Raises:
        NoEntry: ``locked`` after five wrong in a row, ``revoked`` for good after twenty.
    """
    right = hmac.compare_digest(
        str(link["uscc"])[-DIGITS:].upper().encode(), said.strip().upper().encode()
    )
    async with database.transaction() as tx:
        row = await tx.row("party_link_locked", token_sha256=link["token_sha256"])
        if row is None or row["revoked_ms"] is not None:
            raise NoEntry("revoked")
        if row["locked_until_ms"] > now_ms:
            raise NoEntry("locked")
        if right:
            await tx.execute("party_opened", token_sha256=row["token_sha256"], now_ms=now_ms)
            if row["opened_ms"] is None:
                await outcomes.opened(tx, row, now_ms=now_ms)
            return True
        wrong = int(row["wrong"]) + 1
        await tx.execute(
            "party_wrong", token_sha256=row["token_sha256"], wrong=wrong,
            locked_until_ms=now_ms + LOCKED_MS if wrong % IN_A_ROW == 0 else 0,
            revoked_ms=now_ms if wrong >= AT_MOST else None,
        )  # fmt: skip
    return False
