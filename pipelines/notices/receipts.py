"""Owns delivery receipts: a gateway calls back, signed, to say what became of a notice.

Body: ``{"id": the id it was sent with, "outcome": "delivered" | "failed", "at_ms": ...,
"detail": ""}`` with the three headers of Standard Webhooks. Twice is once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from pipelines.cases.signing import doubt
from pipelines.errors import BadMessage
from pipelines.notices import outcomes
from pipelines.store import Database

MAX_BODY_BYTES = 16_384
_LATEST_MS = 4_102_444_800_000  # the year 2100: later times are units mixed up


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came back."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    outcome: Literal["delivered", "failed"]
    at_ms: Annotated[int, msgspec.Meta(ge=0, le=_LATEST_MS)]
    detail: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def receive(
    database: Database, headers: Mapping[str, str], body: bytes, *, secret: str, now_ms: int
) -> bool:
    """Takes a receipt in; False when the very same was taken before.

    Raises:
        BadMessage: ``bad_signature``, ``malformed`` or ``unknown_notice``; nothing was changed.
        Transient: the database cannot be reached.
    """
    if why := doubt(secret, headers, body, now_ms=now_ms):
        raise BadMessage("bad_signature", why)
    try:
        receipt = msgspec.json.decode(body, type=Receipt)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadMessage("malformed", str(error)) from error
    receipt_id = headers.get("webhook-id", "")[:200]
    async with database.transaction() as tx:
        row = await tx.row("notices_attempt", message_id=receipt.id)
        if row is None:
            raise BadMessage("unknown_notice", receipt.id)
        new = await tx.execute(
            "notices_receipt", receipt_id=receipt_id, attempt_id=row["attempt_id"],
            outcome=receipt.outcome, at_ms=receipt.at_ms, now_ms=now_ms, detail=receipt.detail,
            body=body,
        )  # fmt: skip
        if not new:
            return False
        if receipt.outcome == "delivered":
            await outcomes.delivered(tx, row, at_ms=now_ms, receipt_id=receipt_id)
        elif row["outcome"] == "taken":  # what arrived does not come undone
            await outcomes.undelivered(
                tx, row, at_ms=now_ms, now_ms=now_ms, receipt_id=receipt_id, detail=receipt.detail
            )
    return True
