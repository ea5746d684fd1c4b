"""Owns folders for files in the making, and sweeping those that a crash left. Stores nothing.

A folder in use holds a locked file; the kernel lets go of the lock when its process dies, however
it dies. So whoever can take the lock knows that the folder is nobody's.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "vigil-"
_LOCK = ".lock"


class Scratch:
    """Scratch folders below a root, which is made when first needed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A new folder of our own, removed at the end.

        Raises:
            OSError: it cannot be made.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        path, handle = self._claimed()
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
            os.close(handle)

    def owns(self, path: Path) -> bool:
        """Whether a file lies in a scratch folder."""
        return self.root.resolve() in path.resolve().parents

    def sweep(self) -> int:
        """Removes the folders of processes that are gone; returns how many."""
        swept = 0
        for path in self.root.glob(f"{_PREFIX}*"):
            try:
                handle = _locked(path)
            except OSError:  # gone by itself
                continue
            if handle is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(handle)
                swept += 1
        return swept

    def _claimed(self) -> tuple[Path, int]:
        while True:
            path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self.root))
            try:
                handle = _locked(path)
            except FileNotFoundError:  # swept between the two steps: nobody had locked it yet
                continue
            except OSError:
                shutil.rmtree(path, ignore_errors=True)
                raise
            if handle is not None:
                return path, handle


def _locked(folder: Path) -> int | None:
    """The locked file's handle; None when another has the lock, or swept it under our hands."""
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_nlink:
            return handle
    except BlockingIOError:
        pass
    except OSError:
        os.close(handle)
        raise
    os.close(handle)
    return None
