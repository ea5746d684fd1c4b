"""Owns the case system's objects: files by their digest, checked on the way in and when read."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path


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
