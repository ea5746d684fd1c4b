"""Owns the folder of sealed objects. Must not know what an object proves.

An object's name is its SHA-256, its file is read-only. Nothing here changes one; only ``remove``
takes one away.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipelines.vault.types import CHUNK, Locked, ObjectChanged, Stored

_DIGEST = re.compile(r"[0-9a-f]{64}")
_HELD = ".held"  # an empty file beside an object


class FolderVault:
    """A folder of objects, two hex digits of their digest a sub-folder. See ``Vault``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / "incoming"  # same file system, so that a rename is one step

    def put(self, content: bytes | Path) -> Stored:
        """See ``Vault``."""
        with self.scratch() as folder:
            partial = folder / "object"
            with partial.open("xb") as file:
                stored = _write(content, file)
                file.flush()
                os.fsync(file.fileno())
            if not self.exists(stored.sha256):
                self._place(partial, stored.sha256)
        self.check(stored.sha256)
        return stored

    def exists(self, sha256: str) -> bool:
        """See ``Vault``."""
        return self.path(sha256).is_file()

    def size(self, sha256: str) -> int:
        """See ``Vault``."""
        return self.path(sha256).stat().st_size

    def chunks(self, sha256: str, first: int = 0, last: int | None = None) -> Iterator[bytes]:
        """See ``Vault``."""
        with self.path(sha256).open("rb") as file:
            file.seek(first)
            left = self.size(sha256) - first if last is None else last - first + 1
            while left > 0 and (data := file.read(min(CHUNK, left))):
                left -= len(data)
                yield data

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        """See ``Vault``."""
        path = self.path(sha256)
        path.stat()
        yield path

    def digest(self, sha256: str) -> str:
        """See ``Vault``."""
        return digest(self.path(sha256))

    def check(self, sha256: str) -> None:
        """See ``Vault``."""
        found = self.digest(sha256)
        if found != sha256:
            raise ObjectChanged(sha256, found)

    def walk(self) -> Iterator[str]:
        """See ``Vault``; a file that is not where its name belongs is told by its path."""
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and self.incoming not in path.parents and path.suffix != _HELD:
                good = _DIGEST.fullmatch(path.name) and path == self.path(path.name)
                yield path.name if good else str(path.relative_to(self.root))

    def hold(self, sha256: str, *, on: bool) -> None:
        """See ``Vault``."""
        path = self.path(sha256)
        path.stat()
        mark = path.with_suffix(_HELD)
        if on:
            mark.touch()
        else:
            mark.unlink(missing_ok=True)
        _sync(path.parent)

    def remove(self, sha256: str) -> None:
        """See ``Vault``."""
        path = self.path(sha256)
        if path.with_suffix(_HELD).exists():
            raise Locked(f"object {sha256} is under a legal hold")
        path.unlink()
        _sync(path.parent)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """See ``Vault``."""
        self.incoming.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.incoming) as folder:
            yield Path(folder)

    def path(self, sha256: str) -> Path:
        """Where an object lies or would lie."""
        if not _DIGEST.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is not a SHA-256 digest")
        return self.root / sha256[:2] / sha256

    def _place(self, partial: Path, sha256: str) -> None:
        target = self.path(sha256)
        if not target.parent.is_dir():
            target.parent.mkdir(exist_ok=True)
            _sync(self.root)
        partial.chmod(0o444)
        partial.replace(target)
        _sync(target.parent)


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(content: bytes | Path, file: BinaryIO) -> Stored:
    sha256, sm3, size = hashlib.sha256(), hashlib.new("sm3"), 0
    for data in [content] if isinstance(content, bytes) else _pieces(content):
        sha256.update(data)
        sm3.update(data)
        size += file.write(data)
    return Stored(sha256=sha256.hexdigest(), sm3=sm3.hexdigest(), size_bytes=size)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(CHUNK):
            yield data


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
