"""Reads the Numenta Anomaly Benchmark: ``timestamp,value`` files and ``combined_windows.json``."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import numpy as np

from detectors.evaluate.labelled import Labelled, Span, Unscorable, files_in

_LABELS = "combined_windows.json"


def read(path: Path) -> list[Labelled]:
    """Every series below ``path`` that the labels name; labels of absent series are passed over.

    Raises:
        Unscorable: no labels, no series they name, or a file that is not of the format.
    """
    files = files_in(path, ".csv", _LABELS)
    labels = next((file for file in files if file.name == _LABELS), None)
    if labels is None:
        raise Unscorable(f"no {_LABELS} below {path}: this is no folder in NAB's format")
    windows = _windows(labels)
    named = {f"{file.parent.name}/{file.name}": file for file in files if file.suffix == ".csv"}
    known = sorted(windows.keys() & named.keys())
    if not known:
        raise Unscorable(f"{labels} names no series that lies below {path}")
    return [_series(name, named[name], windows[name]) for name in known]


def _windows(path: Path) -> dict[str, list[tuple[float, float]]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: [(_moment(start), _moment(end)) for start, end in spans]
            for name, spans in found.items()
        }
    except (ValueError, TypeError, AttributeError) as error:
        raise Unscorable(f"{path} is not NAB's list of windows: {error}") from error


def _series(name: str, path: Path, windows: list[tuple[float, float]]) -> Labelled:
    times, values = [], []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                times.append(_moment(row["timestamp"]))
                values.append(float(row["value"]))
    except (KeyError, ValueError, TypeError) as error:
        raise Unscorable(f"{path} line {len(times) + 2}: not timestamp,value: {error}") from error
    if not times:
        raise Unscorable(f"{path} has no rows")
    time_s = np.array(times)
    spans = [span for window in sorted(windows) if (span := _rows(time_s, *window)) is not None]
    return Labelled(
        name=name,
        time_s=time_s,
        values=np.array(values)[:, None],
        judged=(0,),
        windows=tuple(spans),
    )


def _rows(time_s: np.ndarray, start_s: float, end_s: float) -> Span | None:
    inside = np.flatnonzero((time_s >= start_s) & (time_s <= end_s))
    return (int(inside[0]), int(inside[-1])) if len(inside) else None


def _moment(text: str) -> float:
    moment = dt.datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
