"""Owns the case system's own small store: an SQLite file and a folder of objects."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cases (
    case_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body BLOB NOT NULL,
    body_sha256 TEXT NOT NULL,
    receipt TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    decision TEXT,
    reason TEXT,
    decided_ms INTEGER,
    told_ms INTEGER,
    PRIMARY KEY (case_id, revision)
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A case as it is held. Times in epoch milliseconds."""

    case_id: str
    revision: int
    body_sha256: str
    receipt: str
    received_ms: int
    decision: str | None
    reason: str | None
    decided_ms: int | None


_COLUMNS = "case_id, revision, body_sha256, receipt, received_ms, decision, reason, decided_ms"


class CaseStore:
    """One writer, one process. Every method commits before it returns."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "cases.sqlite", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute(_SCHEMA)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def held(self, case_id: str, revision: int | None = None) -> Held | None:
        """The case at ``revision``, or at its latest one; None when it is not held."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM cases WHERE case_id = ? AND (? IS NULL OR revision = ?) "  # noqa: S608
            "ORDER BY revision DESC LIMIT 1",
            (case_id, revision, revision),
        )
        return next(_each(rows), None)

    def hold(self, *, case_id: str, revision: int, body: bytes, now_ms: int) -> Held:
        """Keeps a case; what is already held under this id and revision stays as it is."""
        digest = hashlib.sha256(body).hexdigest()
        receipt = hashlib.sha256(f"receipt:{case_id}:{revision}:{digest}".encode()).hexdigest()[:32]
        self._db.execute(
            "INSERT INTO cases (case_id, revision, body, body_sha256, receipt, received_ms) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (case_id, revision, body, digest, receipt, now_ms),
        )
        held = self.held(case_id, revision)
        if held is None:
            raise RuntimeError(f"case {case_id} was written and is not there")
        return held

    def undecided(self, received_before_ms: int) -> list[Held]:
        """Cases received by then that nobody has decided."""
        return list(
            _each(
                self._db.execute(
                    f"SELECT {_COLUMNS} FROM cases "  # noqa: S608
                    "WHERE decision IS NULL AND received_ms <= ? ORDER BY received_ms",
                    (received_before_ms,),
                )
            )
        )

    def decide(self, held: Held, *, decision: str, reason: str, now_ms: int) -> None:
        """Writes a decision once."""
        self._db.execute(
            "UPDATE cases SET decision = ?, reason = ?, decided_ms = ? "
            "WHERE case_id = ? AND revision = ? AND decision IS NULL",
            (decision, reason, now_ms, held.case_id, held.revision),
        )

    def untold(self) -> list[Held]:
        """Decided cases whose sender has not yet taken the decision."""
        return list(
            _each(
                self._db.execute(
                    f"SELECT {_COLUMNS} FROM cases "  # noqa: S608
                    "WHERE decision IS NOT NULL AND told_ms IS NULL ORDER BY decided_ms"
                )
            )
        )

    def told(self, held: Held, *, now_ms: int) -> None:
        """The sender took the decision."""
        self._db.execute(
            "UPDATE cases SET told_ms = ? WHERE case_id = ? AND revision = ?",
            (now_ms, held.case_id, held.revision),
        )


def _each(rows: sqlite3.Cursor) -> Iterator[Held]:
    names = _COLUMNS.split(", ")
    for row in rows:
        yield Held(**dict(zip(names, row, strict=True)))


class Upload:
    """A file on its way in: written aside, named by its digest only when that is right."""

    def __init__(self, folder: Path) -> None:
        handle, name = tempfile.mkstemp(dir=folder, prefix="upload-")
        self._file = os.fdopen(handle, "wb")
        self._path = Path(name)
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def write(self, chunk: bytes) -> None:
        """Adds bytes."""
        self._file.write(chunk)
        self._digest.update(chunk)
        self.size_bytes += len(chunk)

    def drop(self) -> None:
        """Forgets what came in."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def keep(self, target: Path) -> str:
        """Keeps it as ``target`` when its digest is the target's name; returns the digest."""
        digest = self._digest.hexdigest()
        if digest != target.name:
            self.drop()
            return digest
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._path.replace(target)
        return digest


class ObjectFolder:
    """Objects by their SHA-256."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where the object lies or would lie."""
        return self._folder / sha256

    def begin(self) -> Upload:
        """Starts taking an object in."""
        return Upload(self._folder)

    def digest(self, sha256: str) -> tuple[str, int] | None:
        """Digest and size of what really lies there, read again; None when nothing does."""
        path = self.path(sha256)
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
