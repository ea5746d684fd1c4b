"""Records one camera by copying packets into short files. Never decodes, never re-encodes.

Every moment from its beginning on is in a part or in a gap that it told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from statistics import median

import av
import structlog

from pipelines.footage.nal import parameter_sets
from pipelines.footage.parts import OpenPart, part_end_ms
from pipelines.footage.read import VideoPacket
from pipelines.footage.ring import camera_folder, recorded
from pipelines.footage.salvage import salvage, salvage_all
from pipelines.footage.standing import Standing
from pipelines.footage.types import Gap, GapCause, Part

_log = structlog.get_logger(__name__)
_GAP_PARTS = 1.5  # a jump of the time by more than this many parts ends a part
_KEY_SLACK_MS = 20  # a keyframe this little early still starts the next part
MISSING_MS = 250  # frames further apart than this, and than 2.5 usual frames, have a gap between
MISSING_FRAMES = 2.5
_STEPS = 31  # of which the usual one is the median
_FEW_STEPS = 5
_RETRY_MS = 1000  # after a disk refused
_TELL_EVERY_MS = 60_000


class Recorder:
    """Writes the parts of one camera; the only writer in that camera's folder.

    A part ends at the first keyframe after ``part_s``, so a camera with rarer keyframes makes
    longer parts. What a crash leaves of one is saved up to its last whole fragment.

    Attributes:
        skipped: packets that could not be kept: they came before the first keyframe after a gap,
            or while there was no room, or told of moments that are recorded already.
        refused: why nothing may be recorded at all, e.g. masks that only the node paints.
    """

    def __init__(
        self, folder: Path, *, camera_id: str, part_s: float = 1.0,
        room: Callable[[], bool] = lambda: True, refused: str = "",
    ) -> None:  # fmt: skip
        """`room`: asked before each part; makes room where it can, says whether there is any."""
        self._root = folder
        self._folder = camera_folder(folder, camera_id)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._salvaged = salvage_all(self._folder)
        self._standing = Standing(self._folder)
        self._camera_id = camera_id
        self._part_ms = part_s * 1000
        self._room = room
        self._open: OpenPart | None = None
        self._due_ms: float | None = None  # when the next packet should be decoded
        self._begun_ms: int | None = None  # the first run, of which nothing is recorded yet
        self._covered_ms: float | None = None  # up to when is recorded
        self._duration_ms = 0.0
        self._steps: deque[float] = deque(maxlen=_STEPS)
        self._missing: tuple[int, str, GapCause] | None = None  # since when and why nothing is
        self._sets = b""
        self._try_ms = 0.0
        self._refused_ms = 0
        self.refused = refused
        self.skipped = 0

    def salvaged(self) -> list[Part | Gap]:
        """What was saved of what a killed run left."""
        return list(self._salvaged)

    def resume(self, now_ms: int) -> list[Part | Gap]:
        """Goes on where the last run of a live camera ended: what was saved of it, and from its
        end on a gap, as long as nothing is recorded.
        """
        last = recorded(self._root, self._camera_id)[-1:]
        ends = [part.end_ms for part in self._salvaged]
        ends += [part_end_ms(at_ms, path) or at_ms for at_ms, path in last]
        stood = self._standing.take()
        if stood.until_ms:
            ends.append(stood.until_ms)
        if not ends:
            self._begun_ms = now_ms
            return []
        since_ms = min(max(ends), now_ms)
        self._covered_ms = since_ms
        if stood.stopped:
            self._missing = (since_ms, "capture was stopped", GapCause.STOPPED)
        else:
            why = "capture ended without being stopped: power, crash or restart of the machine"
            self._missing = (since_ms, why, GapCause.POWER)
        return self.salvaged()

    def feed(self, packet: VideoPacket, time_ms: float) -> list[Part | Gap]:
        """Keeps one packet shown at ``time_ms`` (epoch ms UTC); returns what this closed.

        Raises:
            UnreadableVideo: the codec cannot be kept in a file that browsers play.
        """
        if self.refused:
            return self._refuse(round(time_ms))
        events: list[Part | Gap] = []
        decode_ms = time_ms - (packet.time_s - packet.decode_time_s) * 1000
        events += self._notice_jump(decode_ms)
        self._duration_ms = packet.duration_s * 1000
        self._due_ms = decode_ms + self._usual_ms
        if packet.is_key:
            events += self._notice_format(packet)
            if self._is_full(time_ms):
                events += self._close(end_ms=round(time_ms))
        if self._open is None and not self._may_begin(packet, time_ms):
            return events + self._progress(round(time_ms))
        try:
            if self._open is None:
                start_ms = round(max(time_ms, self._covered_ms or 0))
                if self._missing is not None:
                    start_ms = max(start_ms, self._missing[0])
                opened = OpenPart.begin(self._folder, packet, start_ms, sets=self._sets)
                events += self.missing_until(start_ms)
                self._missing = None
                self._open = opened
            self._open.write(packet, time_ms)
        except (OSError, av.FFmpegError) as error:
            events += self._no_room(error, round(time_ms))
        else:
            self._covered_ms = max(self._covered_ms or 0, self._open.end_ms)
        return events

    def lost(
        self, reason: str, *, since_ms: int | None = None, cause: GapCause = GapCause.FAULT
    ) -> list[Part | Gap]:
        """The source is gone: closes the part; from its end (or ``since_ms``) on there is a gap.

        Called again while it is gone, it gives the reason from here on.
        """
        events = self._close()
        if self._missing is None:
            known_ms = self._begun_ms if self._covered_ms is None else self._covered_ms
            start_ms = since_ms if known_ms is None else round(known_ms)
            if start_ms is not None:
                self._missing = (start_ms, reason, cause)
        elif not self.refused and since_ms is not None:
            told = self.missing_until(since_ms)
            if told:  # what began less than that ago keeps the reason with which it began
                self._missing = (self._missing[0], reason, cause)
            events += told
        self._due_ms = None
        self._steps.clear()
        return events

    def missing_until(self, now_ms: int) -> list[Part | Gap]:
        """While nothing is recorded: the gap so far, told once; the next call tells the rest."""
        if self._missing is None or now_ms <= self._missing[0]:
            return []
        start_ms, reason, cause = self._missing
        self._missing = (now_ms, reason, cause)
        self._standing.told(now_ms)
        return [self._gap(start_ms, now_ms, reason, cause)]

    @property
    def missing_since_ms(self) -> int | None:
        """Up to when a gap was told that goes on; None while it records."""
        return None if self._missing is None else self._missing[0]

    def close(self) -> list[Part | Gap]:
        """The end of a file: closes the part being written."""
        return self._close() + (self.missing_until(self._refused_ms) if self.refused else [])

    def finish(self, now_ms: int) -> list[Part | Gap]:
        """The orderly end of a live camera: closes the part, tells what is missing until now."""
        events = self._close()
        if self._missing is None and self._covered_ms is not None:
            late_ms = now_ms - self._covered_ms
            if late_ms > _GAP_PARTS * self._part_ms:  # less than that may be on its way
                self._missing = (round(self._covered_ms), "nothing came", GapCause.NETWORK)
        events += self.missing_until(now_ms)
        until_ms = max(round(self._covered_ms or 0), self._missing[0] if self._missing else 0)
        self._standing.stop(until_ms)
        return events

    def _notice_jump(self, decode_ms: float) -> list[Part | Gap]:
        """Looks for a hole before this packet, or a time that cannot be; then counts it."""
        due_ms, usual_ms = self._due_ms, self._usual_ms
        events: list[Part | Gap] = []
        jump_ms = 0.0 if due_ms is None else decode_ms - due_ms
        if jump_ms < -_GAP_PARTS * self._part_ms:
            said = f"the stream's time jumped back by {-jump_ms / 1000:.1f} s"
            events = self.lost(said, cause=GapCause.CLOCK)
        elif jump_ms > _GAP_PARTS * self._part_ms:
            said = f"the stream's time jumped ahead by {jump_ms / 1000:.1f} s"
            events = self.lost(said, cause=GapCause.NETWORK)
        elif due_ms is not None:
            if jump_ms > self._hole_ms() and self._open is not None:
                # The part goes on: what comes after may still show something.
                why = "frames are missing"
                events = [self._gap(round(due_ms), round(decode_ms), why, GapCause.NETWORK)]
            if jump_ms + usual_ms > 0:
                self._steps.append(jump_ms + usual_ms)
        return events

    @property
    def _usual_ms(self) -> float:
        """From one frame to the next, as seen; as the stream says until enough were seen."""
        return median(self._steps) if len(self._steps) >= _FEW_STEPS else self._duration_ms

    def _hole_ms(self) -> float:
        if len(self._steps) < _FEW_STEPS:
            return _GAP_PARTS * self._part_ms
        return max(MISSING_MS, MISSING_FRAMES * self._usual_ms)

    def _notice_format(self, packet: VideoPacket) -> list[Part | Gap]:
        sets = parameter_sets(packet.raw.stream.codec_context.name, packet.payload)
        if not sets or sets == self._sets:
            return []
        changed, self._sets = bool(self._sets), sets
        if changed and self._open is not None:
            _log.info("camera_format_changed", camera=self._camera_id)
            return self._close()
        return []

    def _may_begin(self, packet: VideoPacket, time_ms: float) -> bool:
        """Whether a part may begin with this packet; says why not."""
        told_ms = max(self._covered_ms or 0, self._missing[0] if self._missing else 0)
        again = time_ms < told_ms - _KEY_SLACK_MS
        if packet.is_key and not again and time_ms >= self._try_ms:
            if self._room():
                return True
            self._try_ms = time_ms + _RETRY_MS
            self._pause("the disk is full and nothing may be dropped", round(time_ms))
        self.skipped += 1
        if self._missing is None:
            start_ms = round(time_ms if self._covered_ms is None else self._covered_ms)
            self._missing = (start_ms, "waiting for the first keyframe", GapCause.NETWORK)
        return False

    def _no_room(self, error: Exception, time_ms: int) -> list[Part | Gap]:
        self._try_ms = time_ms + _RETRY_MS
        events = self._close()
        why = getattr(error, "strerror", None) or type(error).__name__
        self._pause(f"the disk refused: {why}", time_ms)
        return events

    def _pause(self, reason: str, time_ms: int) -> None:
        if self._missing is None or self._missing[2] is not GapCause.STORAGE:
            since_ms = self._missing[0] if self._missing else self._covered_ms
            start_ms = time_ms if since_ms is None else round(since_ms)
            self._missing = (start_ms, reason, GapCause.STORAGE)

    def _refuse(self, time_ms: int) -> list[Part | Gap]:
        self._refused_ms = time_ms
        since_ms = time_ms if self._missing is None else self._missing[0]
        self._missing = (since_ms, self.refused, GapCause.PRIVACY)
        return self._progress(time_ms)

    def _progress(self, time_ms: int) -> list[Part | Gap]:
        """A gap that lasts is told on the way: whoever waits for footage must not wait for it."""
        long = self._missing is not None and time_ms - self._missing[0] >= _TELL_EVERY_MS
        return self.missing_until(time_ms) if long else []

    def _is_full(self, time_ms: float) -> bool:
        part = self._open
        return part is not None and time_ms - part.start_ms >= self._part_ms - _KEY_SLACK_MS

    def _close(self, *, end_ms: int | None = None) -> list[Part | Gap]:
        part, self._open = self._open, None
        if part is None:
            return []
        closed: Part | None
        try:
            closed = part.finish(self._camera_id, end_ms)
        except (OSError, av.FFmpegError) as error:
            _log.warning("part_not_closed", camera=self._camera_id, error=str(error))
            closed = salvage(part.partial)
        self._covered_ms = part.start_ms if closed is None else closed.end_ms
        if closed is None or (end_ms is not None and closed.end_ms < end_ms):
            self._pause("the disk refused", round(self._covered_ms))
        return [] if closed is None else [closed]

    def _gap(self, start_ms: int, end_ms: int, reason: str, cause: GapCause) -> Gap:
        return Gap(
            camera_id=self._camera_id, start_ms=start_ms, end_ms=end_ms, reason=reason, cause=cause
        )
