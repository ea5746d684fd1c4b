"""Owns running the shipped scorers over labelled files. Must not score or fit anything."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from detectors.early import departure, novelty, together
from detectors.evaluate.formats import gecco, nab, skab
from detectors.evaluate.labelled import Floats, Labelled, Rows, Unscorable
from detectors.evaluate.scoring import Tally, event_f1, nab_gained, nab_score, row_f1, spaced

Score = Callable[[Labelled], Floats]
Alarm = Callable[[Labelled, Floats, float], Rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How one format is read, judged and scored.

    Attributes:
        score_name: of the figure that the format's own method gives.
        figures: further figures, by name.
        score: the shipped scorer; ``alarm`` turns its figures and a threshold into alarmed rows.
        raw: NAB's raw score of alarmed rows, where the format has one.
    """

    score_name: str
    read: Callable[[Path], list[Labelled]]
    score: Score
    alarm: Alarm
    threshold: float
    baseline_threshold: float
    figure: Callable[[Tally], float]
    figures: dict[str, Callable[[Tally], float]]
    raw: Callable[[Labelled, Rows], float] | None = None


@lru_cache(maxsize=1)
def shipped() -> dict[str, Any]:
    """The fixed parameters, as ``shipped.toml`` has them."""
    return tomllib.loads(Path(__file__).with_name("shipped.toml").read_text(encoding="utf-8"))


def formats() -> dict[str, Format]:
    """Every format by its name."""
    return {"nab": _nab(), "skab": _skab(), "gecco": _gecco()}


def _nab() -> Format:
    fixed = shipped()["nab"]
    model = msgspec.convert(fixed["novelty"], novelty.Novelty)

    def alarm(one: Labelled, scores: Floats, threshold: float) -> Rows:
        del one
        return spaced(scores, threshold, spacing=fixed["spacing"], share=fixed["spacing_share"])

    def raw(one: Labelled, alarmed: Rows) -> float:
        return nab_gained(len(one.values), one.windows, np.flatnonzero(alarmed).tolist())

    return Format(
        score_name="nab_standard",
        read=nab.read,
        score=lambda one: novelty.scores(model, one.values[:, 0]),
        alarm=alarm,
        threshold=fixed["threshold"],
        baseline_threshold=fixed["robust_z"]["threshold"],
        figure=nab_score,
        figures={"event_f1": event_f1},
        raw=raw,
    )


def _skab() -> Format:
    fixed = shipped()["skab"]
    model = msgspec.convert(fixed["together"], together.Together)
    rows = fixed["normal_rows"]

    def score(one: Labelled) -> Floats:
        values = _held(one.values)
        learned = min(rows, len(values) // 2)
        try:
            normal = together.learn(model, values[:learned])
        except ValueError as error:
            raise Unscorable(f"{one.name}: {error}") from error
        found = together.scores(model, normal, values)
        found[:learned] = 0.0
        return found

    return Format(
        score_name="row_f1",
        read=skab.read,
        score=score,
        alarm=_above,
        threshold=fixed["threshold"],
        baseline_threshold=fixed["robust_z"]["threshold"],
        figure=row_f1,
        figures={"event_f1": event_f1},
    )


def _gecco() -> Format:
    fixed = shipped()["gecco"]
    model = msgspec.convert(fixed["departure"], departure.Departure)
    resolution = np.array(list(fixed["channels"].values()))
    channels = tuple(fixed["channels"])
    return Format(
        score_name="row_f1",
        read=lambda path: gecco.read(path, channels=channels),
        score=lambda one: departures(
            model, one.values[:, one.judged], resolution, fixed["cell_rows"]
        ),
        alarm=_above,
        threshold=fixed["threshold"],
        baseline_threshold=fixed["robust_z"]["threshold"],
        figure=row_f1,
        figures={"event_f1": event_f1},
    )


def _above(one: Labelled, scores: Floats, threshold: float) -> Rows:
    del one
    return scores > threshold


def _held(values: Floats) -> Floats:
    """Missing figures replaced by the last one before, or 0 where there is none."""
    known = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values))[:, None], 0))
    held: Floats = np.nan_to_num(np.take_along_axis(values, last, axis=0))
    return held


def departures(
    model: departure.Departure, values: Floats, resolution: Floats, cell_rows: int
) -> Floats:
    """The greatest departure of each row; float64 ``(n,)``. Each cell is scored, then absorbed."""
    n, k = values.shape
    reference = departure.Reference(model, departure.Channels.new(model, k))
    result = np.zeros(n)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
        for start in range(0, n, cell_rows):
            block = values[start : start + cell_rows]
            channel = np.tile(np.arange(k), len(block))
            far = reference.score(block.ravel(), channel, resolution).reshape(block.shape)
            result[start : start + cell_rows] = np.nan_to_num(far).max(axis=1)
            distance = np.abs(block - reference.baseline)
            reference.absorb(np.nanmean(block, axis=0), np.nanmean(distance, axis=0))
    return result
