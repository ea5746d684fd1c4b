"""Owns the frames' figures: how many a second through the frames agent, how soon an alert."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import cycle, islice

from infra.footage import CACHE, demo_video
from pipelines import topics
from pipelines.runtime import wall_clock_ms
from tests.benchmarks.bed import Bed
from tests.benchmarks.figures import Figure, delay_figure, rate_figure
from tests.benchmarks.film import BATCHES, BareSession, Film
from tests.benchmarks.register import camera_ids

JUDGED = "frames_judged"
BUSY = 30
"""Cameras of the rounds; those after them see nobody before the delays are measured."""
LOOKS = 3


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """``frames_agent`` and ``frame_to_alert_p95_ms``."""
    film = Film(demo_video(CACHE, tell), camera_ids())
    busy = camera_ids()[:BUSY]
    bare = BareSession(film.jpegs, threads=bed.settings.model_threads)
    number = 160 if bed.quick else 480
    rates: list[float] = []
    ceilings: list[float] = []
    for count in range(bed.rounds):
        until = bed.counter(JUDGED) + number
        bed.put(topics.FRAMES, [film.frame(camera) for camera in islice(cycle(busy), number)])
        with bed.worker() as worker:
            rates.append(bed.watch(worker, JUDGED, until=until).per_second)
            bed.settle(worker)
        ceilings.append(bare.per_second())
        tell(f"frames round {count + 1}: {rates[-1]:.1f}/s beside {ceilings[-1]:.1f}/s")
    agent = rate_figure(
        "frames_agent", rates, unit="frames/s",
        against=f"bare ONNX session on the same frames, decoded and fitted beforehand, batches of "
        f"{bare.batch} (the fastest of {BATCHES})", ceilings=ceilings,
        note=f"broker, JPEG decode, model, rules, committed rows by one real worker process; "
        f"{number} frames of 640x480 a round from {len(film.jpegs)} of vtest.avi, "
        f"{bed.settings.model_threads} thread(s); first to last commit",
    )  # fmt: skip
    return [agent, _delay(bed, film, tell, rate=agent.value)]


def _delay(bed: Bed, film: Film, tell: Callable[[str], None], *, rate: float) -> Figure:
    found: dict[float, list[float]] = {}
    sped: dict[float, float] = {}
    low, half = shares = (0.2, 0.5)
    fresh, each = camera_ids()[BUSY:], 12 if bed.quick else 40
    with bed.worker() as worker:
        warm = bed.counter(JUDGED) + 4
        bed.put(topics.FRAMES, [film.frame(camera) for camera in camera_ids()[:4]])
        bed.reach(worker, JUDGED, warm)
        for number, share in enumerate(shares):
            some = fresh[number * each : (number + 1) * each]
            makers = [partial(film.capped, camera) for camera in some for _ in range(LOOKS)]
            until = bed.counter(JUDGED) + len(makers)
            began_ms = wall_clock_ms()
            sped[share] = bed.play(topics.FRAMES, makers, per_s=rate * share) / (rate * share)
            bed.reach(worker, JUDGED, until)
            time.sleep(0.5)  # a signal may be between the outbox and the alert
            bed.settle(worker)
            found[share] = bed.delays_ms(after_ms=began_ms)
            tell(f"frames at {share:.0%} load: {len(found[share])} alerts")
    return delay_figure(
        "frame_to_alert_p95_ms", found[half], against="the same at a fifth of the measured load",
        floor_ms=found[low],
        note=f"capture's log time to stored alert of a rendered lens cap, while "
        f"evidence is sealed beside it; half of {rate:.1f} frames/s, "
        f"sent at {sped[half]:.0%} of that; floor of {len(found[low])} alerts",
    )  # fmt: skip
