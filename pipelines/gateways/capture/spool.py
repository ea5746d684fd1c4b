"""Lines that wait on disk, oldest first: added at the end, taken at the front. Knows no meaning.

Taking moves a mark; the file is written anew only when most of it was taken, so that a day's
waiting costs each line twice, not all of them each time. After a crash some are there again:
whoever takes them must not mind.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)
_SHRINK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Taken:
    """The oldest lines, with their newlines, and the number of the last of them."""

    lines: list[bytes]
    last: int


class Spool:
    """One file. A disk that refuses makes the newest wait in memory only. Safe in threads."""

    def __init__(self, path: Path) -> None:
        """Takes up what the last run left; half a line at its end, of a crash, is cut off."""
        self._path = path
        self._head = self._size = self._lines = 0
        self._gone = 0  # lines dropped so far
        self._lock = threading.Lock()
        self._held: deque[bytes] = deque()
        try:
            with path.open("rb") as file:
                for line in file:
                    if line.endswith(b"\n"):
                        self._size += len(line)
                        self._lines += 1
            os.truncate(path, self._size)
        except FileNotFoundError:
            return
        except OSError as error:
            log.warning("spool_unreadable", path=str(path), error=str(error))

    def __len__(self) -> int:
        return self._lines + len(self._held)

    def add(self, line: bytes) -> None:
        """Puts a line (without its newline) at the end."""
        with self._lock:
            self._held.append(line + b"\n")
            self._write()

    def first(self, most: int) -> Taken:
        """The oldest lines, at most so many; they stay until ``drop``.

        Raises:
            OSError: the disk refuses to give them.
        """
        with self._lock:
            if self._lines:
                with self._path.open("rb") as file:
                    file.seek(self._head)
                    lines = list(islice(file, min(most, self._lines)))
            else:
                lines = list(islice(self._held, most))
            return Taken(lines, self._gone + len(lines))

    def drop(self, taken: Taken) -> None:
        """Forgets what ``first`` gave; what was dropped already costs nothing."""
        with self._lock:
            lines = taken.lines[len(taken.lines) - max(0, taken.last - self._gone) :]
            self._gone += len(lines)
            if not self._lines:
                for _ in lines:
                    self._held.popleft()
                return
            self._lines -= len(lines)
            self._head += sum(map(len, lines))
            if not self._lines:
                self._path.unlink(missing_ok=True)
                self._head = self._size = 0
            elif self._head > max(_SHRINK_BYTES, self._size // 2):
                self._shrink()

    def _write(self) -> None:
        try:
            with self._path.open("ab") as file:
                file.write(b"".join(self._held))
        except OSError as error:
            log.warning("untold_in_memory_only", path=str(self._path), error=str(error))
            self._cut()
            return
        self._size += sum(map(len, self._held))
        self._lines += len(self._held)
        self._held.clear()

    def _shrink(self) -> None:
        partial = self._path.with_suffix(".new")
        try:
            with self._path.open("rb") as file:
                file.seek(self._head)
                partial.write_bytes(file.read())
            partial.replace(self._path)
        except OSError as error:
            log.warning("spool_not_shrunk", path=str(self._path), error=str(error))
            return
        self._size -= self._head
        self._head = 0

    def _cut(self) -> None:
        """Half of what was added may be there."""
        try:
            os.truncate(self._path, self._size)
        except OSError:
            return  # nothing is there, or the next run cuts it off
