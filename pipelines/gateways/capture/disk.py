"""Owns room on the disk for the cameras of one node: drops the oldest, warns before that matters.

What evidence waits for is never dropped, even where recording must pause for it. Must not know why
something is pinned.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from pipelines.footage.ring import Gone, Ring
from pipelines.footage.types import Part, Pin
from pipelines.gateways.capture.types import CameraEvent

_log = structlog.get_logger(__name__)
_MARGIN_BYTES = 16 << 20  # dropped beyond what is needed, so that it is not every second's work
_MARGIN_SHARE = 0.25
_RATE_MS = 600_000
_RATE_LEAST_MS = 5_000
_HOUR_MS = 3_600_000
State = Literal["fine", "low", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long a camera's recording is kept, in seconds.

    Attributes:
        keep_s: age beyond which parts go.
        least_s: parts that go before are told of; 0 where no rule asks for so much.
        most_s: parts written longer ago go even while nothing new is recorded; 0 for no such rule.
    """

    keep_s: float
    least_s: float = 0.0
    most_s: float = 0.0


@dataclass(slots=True)
class _Tally:
    """What went of one camera since it was last said."""

    age: int = 0
    space: int = 0
    early: int = 0
    size_bytes: int = 0
    shortest_s: float = 0.0
    said_ms: int = 0


def free_bytes(folder: Path) -> int:
    """What the file system of a folder has free for this user."""
    return shutil.disk_usage(folder).free


