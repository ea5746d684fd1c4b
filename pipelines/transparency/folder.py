"""Owns the log's files as others fetch them: checkpoint, tiles, bundles. Knows no database.

Each file appears whole or not at all. What is written is never written differently again, but for
the checkpoint, which only moves forward; that is for the caller to see to.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from pipelines.transparency.tiles import WIDTH, Tile

CHECKPOINT = "checkpoint"


class LogFolder:
    """A folder that can be served as it is. Calls block: they are made in threads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def checkpoint(self) -> bytes | None:
        """The newest checkpoint's note; None where there is none."""
        return self._read(CHECKPOINT)

    def put_checkpoint(self, note: bytes) -> None:
        """Replaces the newest checkpoint. Raises OSError where that cannot be."""
        self._write(CHECKPOINT, note)

    def tile(self, tile: Tile) -> bytes | None:
        """A tile or bundle; None where there is none of that width."""
        return self._read(tile.path)

    def versions(self, level: int, number: int) -> Iterator[bytes]:
        """A tile or bundle (level -1) as it lies here: full, or its partial ones, widest first."""
        whole = self.tile(Tile(level, number))
        if whole is not None:
            yield whole
        partial = self.path / f"{Tile(level, number).path}.p"
        if partial.is_dir():
            widths = (int(one.name) for one in partial.iterdir() if one.name.isdecimal())
            for width in sorted(widths, reverse=True):
                yield (partial / str(width)).read_bytes()

    def put_tile(self, tile: Tile, data: bytes) -> None:
        """Writes a tile or bundle; the partial ones before a full one go."""
        self._write(tile.path, data)
        if tile.width == WIDTH:
            shutil.rmtree(self.path / f"{tile.path}.p", ignore_errors=True)

    def walk(self) -> Iterator[str]:
        """The path of every file below ``tile``, in no order."""
        for folder, _, names in os.walk(self.path / "tile"):
            for name in names:
                yield (Path(folder) / name).relative_to(self.path).as_posix()

    def _read(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _write(self, name: str, data: bytes) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path / f".{secrets.token_hex(8)}.tmp"
        try:
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
