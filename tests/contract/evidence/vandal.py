# ruff: noqa: S608 - tampering is done in SQL
"""Owns somebody who tampers, and undoing what he did. Judges nothing."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from pipelines.evidence.keys import Keys

if TYPE_CHECKING:
    from tests.contract.evidence.conftest import World

TABLES = (
    "alerts", "evidence", "evidence_objects", "raw_batches", "log_leaves", "log_checkpoints",
    "log_tiles",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tampered:
    """What was done. ``named``: a verification must name one of these."""

    what: str
    named: tuple[str, ...]


class Vandal:
    """Somebody with the database's password, the disks, and a key of his own, but not ours."""

    def __init__(self, world: World, own_keys: Path) -> None:
        self.world = world
        self.own = Keys(own_keys)
        self.sql = psycopg.connect(world.url, autocommit=True)
        self.sql.execute("SET session_replication_role = replica")  # no constraint stops him
        self.sql.execute("CREATE SCHEMA IF NOT EXISTS untouched")
        for table in TABLES:
            self.run(f"DROP TABLE IF EXISTS untouched.{table}")
            self.run(f"CREATE TABLE untouched.{table} AS TABLE {table}")
        self.kept = world.folder / "untouched"
        for name in ("objects", "log"):
            shutil.copytree(world.folder / name, self.kept / name)
        self.alerts = [row[0] for row in self.run("SELECT alert_id FROM alerts ORDER BY 1")]
        self.objects = sorted(world.objects.walk())
        self.size = int(self.run("SELECT max(leaf_index) + 1 FROM log_leaves")[0][0])

    def __enter__(self) -> Vandal:
        return self

    def __exit__(self, *_: object) -> None:
        self.sql.close()

    def run(self, statement: str, *params: object) -> list[tuple[Any, ...]]:
        """Any SQL."""
        cursor = self.sql.execute(statement.encode(), params or None)
        return cursor.fetchall() if cursor.description else []

    @contextmanager
    def tampering(self, acts: Sequence[Act], seed: int) -> Iterator[Tampered]:
        """Does one random thing, and undoes it."""
        rng = random.Random(seed)
        act = rng.choice(acts)
        try:
            yield act(self, rng)
        finally:
            self.undo()

    def undo(self) -> None:
        """Puts every table and file back."""
        for table in TABLES:
            self.run(f"DELETE FROM {table}")
            columns = self.world.columns(table)
            self.run(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM untouched.{table}")
        for name in ("objects", "log"):
            shutil.rmtree(self.world.folder / name)
            shutil.copytree(self.kept / name, self.world.folder / name)
        (self.world.keys.folder / f"{self.own.key_id}.pub.pem").unlink(missing_ok=True)

    def overwrite(self, path: Path, data: bytes) -> None:
        """Writes a file that is read-only."""
        path.chmod(0o644)
        path.write_bytes(data)


Act = Callable[[Vandal, random.Random], Tampered]


def damaged(data: bytes, rng: random.Random) -> tuple[str, bytes]:
    """Bytes flipped, cut, or with some put in; never the same."""
    how = rng.choice(["flip", "cut", "insert"])
    at = rng.randrange(len(data))
    if how == "flip":
        return how, data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
    if how == "cut":
        return how, data[:at]
    return how, data[:at] + rng.randbytes(rng.randint(1, 9)) + data[at:]
