"""Owns the folder of sealed objects. Must not know what an object proves.

An object's name is its SHA-256, its file is read-only. Nothing here changes one; only ``remove``
takes one away.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pipelines.vault.digests import taken_in
from pipelines.vault.scratch import Scratch
from pipelines.vault.types import CHUNK, Locked, ObjectChanged, Stored

_DIGEST = re.compile(r"[0-9a-f]{64}")
_HELD = ".held"  # an empty file beside an object


class FolderVault:
    """A folder of objects, two hex digits of their digest a sub-folder. See ``Vault``.

    A file system has no lock that outlasts its owner: the files are read-only and a hold is
    kept by us. Where that is not enough, use S3 with object lock.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / "incoming"  # same file system, so that an object appears in one step
        self._scratch = Scratch(self.incoming)

    def put(self, content: bytes | Path) -> Stored:
        """See ``Vault``.

        What was written is not read back: it would come from the page cache, which holds what was
        hashed, and not from the disk. ``fsync`` tells whether the disk took it; whether it still
        has it is told by ``vigil evidence verify``, later and again and again.
        """
        if isinstance(content, Path) and self._scratch.owns(content):
            with ThreadPoolExecutor(1, thread_name_prefix="sync") as beside:
                synced = beside.submit(_sync, content)  # the disk writes while we hash
                stored = taken_in(content)
                synced.result()
            return self._placed(content, stored)
        with self.scratch() as folder:
            partial = folder / "object"
            with partial.open("xb") as file:
                stored = taken_in(content, file.write)
            return self._placed(partial, stored)

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
        if not self.root.is_dir():
            return
        for entry in sorted(self.root.iterdir()):
            if entry == self.incoming:
                continue
            found = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
            for path in found:
                if not path.is_dir() and not self._is_mark(path):
                    yield path.name if self._belongs(path) else str(path.relative_to(self.root))

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

    def scratch(self) -> AbstractContextManager[Path]:
        """See ``Vault``."""
        return self._scratch.folder()

    def sweep(self) -> int:
        """See ``Vault``."""
        return self._scratch.sweep()

    def path(self, sha256: str) -> Path:
        """Where an object lies or would lie."""
        return self.root / checked(sha256)[:2] / sha256

    def _placed(self, partial: Path, stored: Stored) -> Stored:
        target = self.path(stored.sha256)
        if not target.parent.is_dir():
            target.parent.mkdir(exist_ok=True)
            _sync(self.root)
        taken = target.exists()
        if not taken:
            partial.chmod(0o444)
            _sync(partial)
            try:
                target.hardlink_to(partial)  # in one step, and never over an object that is there
            except FileExistsError:
                taken = True
        _sync(target.parent)  # also of one that another process put a moment ago
        if taken:
            self.check(stored.sha256)
        return stored

    def _belongs(self, path: Path) -> bool:
        return _DIGEST.fullmatch(path.name) is not None and path == self.path(path.name)

    def _is_mark(self, path: Path) -> bool:
        if path.suffix != _HELD or path.stat().st_size:
            return False
        held = path.with_suffix("")
        return self._belongs(held) and held.is_file()


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checked(sha256: str) -> str:
    """The same name, known to be a digest.

    Raises:
        ValueError: it is not 64 lower-case hex digits.
    """
    if not _DIGEST.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is not a SHA-256 digest")
    return sha256


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
