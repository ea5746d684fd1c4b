"""Owns the checkpoints there are, wherever they lie: which are truly ours, and how they agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography.x509 import Certificate

from pipelines.evidence.keys import Keys
from pipelines.evidence.report import Problem, Wrong
from pipelines.transparency import findings
from pipelines.transparency.checkpoint import SignedCheckpoint
from pipelines.transparency.folder import CHECKPOINT, LogFolder
from pipelines.transparency.note import BadNote
from pipelines.transparency.place import Place, ours
from pipelines.transparency.stamps import BadStamp, check
from pipelines.transparency.succession import trusted

Row = dict[str, Any]
_NOTHING = "nothing: it was not signed by this log; the other checkpoints stand"


def read_copies(place: Place) -> list[tuple[Path, bytes]]:
    """Checkpoints outside of the database: their folders and their bytes."""
    found = []
    for path in (place.folder, *place.published):
        try:
            data = LogFolder(path).checkpoint()
        except OSError:
            continue
        if data is not None:
            found.append((path, data))
    return found


class Heads:
    """Checkpoints, their signatures checked as they come."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._signed: dict[int, dict[bytes, str]] = {}  # size to roots to where it was read
        self._signers: dict[str, int] = {}  # vkey to the largest size it signed
        self._time = (0, 0)  # size and time of the last stored one
        self.problems: list[Problem] = []
        self.stored_size = 0
        self.folder_size = 0

    @property
    def any(self) -> bool:
        """Whether there is a checkpoint of ours at all."""
        return bool(self._signed)

    def stored(self, rows: list[Row]) -> None:
        """Takes rows of the database, in order of size."""
        for row in rows:
            called = f"log checkpoint of {row['tree_size']} leaves"
            head = self._take(called, bytes(row["note"]))
            if head is None:
                continue
            said = head.checkpoint
            self.stored_size = max(self.stored_size, said.size)
            told = (row["tree_size"], bytes(row["root"]), row["at_ms"])
            if told != (said.size, said.root, said.at_ms):
                self._wrong(called, "size, root or time of the row are not those that were signed")
            if said.at_ms is not None and said.at_ms < self._time[1]:
                self._wrong(called, f"back-dated: signed for {findings.when(said.at_ms)}, but "
                            f"{self._time[0]} leaves were there later than that")  # fmt: skip
            self._time = (said.size, max(said.at_ms or 0, self._time[1]))

    def copied(self, path: Path, data: bytes, *, own: bool) -> None:
        """Takes a copy that lies outside of the database, in the log's own folder or another."""
        head = self._take(f"{path}/{CHECKPOINT}", data)
        if head is not None and own:
            self.folder_size = head.checkpoint.size

    def stamped(self, rows: list[Row], trusted_roots: tuple[Certificate, ...]) -> int:
        """Takes stored time stamps; returns how many hold."""
        good = 0
        for row in rows:
            called = f"time stamp over the log checkpoint of {row['tree_size']} leaves"
            if row["note"] is None:
                self.problems.append(findings.tree(called, Wrong.EXTRA, "its checkpoint is gone"))
                continue
            try:
                at_ms = check(bytes(row["token"]), bytes(row["note"]), trusted_roots)
            except BadStamp as error:
                self.problems.append(findings.tree(
                    called, Wrong.BAD_SIGNATURE, str(error), "that the leaves are as signed, but "
                    "not by this stamp since when",
                ))  # fmt: skip
                continue
            if at_ms != row["stamped_ms"]:
                self._wrong(called, f"the authority said {findings.when(at_ms)}, the row says "
                            f"{findings.when(row['stamped_ms'])}")  # fmt: skip
            good += 1
        return good

    def newest_first(self) -> list[tuple[int, bytes]]:
        """Size and root of every one, the largest first."""
        return [(size, root) for size in sorted(self._signed, reverse=True)
                for root in self._signed[size]]  # fmt: skip

    def sizes(self, most: int) -> set[int]:
        """The sizes there are up to one."""
        return {size for size in self._signed if size <= most}

    def agrees(self, size: int, root: bytes, problems: list[Problem]) -> int:
        """How many checkpoints of that size have that root; the others are added as problems."""
        for other, where in self._signed[size].items():
            if other != root:
                problems.append(findings.tree(where, Wrong.CHANGED, "it is signed, but over other "
                                "leaves than the newest one: the log was rewritten"))  # fmt: skip
        return int(root in self._signed[size])

    def unprovable(self, lost: list[tuple[int, bytes]], size: int) -> list[Problem]:
        """Signed heads that no copy of the tree leads to."""
        if not lost:
            return []
        where = self._signed[lost[0][0]][lost[0][1]]
        return [findings.tree(
            where, Wrong.CHANGED, f"no copy of the tree leads to the root that was signed, nor for "
            f"{len(lost) - 1} checkpoints before it", f"the first {size} leaves",
        )]  # fmt: skip

    def rolled_back(self) -> list[Problem]:
        """A database that knows less than others were shown."""
        size = max(self._signed, default=0)
        if size <= self.stored_size:
            return []
        where = next(iter(self._signed[size].values()))
        return [findings.tree(
            "the log in the database", Wrong.MISSING, f"rolled back: it ends at a checkpoint of "
            f"{self.stored_size} leaves, but {where} was signed over {size}",
        )]  # fmt: skip

    def strangers(self, key_rows: list[Row]) -> list[Problem]:
        """Checkpoints signed by a key that lies among ours but that the log never named."""
        known = trusted(key_rows)
        return [
            findings.tree(
                f"log checkpoint of {size} leaves", Wrong.BAD_SIGNATURE, f"signed with {vkey}, "
                "which no leaf of the log names as the successor of its key", _NOTHING,
            )
            for vkey, size in self._signers.items() if known and vkey not in known
        ]  # fmt: skip

    def _take(self, called: str, data: bytes) -> SignedCheckpoint | None:
        try:
            head = ours(self._keys, data)
        except BadNote as error:
            wrong = findings.tree(called, Wrong.BAD_SIGNATURE, str(error), _NOTHING)
            self.problems.append(wrong)
            return None
        said = head.checkpoint
        self._signed.setdefault(said.size, {}).setdefault(said.root, called)
        for key in head.signers:
            self._signers[key.vkey] = max(said.size, self._signers.get(key.vkey, 0))
        return head

    def _wrong(self, called: str, detail: str) -> None:
        self.problems.append(findings.tree(called, Wrong.CHANGED, detail))
