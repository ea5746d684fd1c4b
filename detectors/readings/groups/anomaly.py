"""Owns the ``anomaly`` rule: a score per site of how far its channels left their recent past.

Each minute, each channel's distance from the median of its last three hours, in its own usual
distances (``departure``); the greatest is the site's score. Learned without labels. The scorer is
the one that ``vigil detectors evaluate --format gecco`` measures. Must not name a cause.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise, starmap

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.catalogue import Entry
from detectors.catalogue.entry import FAR_MS
from detectors.early.departure import Channels, Departure, Floats, Reference
from detectors.readings.group import NEVER_MS, Grain, Group, Judged, by_site
from detectors.readings.judged import signal
from detectors.types import Phase, Readings, Series, Signal

_CELL_MS = 5 * 60_000
_SILENT_MS = 3_600_000
_PATIENCE_MS = 120_000
_UNKNOWN_STEP = 1e-3  # of the level, where the register does not say what step a probe shows
MODEL = Departure()


class _Site(msgspec.Struct, kw_only=True):
    """What is remembered of one site.

    Attributes:
        ids: series, in the order of the channels' columns.
        cell: number of the cell that is open; of each channel its values' sum, the sum of their
            distances from the baseline, and their count.
        last_ms: the newest minute; ``good_ms``: since when the score is low in an open spell.
        start_ms, opener: of the open spell; ``worst`` its greatest score.
    """

    ids: tuple[int, ...] = ()
    channels: Channels | None = None
    cell: int = -1
    totals: list[float] = msgspec.field(default_factory=list)
    apart: list[float] = msgspec.field(default_factory=list)
    counts: list[int] = msgspec.field(default_factory=list)
    last_ms: int = NEVER_MS
    good_ms: int = NEVER_MS
    start_ms: int = NEVER_MS
    opener: int = 0
    worst: float = 0.0


@dataclass(slots=True, kw_only=True)
class _Anomaly:
    kind: str = "anomaly"
    grain: Grain = "minute"

    def groups(self, entry: Entry, series: Iterable[Series]) -> list[Group]:
        """Every covered series of a site together."""
        return by_site(entry, series)

    def judge(
        self, entry: Entry, group: Group, state: bytes, rows: Readings, *, watermark_ms: int
    ) -> Judged:
        """See ``GroupRule.judge``."""
        ids = tuple(one.series_id for one in group.members)
        site = msgspec.msgpack.decode(state, type=_Site) if state else _Site()
        if site.ids != ids or site.channels is None:
            site = _refitted(site, ids)
        run = _Run(entry, group, site)
        if len(rows) and rows.time_ms[-1] >= entry.to_ms:
            rows = rows.where(rows.time_ms < entry.to_ms)
        run.take(rows)
        run.close_cell(watermark_ms)
        run.fall_silent(watermark_ms)
        if watermark_ms >= entry.to_ms:
            run.end(entry.to_ms, {"out_of_force": 1.0})
            return Judged(signals=tuple(run.signals))
        site.channels = run.reference.kept()
        return Judged(
            state=msgspec.msgpack.encode(site), signals=tuple(run.signals), due_ms=run.due_ms()
        )


class _Run:
    """One call."""

    def __init__(self, entry: Entry, group: Group, site: _Site) -> None:
        self.entry, self.site, self.members = entry, site, group.members
        self.reference = Reference(MODEL, site.channels or Channels.new(MODEL, len(site.ids)))
        self.steps = np.array([one.resolution for one in group.members])
        self.signals: list[Signal] = []

    def take(self, rows: Readings) -> None:
        """Scores and gathers rows, cell by cell: a cell's rows are judged by the cells before."""
        cells = rows.time_ms // _CELL_MS
        order = np.argsort(np.array(self.site.ids))
        channel = order[np.searchsorted(np.array(self.site.ids), rows.series, sorter=order)]
        for part in _runs(cells):
            self.close_cell(int(cells[part.start]) * _CELL_MS)
            self.site.cell = int(cells[part.start])
            # NaN, which a sum keeps and msgpack carries, while a channel has no baseline
            baseline = self.reference.baseline.tolist()
            self._score(rows.time_ms[part], rows.value[part], channel[part])
            for at, value in zip(channel[part].tolist(), rows.value[part].tolist(), strict=True):
                self.site.totals[at] += value
                self.site.apart[at] += abs(value - baseline[at])
                self.site.counts[at] += 1
        if len(rows):
            self.site.last_ms = int(rows.time_ms[-1])

    def close_cell(self, until_ms: int) -> None:
        """Lets the reference learn the open cell, once it is over."""
        site = self.site
        if not any(site.counts) or (site.cell + 1) * _CELL_MS > until_ms:
            return
        counts = np.array([n or np.nan for n in site.counts])
        self.reference.absorb(np.array(site.totals) / counts, np.array(site.apart) / counts)
        site.totals, site.apart = [0.0] * len(site.ids), [0.0] * len(site.ids)
        site.counts = [0] * len(site.ids)

    def _score(self, time_ms: NDArray[np.int64], value: Floats, channel: NDArray[np.int64]) -> None:
        site, limit = self.site, self.entry.parameters["threshold"]
        guessed = _UNKNOWN_STEP * np.abs(np.nan_to_num(self.reference.baseline))
        steps = np.where(self.steps > 0, self.steps, guessed)
        scores = np.nan_to_num(self.reference.score(value, channel, steps))
        if site.start_ms == NEVER_MS and not (scores > limit).any():
            return
        for part in _runs(time_ms):
            at = part.start + int(np.argmax(scores[part]))
            self._minute(int(time_ms[at]), float(scores[at]), float(value[at]), int(channel[at]))

    def _minute(self, at_ms: int, score: float, value: float, channel: int) -> None:
        site, entry = self.site, self.entry
        self.fall_silent(at_ms - 1)
        series = self.members[channel]
        is_open = site.start_ms != NEVER_MS
        if score > entry.parameters["threshold"]:
            site.good_ms = NEVER_MS
            site.worst = max(site.worst, score) if is_open else score
            if not is_open and entry.in_force(at_ms) and self._active(series, at_ms):
                site.start_ms, site.opener = at_ms, series.series_id
                self._say(Phase.OPENED, series, at_ms, self._inputs(score, value, channel))
        elif is_open:
            site.good_ms = at_ms if site.good_ms == NEVER_MS else site.good_ms
            if at_ms - site.good_ms >= entry.clears_s * 1000:
                self.end(at_ms, self._inputs(score, value, channel))
        site.last_ms = at_ms

    def fall_silent(self, now_ms: int) -> None:
        """Ends a spell at a site that said nothing for an hour."""
        if self.site.start_ms != NEVER_MS and now_ms - self.site.last_ms >= _SILENT_MS:
            self.end(self.site.last_ms + _SILENT_MS, {"silent": 1.0})

    def end(self, at_ms: int, inputs: dict[str, float]) -> None:
        """Closes the open spell, if there is one."""
        site = self.site
        if site.start_ms == NEVER_MS:
            return
        opener = next((m for m in self.members if m.series_id == site.opener), self.members[0])
        self._say(Phase.CLOSED, opener, at_ms, {**inputs, "worst": site.worst})
        site.start_ms = site.good_ms = NEVER_MS

    def due_ms(self) -> int:
        """When something can change without a row."""
        site, due_ms = self.site, FAR_MS
        if any(site.counts):
            due_ms = (site.cell + 1) * _CELL_MS + _PATIENCE_MS
        if site.start_ms != NEVER_MS:
            due_ms = min(due_ms, site.last_ms + _SILENT_MS, self.entry.to_ms)
        return due_ms

    def _active(self, series: Series, at_ms: int) -> bool:
        return self.entry.when != "open" or bool(series.hours.open_at(np.array([at_ms]))[0])

    def _inputs(self, score: float, value: float, channel: int) -> dict[str, float]:
        usual = float(self.reference.scale[channel])
        baseline = float(np.nan_to_num(self.reference.baseline[channel]))
        step = self.members[channel].resolution or _UNKNOWN_STEP * abs(baseline)
        return {
            "score": score,
            "threshold": self.entry.parameters["threshold"],
            "value": value,
            "baseline": baseline,
            "usual_distance": usual,
            "step": step,
            "series_id": self.members[channel].series_id,
        }

    def _say(self, phase: Phase, series: Series, at_ms: int, inputs: dict[str, float]) -> None:
        self.signals.append(
            signal(
                self.entry, series, phase, start_ms=self.site.start_ms, at_ms=at_ms,
                value=inputs.get("score", self.site.worst), inputs=inputs, unit="",
            )
        )  # fmt: skip


