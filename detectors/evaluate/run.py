"""Owns scoring a folder: ours beside the baseline, per file and overall. Must not print."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from detectors.evaluate import robust_z
from detectors.evaluate.labelled import Labelled, Rows, Unscorable
from detectors.evaluate.methods import Format, formats
from detectors.evaluate.scoring import Tally, nab_probation, tally
from detectors.evaluate.scoring import together as summed


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One detector on one file, or on all of them.

    Attributes:
        score: by the format's own method; null where a file alone has none.
        precision, recall: of alarms and windows in NAB (an alarm is a row), of rows elsewhere.
        event_precision, event_recall: of runs of alarmed rows, and of labelled windows.
        delay_s: median time from a found window's start to its first alarm; null if none was found.
        false_alarms_per_sensor_day: runs of alarmed rows outside every window.
    """

    score: float | None
    precision: float | None
    recall: float | None
    event_precision: float | None
    event_recall: float | None
    event_f1: float
    delay_s: float | None
    false_alarms_per_sensor_day: float
    windows: int
    found: int
    alarms: int
    false_alarms: int


class FileResult(msgspec.Struct, frozen=True, kw_only=True):
    """One file: rows, sensors, and what both detectors came to."""

    name: str
    rows: int
    sensors: int
    ours: Result
    robust_z: Result


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What ``vigil detectors evaluate`` says; ``score_name`` names the format's own method."""

    format: str
    score_name: str
    threshold: float
    robust_z_threshold: float
    ours: Result
    robust_z: Result
    files: tuple[FileResult, ...]


def evaluate(
    name: str,
    path: Path,
    *,
    since_s: float | None = None,
    tell: Callable[[str, int, int], None] = lambda _name, _at, _of: None,
) -> Report:
    """Scores every labelled file below a folder, with the shipped thresholds.

    Args:
        since_s: rows before this moment (epoch seconds) only warm up.
        tell: told of each file before it is judged: its name, its number from 0, and how many.

    Raises:
        Unscorable: unknown format, or a folder that is not of it.
    """
    known = formats()
    if name not in known:
        raise Unscorable(f"unknown format {name!r}; known are {', '.join(known)}")
    form = known[name]
    files = [_later(one, since_s) for one in form.read(path)]
    files = [one for one in files if one.first < len(one.values)]
    if not files:
        raise Unscorable(f"nothing below {path} is as late as asked for")
    pairs = []
    for at, one in enumerate(files):
        tell(one.name, at, len(files))
        ours = _judged(form, one, form.alarm(one, form.score(one), form.threshold))
        plain = form.alarm(one, robust_z.scores(one.values, one.step_s), form.baseline_threshold)
        pairs.append((one, ours, _judged(form, one, plain)))
    return Report(
        format=name,
        score_name=form.score_name,
        threshold=form.threshold,
        robust_z_threshold=form.baseline_threshold,
        ours=_result(form, summed([ours for _, ours, _ in pairs])),
        robust_z=_result(form, summed([plain for _, _, plain in pairs])),
        files=tuple(
            FileResult(
                name=one.name,
                rows=len(one.values),
                sensors=one.sensors,
                ours=_result(form, ours),
                robust_z=_result(form, plain),
            )
            for one, ours, plain in pairs
        ),
    )


def _later(one: Labelled, since_s: float | None) -> Labelled:
    if since_s is None:
        return one
    return dataclasses.replace(one, first=int(np.searchsorted(one.time_s, since_s)))


def _judged(form: Format, one: Labelled, alarmed: Rows) -> Tally:
    if form.raw is None:
        return tally(one, alarmed)
    alarmed = alarmed.copy()
    alarmed[: nab_probation(len(alarmed))] = False
    return msgspec.structs.replace(tally(one, alarmed), gained=form.raw(one, alarmed))


def _result(form: Format, of: Tally) -> Result:
    event_precision = _share(of.alarms - of.false_alarms, of.alarms)
    event_recall = _share(of.found, of.windows)
    rows = form.raw is None
    score = form.figure(of)
    return Result(
        score=None if math.isnan(score) else round(score, 4),
        precision=_share(of.hit_rows, of.hit_rows + of.false_rows) if rows else event_precision,
        recall=_share(of.hit_rows, of.hit_rows + of.missed_rows) if rows else event_recall,
        event_precision=event_precision,
        event_recall=event_recall,
        event_f1=round(form.figures["event_f1"](of), 4),
        delay_s=statistics.median(of.delays_s) if of.delays_s else None,
        false_alarms_per_sensor_day=round(of.false_alarms / max(of.sensor_days, 1e-9), 4),
        windows=of.windows,
        found=of.found,
        alarms=of.alarms,
        false_alarms=of.false_alarms,
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
