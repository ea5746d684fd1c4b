"""Owns the model in shadow: it looks at some of the frames, and what it saw is only counted.

It decides nothing, nothing waits for it, and nothing of it goes wrong for anybody else: its thread
runs at the lowest priority, a frame that finds it busy is skipped, and what fails is counted.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import Counter
from dataclasses import dataclass

import structlog

from models import yolo
from models.batcher import Seen
from models.live import LiveModel
from models.picture import open_jpeg
from models.types import Detections
from pipelines import metrics
from pipelines.frames.look import Pixels
from pipelines.gateways.capture.types import FrameMessage

log = structlog.get_logger()
SAME_IOU = 0.5
WAITING = 16
"""Frames that may wait, and results that may wait to be stored."""
NICEST = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What both models found in one frame, by class name; the row of ``frames_shadow``."""

    camera_id: str
    at_ms: int
    model: str
    shadow: str
    found: dict[str, int]
    shadow_found: dict[str, int]
    matched: dict[str, int]


class Shadow:
    """A second model beside the first. ``offer`` returns at once; ``close`` it."""

    def __init__(self, model: LiveModel, *, every: int) -> None:
        """``every``: of so many frames of a camera, by their numbers, one is looked at."""
        self.model, self._every = model, every
        self._asked: queue.Queue[tuple[FrameMessage, Seen[Pixels]] | None] = queue.Queue(WAITING)
        self._counted: queue.Queue[Counted] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._serve, name="shadow", daemon=True)
        self._thread.start()

    def offer(self, frame: FrameMessage, seen: Seen[Pixels]) -> None:
        """Asks for a look at a frame, if its turn has come and there is room."""
        if frame.seq % self._every:
            return
        try:
            self._asked.put_nowait((frame, seen))
        except queue.Full:
            metrics.SHADOW.labels("skipped").inc()

    def counted(self) -> list[Counted]:
        """What was counted since the last call."""
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._counted.get_nowait())
        return found

    def close(self) -> None:
        """Ends the thread; frames that wait are not looked at."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._asked.get_nowait()
        self._asked.put(None)
        self._thread.join()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # of this thread only, on Linux
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICEST)
        while (asked := self._asked.get()) is not None:
            try:
                self._counted.put_nowait(self._look(*asked))
            except queue.Full:
                metrics.SHADOW.labels("skipped").inc()
            except Exception as error:  # noqa: BLE001  whatever it is, it is the shadow's own trouble
                metrics.SHADOW.labels("failed").inc()
                log.warning("model in shadow failed", camera=asked[0].camera_id, why=repr(error))

    def _look(self, frame: FrameMessage, seen: Seen[Pixels]) -> Counted:
        loaded = self.model.current
        session = loaded.session
        pixels, width, height = open_jpeg(frame.jpeg, least_px=session.card.size_px)
        chw, fit = session.fit(pixels, width_px=width, height_px=height)
        shadow = session.read(session.run(chw[None])[0], fit)
        ours = _by_class(seen.found, seen.model.session.card.classes)
        its = _by_class(shadow, session.card.classes)
        return Counted(
            camera_id=frame.camera_id,
            at_ms=frame.time_ms,
            model=seen.model.label,
            shadow=loaded.label,
            found={name: len(some) for name, some in ours.items()},
            shadow_found={name: len(some) for name, some in its.items()},
            matched={name: matched(ours[name], its[name]) for name in ours.keys() & its.keys()},
        )


def matched(some: Detections, others: Detections) -> int:
    """How many boxes of one class both have, best overlap first, each used once."""
    overlap = yolo.iou_matrix(some.boxes_xyxy, others.boxes_xyxy)
    count = 0
    while overlap.size and overlap.max() >= SAME_IOU:
        row, column = divmod(int(overlap.argmax()), overlap.shape[1])
        overlap[row, :] = overlap[:, column] = -1
        count += 1
    return count


def _by_class(found: Detections, names: tuple[str, ...]) -> dict[str, Detections]:
    present = Counter(found.class_id.tolist())
    return {names[number]: found.where(found.class_id == number) for number in present}