class Space:
    """The rings of a node's cameras on one disk. Safe in threads.

    Args:
        keep_s: age beyond which a camera's parts go, unless ``bounds`` say otherwise of it.
        keep_bytes: what one camera's parts may take.
        floor_bytes: left free for everything else.
        warn_ms: warns when the disk will be full within so long, before ``keep_*`` bound it.
        free: asked for the free bytes of the folder, e.g. of a quota.

    Attributes:
        pins: what evidence waits for or a hold keeps; set anew by whoever knows.
        bounds: how long which camera's recording is kept; set anew by whoever knows.
    """

    def __init__(
        self, folder: Path, camera_ids: Iterable[str], *, keep_s: float, keep_bytes: int,
        floor_bytes: int, warn_ms: int = 24 * _HOUR_MS,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._rings = {camera_id: Ring.load(folder, camera_id) for camera_id in camera_ids}
        self._keep_s, self._keep_bytes = keep_s, keep_bytes
        self._floor_bytes, self._warn_ms, self._free = floor_bytes, warn_ms, free
        self._written: deque[tuple[int, int]] = deque()  # when a part ended, its bytes
        self._lock = threading.Lock()
        self._state: State = "fine"
        self._dropped = 0  # before their time, since it was last said
        self._tallies = {camera_id: _Tally() for camera_id in self._rings}
        self.pins: Sequence[Pin] = ()
        self.bounds: Mapping[str, Bounds] = {}

    def wrote(self, part: Part) -> None:
        """One more part was closed."""
        ring = self._rings.get(part.camera_id)
        if ring is None:
            return
        ring.add(part)
        with self._lock:
            self._written.append((part.end_ms, part.size_bytes))
            while self._written[0][0] < part.end_ms - _RATE_MS:
                self._written.popleft()

    def bound(self) -> int:
        """Drops what is older or more than is to be kept; returns how many parts."""
        pins, dropped = self.pins, 0
        for ring in self._rings.values():
            limit = self._bounds(ring.camera_id)
            gone = ring.bounded(
                keep_s=limit.keep_s, keep_bytes=self._keep_bytes, pins=pins,
                written_after_s=time.time() - limit.most_s if limit.most_s else 0.0,
            )  # fmt: skip
            self._count(ring, gone)
            dropped += len(gone)
        return dropped

    def _bounds(self, camera_id: str) -> Bounds:
        return self.bounds.get(camera_id) or Bounds(keep_s=self._keep_s)

    def _count(self, ring: Ring, gone: Sequence[Gone]) -> None:
        tally, newest_ms = self._tallies[ring.camera_id], ring.newest_ms
        least_ms = self._bounds(ring.camera_id).least_s * 1000
        for one in gone:
            tally.age += one.cause == "age"
            tally.space += one.cause == "space"
            tally.size_bytes += one.part.size_bytes
            kept_ms = newest_ms - one.part.start_ms
            if kept_ms < least_ms:
                tally.shortest_s = min(tally.shortest_s or kept_ms / 1000, kept_ms / 1000)
                tally.early += 1

    def room(self) -> bool:
        """Whether a part may be written. Drops the oldest unpinned parts of all cameras for it."""
        if self._free(self._folder) >= self._floor_bytes:
            return True
        with self._lock:
            want = self._floor_bytes - self._free(self._folder)
            if want > 0:
                self._drop(want)
        return self._free(self._folder) >= self._floor_bytes

    def _drop(self, want: int) -> None:
        """Drops at least so many bytes, if there are so many, oldest first over all cameras."""
        kept = sum(ring.size_bytes for ring in self._rings.values())
        want += min(_MARGIN_BYTES, int(kept * _MARGIN_SHARE))
        pins = self.pins
        while want > 0:
            oldest = {
                camera_id: at_ms
                for camera_id, ring in self._rings.items()
                if (at_ms := ring.oldest_ms(pins)) is not None
            }
            if not oldest:
                return
            first = min(oldest, key=lambda camera_id: oldest[camera_id])
            others = [at_ms for camera_id, at_ms in oldest.items() if camera_id != first]
            until_ms = min(others, default=oldest[first] + _HOUR_MS)
            gone = self._rings[first].drop_until(max(until_ms, oldest[first]), want, pins)
            self._count(self._rings[first], gone)
            given = sum(one.part.size_bytes for one in gone)
            self._dropped += 1
            want -= given
            _log.warning("recording_dropped", camera=first, from_ms=oldest[first], size=given)

    def let_go(self, now_ms: int) -> list[CameraEvent]:
        """What went since it was last said, by cause; at most an event an hour and camera.

        ``kept_too_short`` is a finding, ``recording_let_go`` a count.
        """
        events = []
        for camera_id, tally in self._tallies.items():
            due = now_ms - tally.said_ms >= _HOUR_MS
            if tally.age + tally.space == 0 or not due:
                continue
            names = ("age", "space", "early", "size_bytes")
            inputs = {name: float(getattr(tally, name)) for name in names}
            what, detail = "recording_let_go", "parts of the recording went"
            if tally.early:
                least_s = self._bounds(camera_id).least_s
                what = "kept_too_short"
                inputs |= {"least_h": least_s / 3600, "kept_h": tally.shortest_s / 3600}
                detail = (
                    f"parts went after {tally.shortest_s / 3600:.1f} h for want of room; "
                    f"{least_s / 3600:.0f} h is the least"
                )
            events.append(
                CameraEvent(
                    camera_id=camera_id, time_ms=now_ms, what=what, inputs=inputs, detail=detail
                )
            )
            self._tallies[camera_id] = _Tally(said_ms=now_ms)
        return events

    def news(self, now_ms: int) -> list[CameraEvent]:
        """What people should know of the disk now, once for each change: an event a camera."""
        state, inputs = self._judge()
        if state == self._state and not (state == "full" and self._dropped):
            return []
        worse = state != "fine" and (state != self._state or state == "full")
        said_before = self._state == state
        self._state, self._dropped = state, 0
        if not worse or said_before:
            return []
        what = "storage_full" if state == "full" else "storage_low"
        detail = (
            "the disk is full: the oldest parts that no evidence waits for are dropped"
            if state == "full"
            else f"the disk will be full in {inputs['hours_left']:.1f} h at today's bit rate"
        )
        return [
            CameraEvent(
                camera_id=camera_id, time_ms=now_ms, what=what, inputs=inputs, detail=detail
            )
            for camera_id in self._rings
        ]

    def _judge(self) -> tuple[State, dict[str, float]]:
        free = self._free(self._folder)
        left = max(0, free - self._floor_bytes)
        rate = self._bytes_per_ms()
        kept = sum(ring.size_bytes for ring in self._rings.values())
        inputs = {"free_bytes": float(free), "floor_bytes": float(self._floor_bytes)}
        if free < self._floor_bytes or self._dropped:
            return "full", inputs | {"hours_left": 0.0}
        longest_s = max((self._bounds(camera_id).keep_s for camera_id in self._rings), default=0.0)
        wanted = min(self._keep_bytes * len(self._rings), rate * longest_s * 1000) - kept
        if rate <= 0 or wanted <= left:
            return "fine", inputs
        hours = left / rate / _HOUR_MS
        low = hours * _HOUR_MS < self._warn_ms
        return ("low" if low else "fine"), inputs | {"hours_left": round(hours, 2)}

    def _bytes_per_ms(self) -> float:
        with self._lock:
            if len(self._written) < 2:  # noqa: PLR2004  a span has two ends
                return 0.0
            span_ms = self._written[-1][0] - self._written[0][0]
            total = sum(size for _, size in self._written)
        return total / span_ms if span_ms >= _RATE_LEAST_MS else 0.0
