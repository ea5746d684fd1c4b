"""Owns looking up leaves of the log for a verification. Must not check the log itself."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from pipelines.evidence.claims import Logged
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, Leaf, decode

Row = dict[str, Any]


class Witness:
    """Which subjects have a leaf, numbered or still waiting for its number.

    What waits is read first and once: a leaf that is numbered meanwhile is then known twice,
    never not at all.
    """

    def __init__(self, database: Database, pending: Iterable[Leaf]) -> None:
        self._database = database
        self._pending: dict[tuple[str, str], Leaf] = {}
        self.waiting = 0
        for leaf in pending:
            self._pending[leaf.kind, leaf.subject] = leaf
            self.waiting += 1
        self._known: set[tuple[str, str]] = set(self._pending)
        self._pins: dict[str, list[Logged]] = defaultdict(list)

    @classmethod
    async def ready(cls, database: Database) -> Witness:
        """Reads what waits."""
        rows = await database.rows("verify_pending")
        return cls(database, [leaf for row in rows for leaf in decode(bytes(row["leaves"]))])

    async def look_up(self, kinds: Collection[Kind], subjects: Collection[str]) -> None:
        """Reads the leaves of subjects."""
        rows = await self._database.rows(
            "verify_leaves", kinds=sorted(kinds), subjects=sorted(subjects)
        )
        for row in rows:
            self._known.add((row["kind"], row["subject"]))
            if row["kind"] == Kind.PIN:
                self._pins[row["subject"]].append(logged_of(row))

    def has(self, kind: Kind, subject: str) -> bool:
        """Whether a subject that was looked up has a leaf of that kind."""
        return (kind, subject) in self._known

    def pin(self, evidence_id: str) -> Logged | None:
        """What the log says was sealed under that id, by its first leaf."""
        if evidence_id in self._pins:
            return self._pins[evidence_id][0]
        leaf = self._pending.get((Kind.PIN, evidence_id))
        if leaf is None:
            return None
        said = str(leaf.body.get("manifest_sha256", ""))
        return Logged(place="a leaf that waits for its number", manifest_sha256=said)

    def waits(self, kind: Kind, subject: str) -> bool:
        """Whether such a leaf waits for its number."""
        return (kind, subject) in self._pending


def logged_of(row: Row) -> Logged:
    """What a pin's leaf says; None where its body was erased."""
    place = f"leaf {row['leaf_index']}"
    if row["body"] is None:
        return Logged(place=place, manifest_sha256=None)
    try:
        body = json.loads(bytes(row["body"]))
    except ValueError:
        body = {}
    said = body.get("manifest_sha256", "") if isinstance(body, dict) else ""
    return Logged(place=place, manifest_sha256=str(said))
