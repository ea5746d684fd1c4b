"""Owns the case system's own small store: an SQLite file and a folder of objects."""

from __future__ import annotations

import hashlib
import sqlite3
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
    place INTEGER NOT NULL,
    PRIMARY KEY (case_id, revision)
);
CREATE TABLE IF NOT EXISTS steps (
    message_id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    course INTEGER NOT NULL,
    place INTEGER NOT NULL,
    status TEXT NOT NULL,
    body BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    told_ms INTEGER
);
CREATE INDEX IF NOT EXISTS steps_case ON steps (case_id, course, place);
CREATE TABLE IF NOT EXISTS courses (
    case_id TEXT PRIMARY KEY,
    course INTEGER NOT NULL,
    began_ms INTEGER NOT NULL,
    place INTEGER NOT NULL,
    over INTEGER NOT NULL
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A revision as it is held. Times in epoch milliseconds."""

    case_id: str
    revision: int
    body: bytes
    body_sha256: str
    receipt: str
    received_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far a case is: ``place`` steps were taken since ``began_ms``; ``course`` counts anew."""

    case_id: str
    course: int
    began_ms: int
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A step that the sender is to hear of."""

    message_id: str
    case_id: str
    body: bytes


_HELD = "case_id, revision, body, body_sha256, receipt, received_ms"


class CaseStore:
    """One writer, one process. Every method commits before it returns."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "cases.sqlite", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def held(self, case_id: str, revision: int | None = None) -> Held | None:
        """The case at ``revision``, or at its latest one; None when it is not held."""
        rows = self._db.execute(
            f"SELECT {_HELD} FROM cases WHERE case_id = ? AND (? IS NULL OR revision = ?) "  # noqa: S608
            "ORDER BY revision DESC LIMIT 1",
            (case_id, revision, revision),
        )
        names = _HELD.split(", ")
        return next((Held(**dict(zip(names, row, strict=True))) for row in rows), None)

    def revisions(self, case_id: str) -> list[int]:
        """Every revision held, in the order in which they came."""
        rows = self._db.execute(
            "SELECT revision FROM cases WHERE case_id = ? ORDER BY place", (case_id,)
        )
        return [row[0] for row in rows]

    def hold(self, *, case_id: str, revision: int, body: bytes, now_ms: int) -> Held:
        """Keeps a revision; what is already held under it stays as it is. A course begins."""
        digest = hashlib.sha256(body).hexdigest()
        receipt = hashlib.sha256(f"receipt:{case_id}:{revision}:{digest}".encode()).hexdigest()[:32]
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(
            "INSERT INTO cases (case_id, revision, body, body_sha256, receipt, received_ms, place) "
            "VALUES (?, ?, ?, ?, ?, ?, (SELECT count(*) FROM cases)) ON CONFLICT DO NOTHING",
            (case_id, revision, body, digest, receipt, now_ms),
        )
        self._db.execute(
            "INSERT INTO courses VALUES (?, 1, ?, 0, 0) ON CONFLICT DO NOTHING", (case_id, now_ms)
        )
        self._db.execute(  # a corrected case begins anew where it had been refused
            "UPDATE courses SET course = course + 1, began_ms = ?, place = 0, over = 0 "
            "WHERE case_id = ? AND over = 1 AND 'refused' = (SELECT status FROM steps s "
            "WHERE s.case_id = courses.case_id ORDER BY course DESC, place DESC LIMIT 1)",
            (now_ms, case_id),
        )
        self._db.execute("COMMIT")
        held = self.held(case_id, revision)
        if held is None:
            raise RuntimeError(f"case {case_id} was written and is not there")
        return held

    def courses(self) -> list[Course]:
        """Every course that is not over."""
        rows = self._db.execute(
            "SELECT case_id, course, began_ms, place FROM courses WHERE over = 0 ORDER BY began_ms"
        )
        return [Course(case_id=a, course=b, began_ms=c, place=d) for a, b, c, d in rows]

    def take(
        self,
        course: Course,
        message: Message,
        *,
        status: str,
        revision: int,
        at_ms: int,
        over: bool,
    ) -> None:
        """Writes the next step of a course, once."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(
            "INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING",
            (message.message_id, course.case_id, revision, course.course, course.place, status,
             message.body, at_ms),
        )  # fmt: skip
        self._db.execute(
            "UPDATE courses SET place = ?, over = ? WHERE case_id = ? AND course = ?",
            (course.place + 1, int(over), course.case_id, course.course),
        )
        self._db.execute("COMMIT")

    def steps(self, case_id: str) -> list[str]:
        """Every step so far, in order."""
        rows = self._db.execute(
            "SELECT status FROM steps WHERE case_id = ? ORDER BY course, place", (case_id,)
        )
        return [row[0] for row in rows]

    def untold(self) -> Iterator[Message]:
        """The oldest step of each case that its sender has not heard of yet."""
        rows = self._db.execute(
            "SELECT message_id, case_id, body FROM steps s WHERE told_ms IS NULL AND NOT EXISTS ("
            "SELECT 1 FROM steps e WHERE e.case_id = s.case_id AND e.told_ms IS NULL "
            "AND (e.course, e.place) < (s.course, s.place)) ORDER BY at_ms"
        ).fetchall()
        for message_id, case_id, body in rows:
            yield Message(message_id=message_id, case_id=case_id, body=body)

    def told(self, message_id: str, *, now_ms: int) -> None:
        """The sender took it."""
        self._db.execute("UPDATE steps SET told_ms = ? WHERE message_id = ?", (now_ms, message_id))
