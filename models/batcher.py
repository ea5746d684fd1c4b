"""Owns how pictures of many cameras share one session: decoded beside it, run together, in order.

Must not know cameras. Threads open pictures and fit them; one thread does nothing but run the
network on what is ready; another reads what it said. No picture changes what is seen in another:
how they happened to be batched shows in no result.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.arrivals import Arrivals
from models.live import LiveModel, Loaded
from models.picture import Letterbox, open_jpeg
from models.types import Detections

Measured = TypeVar("Measured")
LOOK_UP_S = 0.2  # an opener that waits for room sees so soon that nobody makes any more


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen(Generic[Measured]):
    """What was found in one picture.

    Attributes:
        width_px, height_px: of the whole picture; boxes are in its pixels.
        measured: what the caller's own measure said of the pixels.
    """

    found: Detections
    width_px: int
    height_px: int
    model: Loaded
    measured: Measured


class Watch(Protocol):
    """Told of every run of the session, in its thread."""

    def __call__(self, *, pictures: int, waited_s: float, ran_s: float) -> None:
        """``waited_s``: how long the first picture of the run lay ready."""
        ...


def nobody(*, pictures: int, waited_s: float, ran_s: float) -> None:
    """Watches nothing."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Ready:
    """A picture that was fitted for a model."""

    future: Future[Seen[Any]]
    model: Loaded
    chw: NDArray[np.float32]
    fit: Letterbox
    measured: Any
    since_s: float = field(default_factory=time.monotonic)


class Batcher:
    """The one way to the session. ``close`` it; what was not run by then is cancelled."""

    def __init__(
        self, model: LiveModel, *, wait_s: float = 0.0, openers: int = 1, watch: Watch = nobody
    ) -> None:
        """Starts the threads.

        Args:
            wait_s: most that a ready picture waits for others to share its run, and only while
                they come fast enough to do so.
            openers: threads that decode and fit.
        """
        self._model, self._wait_s, self._watch = model, wait_s, watch
        self._arrivals = Arrivals()
        # Bounded: fitted pictures are large. An opener waits until the session has taken some.
        self._ready: queue.Queue[_Ready | None] = queue.Queue(max(4, 2 * model.current.batch))
        self._held: _Ready | None = None
        self._closed = threading.Event()
        self._opening = ThreadPoolExecutor(openers, "picture")
        self._reading = ThreadPoolExecutor(1, "detections")
        self._running = threading.Thread(target=self._serve, name="session", daemon=True)
        self._running.start()

    def submit(
        self, jpeg: bytes, measure: Callable[[NDArray[np.uint8]], Measured]
    ) -> Future[Seen[Measured]]:
        """Sees one picture; futures may be cancelled as long as nothing was done for them.

        Args:
            measure: asked of the BGR pixels, perhaps at reduced scale, in an opener's thread.

        Raises (from the future):
            UnreadablePicture: the bytes are no JPEG.
            Exception: what the session or ``measure`` raised for this very picture.
        """
        future: Future[Seen[Measured]] = Future()
        self._arrivals.note(time.monotonic())
        self._opening.submit(self._open, jpeg, measure, future)
        return future

    def close(self) -> None:
        """Ends the threads; who waits for a picture that was not run is told."""
        self._closed.set()
        with contextlib.suppress(queue.Full):  # full: the session's thread has something to wake it
            self._ready.put_nowait(None)
        self._running.join()
        self._opening.shutdown()
        self._reading.shutdown()
        while not self._ready.empty():
            _drop(self._ready.get_nowait())
        _drop(self._held)

    def _open(
        self,
        jpeg: bytes,
        measure: Callable[[NDArray[np.uint8]], Measured],
        future: Future[Seen[Measured]],
    ) -> None:
        if not future.set_running_or_notify_cancel():
            return
        if self._closed.is_set():
            future.set_exception(Closed())
            return
        try:
            model = self._model.current
            pixels, width, height = open_jpeg(jpeg, least_px=model.session.card.size_px)
            measured = measure(pixels)
            chw, fit = model.session.fit(pixels, width_px=width, height_px=height)
        except BaseException as error:  # noqa: BLE001  whoever waits for it is told
            future.set_exception(error)
            return
        one = _Ready(future=future, model=model, chw=chw, fit=fit, measured=measured)
        while not self._closed.is_set():
            try:
                self._ready.put(one, timeout=LOOK_UP_S)
            except queue.Full:
                continue
            return
        _drop(one)

    def _serve(self) -> None:
        while not self._closed.is_set():
            first = self._held or self._ready.get()
            self._held = None
            if first is None:
                return
            batch = self._fill(first)
            began = time.monotonic()
            self._run(batch)
            self._watch(
                pictures=len(batch),
                waited_s=began - first.since_s,
                ran_s=time.monotonic() - began,
            )

    def _fill(self, first: _Ready) -> list[_Ready]:
        """Pictures for one run: those that are ready, and those that will be within the budget."""
        batch, most = [first], first.model.batch
        while len(batch) < most:
            try:
                wait_s = self._arrivals.worth_waiting_s(
                    most - len(batch),
                    left_s=first.since_s + self._wait_s - time.monotonic(),
                    now_s=time.monotonic(),
                )
                more = self._ready.get(timeout=wait_s) if wait_s > 0 else self._ready.get_nowait()
            except queue.Empty:
                break
            if more is None:
                self._closed.set()
                break
            if more.model is not first.model or more.chw.shape != first.chw.shape:
                self._held = more  # of another model or shape: it leads the next run
                break
            batch.append(more)
        return batch

    def _run(self, batch: list[_Ready]) -> None:
        """Runs a batch; where it fails, its pictures one by one, so that one harms no other."""
        session = batch[0].model.session
        try:
            outputs = session.run(np.stack([one.chw for one in batch]))
        except Exception as error:  # noqa: BLE001  onnxruntime raises many unrelated types
            if len(batch) == 1:
                batch[0].future.set_exception(error)
                return
            for one in batch:
                self._run([one])
            return
        for one, output in zip(batch, outputs, strict=True):
            self._reading.submit(_read, one, output)


class Closed(RuntimeError):
    """The batcher was closed before a picture was run."""


def _drop(one: _Ready | None) -> None:
    if one is not None:
        one.future.set_exception(Closed())


def _read(one: _Ready, output: NDArray[np.float32]) -> None:
    try:
        seen = Seen(
            found=one.model.session.read(output, one.fit),
            width_px=one.fit.width_px,
            height_px=one.fit.height_px,
            model=one.model,
            measured=one.measured,
        )
    except BaseException as error:  # noqa: BLE001  whoever waits for it is told
        one.future.set_exception(error)
    else:
        one.future.set_result(seen)
