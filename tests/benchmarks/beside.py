"""Owns the figures beside the peers: the same messages through our worker, Quix and Bytewax.

The peers run in an environment of their own, each round on a topic of its own with a fresh state.
"""

from __future__ import annotations

import statistics
import subprocess
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec

from detectors.catalogue import Catalogue
from detectors.catalogue import load as load_catalogue
from pipelines import topics
from tests.benchmarks.bed import Bed
from tests.benchmarks.copy import readings_table
from tests.benchmarks.figures import Figure, rate_figure
from tests.benchmarks.readings import STORED, record

PYTHON = Path("build/bench-streams/bin/python").absolute()
ROOT = Path(__file__).parents[2]
ROUNDS = 3
NAMES = {"quix": "Quix Streams 3.28.1", "bytewax": "Bytewax 0.21.1"}
GRAINS = {"quix": ("reading", "message"), "bytewax": ("window", "reading", "message")}
"""The headline first: the program that its documentation leads to. Then the faster ones by hand.

``window``: one event a reading, in the library's own event-time windows. Quix's need a topic keyed
by series, through which every reading goes once more; its headline spares it that, and event time.
``reading``: one event a reading, windows by hand in the order of arrival.
``message``: a device's message kept whole, and looped over by hand.
"""
SAID = {
    "window": "one event a reading, in its own event-time windows",
    "reading": "one event a reading, windows by hand in order of arrival",
    "message": "a device's message kept whole, looped over by hand in order of arrival",
}

Limits = dict[str, int | float | None]


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """``readings_vs_quix`` and ``readings_vs_bytewax``; none where the peers are not installed."""
    if not PYTHON.exists():
        tell(f"no peers: {PYTHON} is missing; `make bench` makes it")
        return []
    peers = {(name, grain): Peer(bed, name, grain) for name in NAMES for grain in GRAINS[name]}
    ours: list[float] = []
    theirs: dict[tuple[str, str], list[float]] = defaultdict(list)
    rows = 0
    for number in range(ROUNDS):
        load = bed.fleet.load(12 if bed.quick else 24, bad_share=0.1)
        rows, topic = len(load.rows), f"{topics.READINGS}_apart_{number}"
        records = [record(sent) for sent in load.messages]
        until = bed.counter(STORED) + rows
        bed.put(topics.READINGS, records)
        with bed.worker() as worker:
            ours.append(bed.watch(worker, STORED, until=until).per_second)
            bed.settle(worker)
        # A topic of their own: no peer must read past what others were sent.
        bed.stack.broker.create_topics({topic: topics.PARTITIONS[topics.READINGS]})
        bed.put(topic, records)
        for which, peer in peers.items():
            theirs[which].append(peer.per_second(topic, rows))
        said = ", ".join(f"{n} {g} {rates[-1]:,.0f}" for (n, g), rates in theirs.items())
        tell(f"beside peers round {number + 1}: {ours[-1]:,.0f}/s; {said}")
    return [_figure(name, ours, theirs, peers, rows) for name in NAMES]


def _figure(
    name: str,
    ours: list[float],
    theirs: dict[tuple[str, str], list[float]],
    peers: dict[tuple[str, str], Peer],
    rows: int,
) -> Figure:
    headline, *others = GRAINS[name]
    rate = statistics.median(ours)
    beside = "; ".join(
        f"{SAID[grain]}: {median:,.0f}/s, {rate / median:.2g} times"
        for grain in others
        for median in (statistics.median(theirs[name, grain]),)
    )
    return rate_figure(
        f"readings_vs_{name}", ours, unit="readings/s", ceilings=theirs[name, headline],
        against=f"{NAMES[name]}: decode, five-minute means of which three in a row are outside, "
        f"the same rows by binary COPY; at-least-once, one process; {SAID[headline]}",
        note=f"the same {rows:,} readings a round, {peers[name, headline].alerts} alerts; "
        f"{beside}; it keeps no originals, no roll-ups, seals nothing",
    )  # fmt: skip


class Peer:
    """One peer in one grain; each round has a topic and a state of its own."""

    def __init__(self, bed: Bed, name: str, grain: str) -> None:
        self._bed = bed
        self._name = name
        self._grain = grain
        self._label = f"{name}_{grain}"
        readings_table(bed, f"{self._label}_readings")
        bed.sql.execute(f"DROP TABLE IF EXISTS {self._label}_alerts")
        bed.sql.execute(
            f"CREATE TABLE {self._label}_alerts (series_id int, at_ms bigint, value float8)"
        )
        self._series = _series(bed, load_catalogue())

    @property
    def alerts(self) -> int:
        """How many it has found."""
        asked = f"SELECT count(*) FROM {self._label}_alerts"  # noqa: S608  a name of our own
        row = self._bed.sql.execute(asked).fetchone()
        return int(row[0]) if row else 0

    def per_second(self, topic: str, rows: int) -> float:
        """Readings a second of one run over a topic that holds ``rows`` of them."""
        state_dir = self._bed.workdir / f"{self._label}-{topic}"
        state_dir.mkdir()
        job = state_dir.with_suffix(".json")
        asked = {
            "name": self._label, "bootstrap": self._bed.settings.bootstrap, "topic": topic,
            "database_url": self._bed.settings.database_url, "state_dir": str(state_dir),
            "series": self._series,
        }  # fmt: skip
        job.write_bytes(msgspec.json.encode(asked))
        until = self._bed.counter(self._label) + rows
        with ExitStack() as running:
            own = {"PYTHONPATH": str(ROOT)}
            child = running.enter_context(
                self._bed.child(self._label, self._command(job, state_dir), own)
            )
            return self._bed.watch(child, self._label, until=until).per_second

    def _command(self, job: Path, state_dir: Path) -> list[str]:
        python = str(PYTHON)
        if self._name == "quix":
            return [python, "-m", "tests.benchmarks.peers.quix", str(job), self._grain]
        made = [python, "-m", "bytewax.recovery", str(state_dir), "1"]
        subprocess.run(made, check=True)
        flow = f"tests.benchmarks.peers.wax:flow('{job}', '{self._grain}')"
        return [python, "-m", "bytewax.run", flow, "-r", str(state_dir), "-s", "1", "-b", "0"]


def _series(bed: Bed, catalogue: Catalogue) -> dict[str, dict[str, Limits]]:
    """Of each device and quantity the limits of the catalogue's first entry for it."""
    kinds = dict(bed.fleet.devices)
    found: dict[str, dict[str, Limits]] = {}
    for one in bed.fleet.series:
        entries = catalogue.for_series(kinds[one.placement_id], one.quantity)
        limit = next((e for e in entries if e.kind == "limit" and e.unit == one.unit), None)
        found.setdefault(one.placement_id, {})[one.quantity] = {
            "series_id": one.series_id,
            "low": limit.low if limit else None,
            "high": limit.high if limit else None,
        }
    return found