def _runs(column: NDArray[np.int64]) -> list[slice]:
    """Stretches of one value in a sorted column."""
    if not len(column):
        return []
    edges = [0, *(np.flatnonzero(column[1:] != column[:-1]) + 1).tolist(), len(column)]
    return list(starmap(slice, pairwise(edges)))


def _refitted(site: _Site, ids: tuple[int, ...]) -> _Site:
    """The site with today's series: columns of those known before are kept, an open cell is not."""
    new = Channels.new(MODEL, len(ids))
    if site.channels is not None:
        k = len(site.ids)
        pairs = [(ids.index(one), at) for at, one in enumerate(site.ids) if one in ids]
        shapes = ((MODEL.cells, np.float64), (1, np.float64), (1, np.int64), (1, np.float64))
        kept = []
        for raw, blank, (height, kind) in zip(
            (site.channels.past, site.channels.scale, site.channels.seen, site.channels.baseline),
            (new.past, new.scale, new.seen, new.baseline),
            shapes,
            strict=True,
        ):
            old = np.frombuffer(raw, kind).reshape(height, k)
            fresh = np.frombuffer(blank, kind).reshape(height, len(ids)).copy()
            for to, at in pairs:
                fresh[:, to] = old[:, at]
            kept.append(fresh.tobytes())
        new = Channels(*kept)
    zeros: list[float] = [0.0] * len(ids)
    return msgspec.structs.replace(
        site,
        ids=ids,
        channels=new,
        cell=-1,
        totals=zeros,
        apart=zeros.copy(),
        counts=[0] * len(ids),
    )


RULE = _Anomaly()
