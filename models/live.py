"""Owns which model a running process sees with, and changing it without a restart.

Must not know what the detections are for. A changed card is loaded beside the one in use, tried,
and takes its place in one assignment: what has begun with the old one ends with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.errors import ModelError
from models.picture import PAD_VALUE
from models.session import DetectorSession, read_card

BATCHES = (1, 2, 4, 8, 16, 32)
NEAR_BEST = 0.95
"""A batch is large enough when no larger one is faster by more than a few percent."""
TRIES = 3
Mark = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model that was tried.

    Attributes:
        batch: pictures a run from which on larger runs gain next to nothing, on this machine.
        per_second: pictures a second at that size, as measured when it was loaded.
    """

    session: DetectorSession
    batch: int
    per_second: float

    @property
    def label(self) -> str:
        """Name, version and the start of the weights' digest."""
        return self.session.label


class LiveModel:
    """The model a card on disk names, always the newest one that works. Calls block."""

    def __init__(
        self,
        card_path: Path,
        *,
        threads: int,
        needs: tuple[str, ...] = (),
        most: int = BATCHES[-1],
    ) -> None:
        """Loads and tries the model.

        Args:
            needs: classes without which a model is refused.
            most: pictures that may ever be run at once.

        Raises:
            ModelError: card or weights missing, changed, or of no use.
        """
        self._path, self._threads, self._needs, self._most = card_path, threads, needs, most
        self._mark = self._marked()
        self.current = self._load()

    def refresh(self) -> bool:
        """Takes a changed card or weights into use, and says whether it did.

        Raises:
            ModelError: what lies there now cannot be used, once for every change; the old model
                goes on.
        """
        mark = self._marked()
        if mark == self._mark:
            return False
        self._mark = mark
        found = self._load(self.current)
        swapped, self.current = found is not self.current, found
        return swapped

    def _load(self, now: Loaded | None = None) -> Loaded:
        """What lies on disk; ``now`` itself when that is the same, its files only written anew."""
        try:
            session = DetectorSession.load(self._path, threads=self._threads)
            if now and session.card == now.session.card:
                return now
            _check_classes(session.card.classes, self._needs)
            return _tried(session, self._most)
        except ModelError as error:
            raise ModelError(f"{self._path}: {error}") from error

    def _marked(self) -> Mark:
        """Changes whenever the card or the weights it names are written."""
        try:
            files = [self._path, self._path.parent / read_card(self._path).file]
        except ModelError:
            files = [self._path]
        found: list[int] = []
        for file in files:
            try:
                stat = file.stat()
                found += (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            except OSError:
                found.append(-1)
        return tuple(found)


def _check_classes(known: tuple[str, ...], needs: tuple[str, ...]) -> None:
    missing = [name for name in needs if name not in known]
    if missing:
        raise ModelError(f"the model knows {', '.join(known)}, but not {', '.join(missing)}")


def _tried(session: DetectorSession, most: int) -> Loaded:
    """Runs it on blank pictures: whether it says what the card says it does, and how fast it is."""
    side = session.card.size_px
    blank = np.full((side, side, 3), PAD_VALUE, np.uint8)
    chw, fit = session.fit(blank)
    try:
        output = session.run(chw[None])
    except Exception as error:  # onnxruntime raises many unrelated types
        raise ModelError(f"{session.card.file} fails on a blank picture: {error}") from error
    rows, named = output.shape[1], len(session.card.classes)
    if output.ndim != 3 or (output.shape[2] != 6 and rows != 4 + named):  # noqa: PLR2004
        raise ModelError(
            f"{session.card.file} gives {output.shape}, but the card names {named} classes"
        )
    if not np.isfinite(output).all():
        raise ModelError(f"{session.card.file} gives no numbers on a blank picture")
    session.read(output[0], fit)
    batch, per_second = best_batch(lambda n: session.run(np.repeat(chw[None], n, axis=0)), most)
    return Loaded(session=session, batch=batch, per_second=per_second)


def best_batch(
    run: Callable[[int], object], most: int, *, clock: Callable[[], float] = time.perf_counter
) -> tuple[int, float]:
    """The smallest batch whose throughput is within a few percent of the best, and that.

    Doubles until that gains nothing: of each size the fastest of a few runs, so that a busy machine
    spoils no size.
    """
    found: list[tuple[int, float]] = []
    for size in (size for size in BATCHES if size <= max(1, most)):
        run(size)  # the first of a shape also plans memory
        pace = 0.0
        for _ in range(TRIES):
            began = clock()
            run(size)
            pace = max(pace, size / max(clock() - began, 1e-9))
        found.append((size, pace))
        if len(found) > 1 and pace * NEAR_BEST < found[-2][1]:
            break
    best = max(pace for _, pace in found)
    return next((size, pace) for size, pace in found if pace >= NEAR_BEST * best)
