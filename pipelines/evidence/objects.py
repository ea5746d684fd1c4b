"""Owns the content-addressed folder of sealed objects. Must not know what an object proves.

An object's name is its SHA-256 and its file is read-only. Nothing here changes or removes one.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_DIGEST = re.compile(r"[0-9a-f]{64}")


class ObjectChanged(Exception):
    """A stored object is no longer what its name says.

    Attributes:
        sha256: the object's name.
        found: the digest of the bytes that lie there.
    """

    def __init__(self, sha256: str, found: str) -> None:
        super().__init__(f"object {sha256} now has the digest {found}")
        self.sha256 = sha256
        self.found = found


class ObjectStore:
    """A folder of objects, two hex digits of their digest a sub-folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / "incoming"  # same file system, so that a rename is one step

    def put(self, content: bytes | Path) -> str:
        """Stores bytes or a file's content durably and returns its SHA-256; twice is once.

        Raises:
            ObjectChanged: the name is taken by other bytes (which are left as they are), or what
                was written does not read back.
            OSError: the disk would not take it.
        """
        self.incoming.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.incoming)
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                _write(content, file)
                file.flush()
                os.fsync(file.fileno())
            sha256 = digest(partial)
            if not self.exists(sha256):
                self._place(partial, sha256)
        finally:
            partial.unlink(missing_ok=True)
        self.check(sha256)
        return sha256

    def check(self, sha256: str) -> None:
        """Re-hashes one object.

        Raises:
            ObjectChanged: its bytes are not those it was stored with.
            FileNotFoundError: it is gone.
        """
        found = digest(self.path(sha256))
        if found != sha256:
            raise ObjectChanged(sha256, found)

    def path(self, sha256: str) -> Path:
        """Where an object lies or would lie.

        Raises:
            ValueError: not 64 lower-case hex digits.
        """
        if not _DIGEST.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is not a SHA-256 digest")
        return self.root / sha256[:2] / sha256

    def open(self, sha256: str) -> BinaryIO:
        """Opens an object for reading. The caller closes it."""
        return self.path(sha256).open("rb")

    def exists(self, sha256: str) -> bool:
        """Whether a file of that name lies in the store; says nothing of its bytes."""
        return self.path(sha256).is_file()

    def walk(self) -> Iterator[Path]:
        """Every file of the store in the order of names, whatever it is; not the unfinished."""
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and self.incoming not in path.parents:
                yield path

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


def _write(content: bytes | Path, file: BinaryIO) -> None:
    if isinstance(content, bytes):
        file.write(content)
    else:
        with content.open("rb") as source:
            shutil.copyfileobj(source, file, 1 << 20)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
