"""Owns the cameras' figures: what looking at one costs, beside ``ultralytics`` on the same film.

Both run in processes of their own and are measured by the CPU time these take, so other work on the
machine blurs little. Which seconds hold a person is told by yolo11n with its published COCO
weights, of the same size and on the same pictures that the peer is given.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from infra.footage import CACHE, demo_video
from models.session import bundled_card_path, read_card
from tests.benchmarks import scenery
from tests.benchmarks.bed import Bed
from tests.benchmarks.figures import Figure, rounded
from tests.benchmarks.plane import Seen
from tests.benchmarks.witness import seconds_with_people

NAMES = frozenset({"camera_cpu_vs_ultralytics", "camera_cpu_vtest", "camera_idle_cpu"})
PYTHON = Path("build/bench-yolo/bin/python").absolute()
ROOT = Path(__file__).parents[2]
LOOKS_PER_S = 2
MIXED_S, MIXED_QUICK_S, STILL_S = 600, 300, 120
AIM_IDLE = 2.0
"""Percent of a core: what a still camera may cost."""
PEER = "ultralytics 8.4.190 predict, yolo11n in torch 2.13.0, one thread"


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """The three of ``NAMES``; without its environment none beside the peer."""
    video = demo_video(CACHE, tell)
    tell("cameras: rendering films, once")
    rounds = 1 if bed.quick else 3
    found = [_idle(scenery.still(video, STILL_S), rounds)]
    if not PYTHON.exists():
        tell(f"no peer: {PYTHON} is missing; `make bench` makes it")
        return found
    mixed = scenery.mixed(video, MIXED_QUICK_S if bed.quick else MIXED_S)
    films = {"camera_cpu_vtest": scenery.busy(video), "camera_cpu_vs_ultralytics": mixed}
    for name, film in films.items():
        tell(f"cameras: {film.name}")
        found.append(_beside(name, film, bed.workdir, rounds))
    return found


def _beside(name: str, film: Path, workdir: Path, rounds: int) -> Figure:
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        ours.append(look(film).cpu_s)
        theirs.append(peer(film, workdir))
    seen = look(film, "profiled")
    people = seconds_with_people(film, size_px=size_px(), looks_per_s=LOOKS_PER_S, cache=CACHE)
    missed = sorted(people - set(seen.seconds))
    recall = 1 - len(missed) / len(people)
    minutes = seen.film_s / 60
    value, against = statistics.median(ours) / minutes, statistics.median(theirs) / minutes
    shares = ", ".join(f"{step} {share:.0%}" for step, share in seen.shares.items())
    return Figure(
        name=name, value=rounded(value), unit="CPU s a camera-minute",
        against=f"{PEER}, {size_px()} px, {LOOKS_PER_S} looks a second by its own vid_stride",
        against_value=rounded(against), ratio=rounded(against / value), n=rounds,
        note=f"{film.name}, {seen.film_s:.0f} s: {recall:.1%} of its {len(people)} seconds with a "
        f"person found, {len(missed)} missed; decoded {seen.decoded}, sent {seen.sent}, not sent: "
        f"still {seen.still}, moving on near where the last sent one shows it {seen.alike}; the "
        f"rest never looked at (nothing new, or nothing moving: looked at by keyframes, and what "
        f"was passed over looked up once something comes); pictures sent {size_px()} px wide, as "
        f"the network takes them; {shares}",
    )  # fmt: skip


def _idle(film: Path, rounds: int) -> Figure:
    runs = [look(film) for _ in range(rounds)]
    percent = statistics.median(100 * run.cpu_s / run.film_s for run in runs)
    shares = look(film, "profiled").shares
    width, height, fps, gop_s = scenery.SUB_STREAM
    apart = percent * (1 - shares["network"])
    return Figure(
        name="camera_idle_cpu", value=rounded(percent), unit="% of a core",
        against="the aim", against_value=AIM_IDLE, ratio=rounded(AIM_IDLE / percent), n=rounds,
        note=f"{width}x{height} at {fps} fps, a keyframe every {gop_s:g} s, noise and changing "
        f"light; all of it with a full look every 5 s, {apart:.2g} % without the network",
    )  # fmt: skip


def look(film: Path, how: str = "once") -> Seen:
    """One run of ours, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.plane", str(film), str(LOOKS_PER_S), how]
    done = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, check=True)
    return msgspec.json.decode(done.stdout, type=Seen)


def peer(film: Path, workdir: Path) -> float:
    """CPU seconds of one run of the peer, in its own environment."""
    asked, answer = workdir / "ultra.json", workdir / "ultra.answer.json"
    job = {
        "film": str(film.absolute()), "size_px": size_px(), "stride": scenery.FPS // LOOKS_PER_S,
        "answer": str(answer),
    }  # fmt: skip
    asked.write_text(json.dumps(job))
    command = [str(PYTHON), "-m", "tests.benchmarks.peers.ultra", str(asked)]
    own = {"YOLO_CONFIG_DIR": str(workdir), "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=workdir, env=_environment() | own, capture_output=True, check=True)
    return float(json.loads(answer.read_text())["cpu_s"])


def size_px() -> int:
    """The side that the bundled network is given, and so the peer's."""
    return read_card(bundled_card_path()).size_px


def _environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
