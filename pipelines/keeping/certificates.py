"""Owns the certificates of what was let go. Must not decide that anything goes."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.store import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """An object that was let go under a certificate.

    Attributes:
        certificate_id: SHA-256 of the certificate's canonical body.
        at_ms: when the certificate was signed; the object itself may go later (object lock).
        basis: of the policy under which it went, for people.
    """

    sha256: str
    certificate_id: str
    at_ms: int
    basis: str


async def removed(database: Database) -> dict[str, Removed]:
    """Every object that was let go and that nothing still kept names, by its digest.

    An object that is pinned again after it went is not among them: its absence would be a loss.

    Raises:
        Transient: the database cannot be reached.
    """
    rows = await database.rows("keeping_removed")
    return {row["sha256"]: Removed(**row) for row in rows}
