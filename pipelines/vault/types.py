"""Owns what a vault is. Must not know where the objects lie, nor what they prove."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

CHUNK = 1 << 20


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


class Locked(Exception):
    """An object may not be removed yet: a legal hold or its retention keeps it; the text says.

    Attributes:
        until_ms: when its retention ends; None where a hold keeps it, or nobody says until when.
    """

    def __init__(self, text: str, *, until_ms: int | None = None) -> None:
        super().__init__(text)
        self.until_ms = until_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What was put: both digests as lower-case hex (GB/T 32905 for SM3), and the size."""

    sha256: str
    sm3: str
    size_bytes: int


class Vault(Protocol):
    """Objects by their SHA-256. Calls block: they are made in threads.

    Every method that takes a digest raises ``ValueError`` where it is not 64 lower-case hex
    digits, and ``Transient`` where the store cannot be reached for now.
    """

    def put(self, content: bytes | Path) -> Stored:
        """Stores bytes or a file's content durably; twice is once. Safe in threads.

        A file in this vault's scratch may become the object itself: do not write to it afterwards.

        Raises:
            ObjectChanged: the name is taken by other bytes, which are left as they are.
            OSError: the store would not take it: full, read-only, not allowed.
        """
        ...

    def exists(self, sha256: str) -> bool:
        """Whether an object of that name lies here; says nothing of its bytes."""
        ...

    def size(self, sha256: str) -> int:
        """Size in bytes.

        Raises:
            FileNotFoundError: there is none.
        """
        ...

    def chunks(self, sha256: str, first: int = 0, last: int | None = None) -> Iterator[bytes]:
        """The bytes from ``first`` to ``last`` inclusive (to the end when None), piece by piece.

        Raises:
            FileNotFoundError: there is none.
        """
        ...

    def local(self, sha256: str) -> AbstractContextManager[Path]:
        """The object as a file to read, for as long as the context lasts.

        Raises:
            FileNotFoundError: there is none.
        """
        ...

    def digest(self, sha256: str) -> str:
        """The SHA-256 of the bytes that lie under that name now.

        Raises:
            FileNotFoundError: there is none.
        """
        ...

    def check(self, sha256: str) -> None:
        """Re-hashes one object.

        Raises:
            ObjectChanged: its bytes are not those it was stored with.
            FileNotFoundError: it is gone.
        """
        ...

    def walk(self) -> Iterator[str]:
        """The name of everything that lies here, in order, scratch and marks of holds left out.

        What should not be here has a name that is no digest, which other methods refuse with
        ``ValueError``: a strange file by its path, in S3 also ``DIGEST?version=ID`` for a version
        that another covers and ``DIGEST?deleted=ID`` for a mark that hides an object.
        """
        ...

    def hold(self, sha256: str, *, on: bool) -> None:
        """Puts a legal hold on an object, or lifts it: while it is on, ``remove`` refuses.

        Twice is once. It is one mark an object, however many matters want it: whoever lifts it
        must know that none is left.

        Raises:
            FileNotFoundError: there is none.
            OSError: this store keeps no holds (S3 without object lock), or would not.
        """
        ...

    def remove(self, sha256: str) -> None:
        """Removes an object for good, with all its versions. Only the room of keeping calls this.

        Raises:
            Locked: a hold or a retention period keeps it.
            FileNotFoundError: it is gone already.
        """
        ...

    def scratch(self) -> AbstractContextManager[Path]:
        """A new local folder for files that are about to be put, removed at the end.

        While it is in use no ``sweep`` takes it, of whatever process.
        """
        ...

    def sweep(self) -> int:
        """Removes scratch whose process died, and none in use; returns how many folders."""
        ...
