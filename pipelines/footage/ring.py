"""Owns where parts lie on disk and which of them go. Must not look inside a part."""

from __future__ import annotations

import os
import threading
from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pipelines.footage.types import Part, Pin, checked_camera_id

SUFFIX = ".mp4"
PARTIAL = ".tmp"


def camera_folder(folder: Path, camera_id: str) -> Path:
    """Where one camera's parts lie."""
    return folder / checked_camera_id(camera_id)


def recorded(folder: Path, camera_id: str) -> list[tuple[int, Path]]:
    """Start (epoch ms) and path of every closed part, oldest first."""
    own = camera_folder(folder, camera_id)
    return [(at_ms, own / f"{at_ms}{SUFFIX}") for at_ms in sorted(starts(folder, camera_id))]


def recorded_in(folder: Path, camera_id: str, start_ms: int, end_ms: int) -> list[tuple[int, Path]]:
    """The same for those that begin in a span, and the last one that begins before it."""
    own = camera_folder(folder, camera_id)
    found = [at_ms for at_ms in starts(folder, camera_id) if at_ms < end_ms]
    first = max((at_ms for at_ms in found if at_ms <= start_ms), default=start_ms)
    return [(at_ms, own / f"{at_ms}{SUFFIX}") for at_ms in sorted(found) if at_ms >= first]


def starts(folder: Path, camera_id: str) -> list[int]:
    """When each closed part begins (epoch ms), in no order.

    Of three days there are a quarter of a million: names are listed, no path is made of each.
    """
    try:
        names = os.listdir(camera_folder(folder, camera_id))  # noqa: PTH208  see above
    except FileNotFoundError:
        return []
    cut = -len(SUFFIX)
    return [int(name[:cut]) for name in names if name.endswith(SUFFIX) and name[:cut].isdigit()]


@dataclass(frozen=True, slots=True)
class Kept:
    """A closed part as the ring knows it."""

    start_ms: int
    size_bytes: int
    path: Path


@dataclass(frozen=True, slots=True)
class Gone:
    """A part that was dropped, and why: its age, or room for others."""

    part: Kept
    cause: Literal["age", "space"]


class Ring:
    """The closed parts of one camera, oldest first, held in memory: listing a day is slow.

    Only the node that records a camera may hold its ring. Safe in threads.
    """

    def __init__(self, camera_id: str, parts: Iterable[Kept]) -> None:
        self.camera_id = camera_id
        self._parts = sorted(parts, key=lambda part: part.start_ms)
        self.size_bytes = sum(part.size_bytes for part in self._parts)
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path, camera_id: str) -> Self:
        """The ring as it lies on disk."""
        parts = recorded(folder, camera_id)
        return cls(camera_id, (Kept(at_ms, path.stat().st_size, path) for at_ms, path in parts))

    def add(self, part: Part) -> None:
        """One more part was closed."""
        kept = Kept(part.start_ms, part.size_bytes, part.path)
        with self._lock:
            if self._parts and kept.start_ms <= self._parts[-1].start_ms:
                if kept in self._parts:  # the same footage again replaced nothing
                    return
                insort(self._parts, kept, key=lambda part: part.start_ms)
            else:
                self._parts.append(kept)
            self.size_bytes += kept.size_bytes

    @property
    def span_ms(self) -> int:
        """From the oldest part's start to the newest one's."""
        with self._lock:
            return self._parts[-1].start_ms - self._parts[0].start_ms if self._parts else 0

    def oldest_ms(self, pins: Sequence[Pin]) -> int | None:
        """When the oldest part begins that may go; the newest one may not."""
        with self._lock:
            return next((part.start_ms for part in self._free(pins)), None)

    @property
    def newest_ms(self) -> int:
        """When the newest part begins; 0 for an empty ring."""
        with self._lock:
            return self._parts[-1].start_ms if self._parts else 0

    def bounded(
        self, *, keep_s: float, keep_bytes: int, pins: Sequence[Pin], written_after_s: float = 0.0
    ) -> list[Gone]:
        """Drops the oldest parts until both bounds hold; returns what was dropped.

        Args:
            keep_s: age, counted from the start of the newest part, beyond which parts go.
            keep_bytes: what the camera's parts may take together.
            pins: spans that evidence waits for: their parts stay, even where the bounds cannot
                be kept then.
            written_after_s: parts whose file is older (seconds since the epoch) go as well, even
                where nothing newer was recorded since.
        """
        with self._lock:
            if not self._parts:
                return []
            until_ms = self._parts[-1].start_ms - keep_s * 1000
            over = self.size_bytes - keep_bytes
            doomed = []
            for part in self._free(pins):
                aged = part.start_ms < until_ms or _written_before(part.path, written_after_s)
                if not aged and over <= 0:
                    break
                doomed.append(Gone(part, "age" if aged else "space"))
                over -= part.size_bytes
            self._drop([gone.part for gone in doomed])
            return doomed

    def drop_until(self, until_ms: int, want_bytes: int, pins: Sequence[Pin]) -> list[Gone]:
        """Drops parts that begin up to ``until_ms``, oldest first, until they gave so much."""
        with self._lock:
            doomed: list[Kept] = []
            given = 0
            for part in self._free(pins):
                if given >= want_bytes or part.start_ms > until_ms:
                    break
                doomed.append(part)
                given += part.size_bytes
            self._drop(doomed)
            return [Gone(part, "space") for part in doomed]

    def _free(self, pins: Sequence[Pin]) -> Iterable[Kept]:
        mine = [pin for pin in pins if pin.camera_id == self.camera_id]
        for part, after in zip(self._parts, self._parts[1:], strict=False):
            if not any(
                pin.start_ms < after.start_ms and pin.end_ms > part.start_ms for pin in mine
            ):
                yield part

    def _drop(self, doomed: list[Kept]) -> None:
        for part in doomed:
            part.path.unlink(missing_ok=True)
            self.size_bytes -= part.size_bytes
        gone = set(doomed)
        if gone:
            self._parts = [part for part in self._parts if part not in gone]


def _written_before(path: Path, moment_s: float) -> bool:
    try:
        return moment_s > 0 and path.stat().st_mtime < moment_s
    except FileNotFoundError:  # somebody took it: the ring need not know of it any more
        return True


def put_in_place(partial: Path, target: Path) -> None:
    """Makes a finished file durable under its name: synced, renamed, the folder synced."""
    _sync(partial)
    partial.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
