"""Owns the frames' figures: how many a second, how soon an alert, how many cameras a core."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from urllib.request import urlopen

import psutil

from infra.footage import CACHE, demo_video
from infra.stack.processes import Child, free_port
from pipelines import topics
from pipelines.runtime import wall_clock_ms
from tests.benchmarks.bed import START_UP, Bed
from tests.benchmarks.figures import Figure, delay_figure, percentile, rate_figure, rounded
from tests.benchmarks.film import BATCHES, BareSession, Film
from tests.benchmarks.register import camera_ids

NAMES = frozenset({"frames_agent", "frame_to_alert_p95_ms", "cameras_per_core"})
JUDGED = "frames_judged"
BUSY = 30
"""Cameras of the rounds; those after them see nobody before the delays are measured."""
LOOKS = 3
LOW, HIGH = 0.2, 0.8
MOVING, FPS, TIMED_S = 0.1, 2.0, 5.0
SENT_PER_S = MOVING * FPS + (1 - MOVING) / TIMED_S
"""Frames a camera sends a second: two while something moves (a tenth of the time), else timed."""


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """All figures of ``NAMES``."""
    bed.settings = bed.settings.model_copy(update={"metrics_port": free_port()})
    film = Film(demo_video(CACHE, tell), camera_ids())
    agent = _agent(bed, film, tell)
    cameras = _cameras(bed, film, tell)
    return [agent, cameras, _delay(bed, film, tell, rate=agent.value)]


def _agent(bed: Bed, film: Film, tell: Callable[[str], None]) -> Figure:
    busy = camera_ids()[:BUSY]
    bare = BareSession(film.jpegs[: 48 if bed.quick else None], threads=bed.settings.model_threads)
    number = 96 if bed.quick else 480
    rates: list[float] = []
    ceilings: list[float] = []
    shares: list[float] = []
    for count in range(bed.rounds):
        before = bare.per_second()
        bed.put(topics.FRAMES, [film.frame(camera) for camera in islice(cycle(busy), number)])
        with bed.worker() as worker:
            spent = _spent(bed, worker, number)
            bed.settle(worker)
        rates.append(spent.frames / spent.seconds)
        shares.append(spent.session_s / spent.seconds)
        # Before and after: on a machine that others use too, its pace drifts.
        ceilings.append((before + bare.per_second()) / 2)
        tell(
            f"frames round {count + 1}: {rates[-1]:.1f}/s beside {ceilings[-1]:.1f}/s, "
            f"session at work {shares[-1]:.1%} of the time"
        )
    return rate_figure(
        "frames_agent", rates, unit="frames/s",
        against=f"bare ONNX session on the same frames, decoded and fitted beforehand, batches of "
        f"{bare.batch} (the fastest of {BATCHES})", ceilings=ceilings,
        note=f"broker, JPEG decode, model, tracks, rules, committed rows by one real worker "
        f"process; {number} frames of 640x480 a round from {len(film.jpegs)} of vtest.avi, "
        f"{bed.settings.model_threads} thread(s); first to last commit, in "
        f"which the session was at work {statistics.median(shares):.1%} of the time",
    )  # fmt: skip


def _cameras(bed: Bed, film: Film, tell: Callable[[str], None]) -> Figure:
    """CPU time a frame of one camera, and of more: what grows with their number shows here."""
    number = 64 if bed.quick else 240
    sizes = (1, 10, BUSY)
    cost_s: dict[int, float] = {}
    for size in sizes:
        some = camera_ids()[:size]
        bed.put(topics.FRAMES, [film.frame(camera) for camera in islice(cycle(some), number)])
        with bed.worker() as worker:
            spent = _spent(bed, worker, number)
            bed.settle(worker)
        cost_s[size] = spent.cpu_s / spent.frames
        tell(f"{size} cameras: {1000 * cost_s[size]:.1f} ms of CPU a frame")
    least, most = (1 / (SENT_PER_S * cost_s[size]) for size in (sizes[0], sizes[-1]))
    each = ", ".join(f"{1000 * cost_s[size]:.1f} ms with {size}" for size in sizes)
    return Figure(
        name="cameras_per_core", value=rounded(most), unit="cameras", against="the same worker "
        f"with one camera instead of {BUSY} (flat is 1)", against_value=rounded(least),
        ratio=rounded(most / least), n=number,
        note=f"CPU time of the worker process a frame: {each}; a camera that moves a tenth of the "
        f"time sends {SENT_PER_S:.2f} frames a second ({FPS:g} then, else one in {TIMED_S:g} s); "
        "capture, broker and database are not in it",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a worker took for some frames, once it was under way."""

    frames: int
    seconds: float
    cpu_s: float
    session_s: float


def _spent(bed: Bed, worker: Child, number: int) -> Spent:
    """Follows a worker through ``number`` frames from an eighth of the way."""
    begun = bed.counter(JUDGED)
    bed.reach(worker, JUDGED, begun + number // START_UP)
    first = _now(bed, worker)
    bed.reach(worker, JUDGED, begun + number)
    last = _now(bed, worker)
    return Spent(
        frames=last.frames - first.frames, seconds=last.seconds - first.seconds,
        cpu_s=last.cpu_s - first.cpu_s, session_s=last.session_s - first.session_s,
    )  # fmt: skip


def _now(bed: Bed, worker: Child) -> Spent:
    keeper = psutil.Process(worker.pid)
    times = [one.cpu_times() for one in (keeper, *keeper.children(recursive=True))]
    return Spent(
        frames=bed.counter(JUDGED), seconds=time.perf_counter(),
        cpu_s=sum(one.user + one.system for one in times), session_s=_session_s(bed),
    )  # fmt: skip


def _session_s(bed: Bed) -> float:
    """How long the session of the running worker has been at work."""
    url = f"http://127.0.0.1:{bed.settings.metrics_port}/metrics"
    with urlopen(url, timeout=10) as answer:
        text = answer.read().decode()
    (line,) = [line for line in text.splitlines() if line.startswith("vigil_batch_seconds_sum ")]
    return float(line.split()[1])


def _delay(bed: Bed, film: Film, tell: Callable[[str], None], *, rate: float) -> Figure:
    found: dict[float, list[float]] = {}
    sped: dict[float, float] = {}
    shares = (LOW, HIGH)
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
            tell(
                f"frames at {share:.0%} load: {len(found[share])} alerts, "
                f"p95 {percentile(found[share], 95):.0f} ms"
            )
    return delay_figure(
        "frame_to_alert_p95_ms", found[HIGH], against="the same at a fifth of the measured load",
        floor_ms=found[LOW],
        note=f"capture's log time to stored alert of a rendered lens cap, while "
        f"evidence is sealed beside it; {HIGH:.0%} of {rate:.1f} frames/s, "
        f"sent at {sped[HIGH]:.0%} of that; floor of {len(found[LOW])} alerts",
    )  # fmt: skip
