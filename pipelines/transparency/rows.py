"""Owns reading the log's leaves again from the database: their hashes, and whether bodies fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipelines.evidence.report import Problem, Wrong
from pipelines.transparency import findings
from pipelines.transparency.entry import commitment, entry_bytes
from pipelines.transparency.erase import erased_subject
from pipelines.transparency.leaf import Kind, Leaf
from pipelines.transparency.merkle import HASH_BYTES, leaf_hash
from pipelines.transparency.tiles import WIDTH

Row = dict[str, Any]
NONE = bytes(HASH_BYTES)
_NEVER_ERASED = {
    Kind.PIN, Kind.RAW_BATCH, Kind.RECORDING_PART, Kind.EXPORT, Kind.DELETION, Kind.KEY,
}  # fmt: skip
"""No policy forgets these: verification rests on them, and they hold no personal data."""


class Reread:
    """The leaves of the database, row by row. 32 bytes are kept of each."""

    def __init__(self) -> None:
        self.hashes = bytearray()
        self.known: dict[int, Row] = {}  # rows that are to be named
        self.odd: list[Row] = []  # rows below leaf 0: no log makes any
        self.keys: list[Row] = []
        self.problems: list[Problem] = []
        self._erased: dict[int, Row] = {}
        self._told: set[str] = set()

    @property
    def size(self) -> int:
        """One more than the largest index."""
        return len(self.hashes) // HASH_BYTES

    def feed(self, rows: Iterable[Row]) -> None:
        """Takes the next rows, in order of index."""
        for row in rows:
            index = row["leaf_index"]
            if index < 0:
                self.odd.append(row)
                continue
            if gap := index - self.size:
                self.hashes += bytes(gap * HASH_BYTES)
            committed = bytes(row["commitment"])
            self.hashes += leaf_hash(entry_bytes(row["kind"], row["at_ms"], committed))
            self._body(row, committed)

    def leaf(self, index: int) -> bytes:
        """A leaf's hash; ``NONE`` where there is no row."""
        at = index * HASH_BYTES
        return bytes(self.hashes[at : at + HASH_BYTES]) or NONE

    def tile(self, number: int) -> bytes:
        """A tile of level 0 as these rows give it."""
        at = number * WIDTH * HASH_BYTES
        return bytes(self.hashes[at : at + WIDTH * HASH_BYTES])

    def named(self, rows: Iterable[Row]) -> None:
        """Rows that are to be named."""
        self.known |= {row["leaf_index"]: row for row in rows}

    def told(self, leaves: Iterable[Leaf]) -> None:
        """Leaves that wait for their place in the log: deletions among them tell of others."""
        self._told.update(leaf.subject for leaf in leaves if leaf.kind is Kind.DELETION)

    def finish(self) -> int:
        """Names what was erased and never told; returns how many leaves were erased."""
        for index, row in self._erased.items():
            if erased_subject(index) not in self._told:
                untold = "body and salt are gone, and no leaf tells that they were erased"
                self.problems.append(findings.body(row, Wrong.MISSING, untold))
            elif row["kind"] in _NEVER_ERASED:
                lasting = f"body and salt are gone; a leaf of kind {row['kind']} is never erased"
                self.problems.append(findings.body(row, Wrong.MISSING, lasting))
        return len(self._erased)

    def _body(self, row: Row, committed: bytes) -> None:
        if (
            row["kind"] == Kind.DELETION and row["body"] is not None
        ):  # else anything may stand there
            self._told.add(row["subject"])
        if row["kind"] == Kind.KEY:
            self.keys.append(row)
        if row["salt"] is None and row["body"] is None:
            self._erased[row["leaf_index"]] = row
        elif row["salt"] is None or row["body"] is None:
            gone = "salt" if row["salt"] is None else "body"
            self.problems.append(findings.body(row, Wrong.MISSING, f"its {gone} is gone"))
        elif commitment(bytes(row["salt"]), row["subject"], bytes(row["body"])) != committed:
            self.problems.append(
                findings.body(row, Wrong.CHANGED, "subject, body or salt not as committed to")
            )
