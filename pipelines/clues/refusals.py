"""Owns keeping what a known platform sent and could not be taken, as it came, with the reason.

Must not judge: the reason is given. What strangers send is not kept.
"""

from __future__ import annotations

import hashlib

from detectors.types import digest_id
from pipelines.clues.intake import Way
from pipelines.clues.platforms import Platform
from pipelines.store import Database

REASON_LIMIT = 1000


async def refuse(
    database: Database, platform: Platform, body: bytes, reason: str, *, way: Way, now_ms: int,
    place: str = "",
) -> None:  # fmt: skip
    """Keeps the bytes; the same bytes refused for the same reason again are kept once.

    Args:
        place: of a file, its name and line.

    Raises:
        Transient: the database cannot be reached.
    """
    said = reason[:REASON_LIMIT].replace("\0", "")
    said = said.encode("utf-8", "replace").decode()  # a lone surrogate cannot be stored
    digest = hashlib.sha256(body).hexdigest()
    await database.execute(
        "clues_refuse", refusal_id=digest_id("refusal", platform.id, digest, said),
        platform=platform.id, unit_id=platform.unit, way=way, place=place, body=body, reason=said,
        at_ms=now_ms,
    )  # fmt: skip
