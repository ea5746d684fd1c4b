"""Pictures of many callers share a session; what each gets is what it would get alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from models.batcher import Batcher, Closed, Seen
from models.live import LiveModel, Loaded
from models.picture import UnreadablePicture, encode_jpeg
from models.session import DetectorSession, bundled_card_path
from models.types import Detections


def picture(seed: int, *, height: int = 120, width: int = 160) -> bytes:
    chance = np.random.default_rng(seed)
    blocks = np.kron(chance.integers(0, 256, (height // 8, width // 8, 3)), np.ones((8, 8, 1)))
    return encode_jpeg(blocks.astype(np.uint8))


def mean(pixels: NDArray[np.uint8]) -> float:
    return float(pixels.mean())


class Telling(DetectorSession):
    """The real session, low in its threshold, that remembers its runs and can be held up."""

    def __init__(self) -> None:
        real = DetectorSession.load(bundled_card_path())
        self.__dict__.update(real.__dict__)
        self._least = np.full(len(self.card.classes), 0.001, np.float32)
        self.runs: list[int] = []
        self.go = threading.Event()
        self.go.set()
        self.fails_on: float | None = None

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.go.wait(20)
        self.runs.append(len(batch))
        means = batch[:, :, batch.shape[2] // 2, batch.shape[3] // 2].mean(axis=1)
        if self.fails_on is not None and (np.abs(means - self.fails_on) < 0.02).any():
            raise RuntimeError("out of memory")
        return super().run(batch)


@pytest.fixture
def session() -> Telling:
    return Telling()


@pytest.fixture
def model(session: Telling) -> LiveModel:
    live = LiveModel(bundled_card_path(), threads=1, most=1)
    live.current = replace(live.current, session=session, batch=4)
    return live


@pytest.fixture
def eyes(model: LiveModel, session: Telling) -> Iterator[Batcher]:
    batcher = Batcher(model, wait_s=0.0, openers=2)
    yield batcher
    session.go.set()
    batcher.close()


def same(one: Detections, other: Detections) -> bool:
    return (
        np.array_equal(one.boxes_xyxy, other.boxes_xyxy)
        and np.array_equal(one.score, other.score)
        and np.array_equal(one.class_id, other.class_id)
    )


@pytest.mark.parametrize("batch", [1, 3, 4, 7])
def test_the_batch_changes_no_detection(
    model: LiveModel, session: Telling, eyes: Batcher, batch: int
) -> None:
    """Bit for bit on the CPU: how frames fell into runs shows nowhere, and replay equals live."""
    jpegs = [picture(seed) for seed in range(9)]
    alone = [eyes.submit(jpeg, mean).result(20) for jpeg in jpegs]
    model.current = replace(model.current, batch=batch)
    session.runs.clear()
    session.go.clear()
    waiting = [eyes.submit(jpeg, mean) for jpeg in jpegs]
    session.go.set()
    together = [future.result(20) for future in waiting]
    assert sum(len(one.found) for one in alone) > 0
    assert all(same(a.found, b.found) for a, b in zip(alone, together, strict=True))
    assert [one.measured for one in alone] == [one.measured for one in together]
    assert max(session.runs) <= batch


def test_what_waits_shares_a_run(session: Telling, eyes: Batcher) -> None:
    session.go.clear()
    waiting = [eyes.submit(picture(seed), mean) for seed in range(9)]
    time.sleep(0.3)
    session.go.set()
    for future in waiting:
        future.result(20)
    assert max(session.runs) > 1
    assert sum(session.runs) == len(waiting)


def test_each_gets_its_own(eyes: Batcher) -> None:
    """Many callers at once: the measure of every answer is that of the caller's picture."""
    shades = list(range(5, 250, 9))
    jpegs = [encode_jpeg(np.full((64, 64, 3), shade, np.uint8)) for shade in shades]
    futures: dict[int, Future[Seen[float]]] = {}

    def ask(mine: list[int]) -> None:
        for at in mine:
            futures[at] = eyes.submit(jpegs[at], mean)

    threads = [
        threading.Thread(target=ask, args=(list(range(n, len(jpegs), 4)),)) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for at, shade in enumerate(shades):
        assert futures[at].result(20).measured == pytest.approx(shade, abs=2)


def test_a_bad_picture_harms_no_other(eyes: Batcher) -> None:
    good, whole = picture(1), picture(2)
    futures = [eyes.submit(data, mean) for data in (good, b"", b"text", whole[:300], whole)]
    assert len(futures[0].result(20).found) >= 0
    for bad in futures[1:4]:
        with pytest.raises(UnreadablePicture):
            bad.result(20)
    assert futures[4].result(20).width_px == 160


def test_a_run_that_fails_is_tried_picture_by_picture(session: Telling, eyes: Batcher) -> None:
    session.fails_on = 250 / 255
    session.go.clear()
    shades = (10, 250, 60, 90)
    futures = [
        eyes.submit(encode_jpeg(np.full((64, 64, 3), shade, np.uint8)), mean) for shade in shades
    ]
    time.sleep(0.2)
    session.go.set()
    with pytest.raises(RuntimeError, match="out of memory"):
        futures[1].result(20)
    for at in (0, 2, 3):
        assert futures[at].result(20).measured == pytest.approx(shades[at], abs=2)


def test_a_measure_that_raises_is_told_to_its_caller_only(eyes: Batcher) -> None:
    def broken(pixels: NDArray[np.uint8]) -> float:
        raise ZeroDivisionError(pixels.shape)

    bad, good = eyes.submit(picture(1), broken), eyes.submit(picture(1), mean)
    with pytest.raises(ZeroDivisionError):
        bad.result(20)
    assert good.result(20).measured > 0


def test_a_caller_that_went_away_costs_no_run(session: Telling, eyes: Batcher) -> None:
    session.go.clear()
    futures = [eyes.submit(picture(seed), mean) for seed in range(30)]
    time.sleep(0.2)
    gone = [future for future in futures[15:] if future.cancel()]
    session.go.set()
    for future in futures:
        if future not in gone:
            future.result(20)
    assert len(gone) >= 10
    assert sum(session.runs) == len(futures) - len(gone)
    with pytest.raises(CancelledError):
        gone[0].result(1)


def test_a_model_is_swapped_between_runs(model: LiveModel, session: Telling, eyes: Batcher) -> None:
    """What was fitted for the old model is run by it; nothing is lost or mixed."""
    other = Telling()
    other.card = DetectorSession.load(bundled_card_path()).card
    session.go.clear()
    before = [eyes.submit(picture(seed), mean) for seed in range(6)]
    time.sleep(0.3)
    old = model.current
    model.current = Loaded(session=other, batch=4, per_second=1.0)
    after = [eyes.submit(picture(seed), mean) for seed in range(6)]
    session.go.set()
    models = [future.result(20).model for future in (*before, *after)]
    assert models[0] is old
    assert models[-1] is model.current
    assert sorted(models, key=lambda one: one is not old) == models
    assert sum(session.runs) == sum(one is old for one in models)
    assert sum(session.runs) + sum(other.runs) == len(models)


def test_who_waits_when_it_closes_is_told(model: LiveModel, session: Telling) -> None:
    batcher = Batcher(model, openers=1)
    session.go.clear()
    futures = [batcher.submit(picture(seed), mean) for seed in range(20)]
    time.sleep(0.2)
    closing = threading.Thread(target=batcher.close)
    closing.start()
    time.sleep(0.1)
    session.go.set()
    closing.join(20)
    assert not closing.is_alive()
    ends = [type(future.exception(5)) for future in futures]
    assert set(ends) == {type(None), Closed}


def test_a_large_picture_is_opened_small() -> None:
    """8K: boxes are in the whole picture's pixels, and hardly more memory is taken than for HD."""
    live = LiveModel(bundled_card_path(), threads=1, most=1)
    wide = np.full((4320, 7680, 3), 90, np.uint8)
    shapes: list[tuple[int, ...]] = []
    batcher = Batcher(live)
    try:
        seen = batcher.submit(encode_jpeg(wide), lambda p: shapes.append(p.shape)).result(60)
    finally:
        batcher.close()
    assert shapes == [(540, 960, 3)]
    assert (seen.width_px, seen.height_px) == (7680, 4320)
