"""Reads the Skoltech Anomaly Benchmark: ``;``-separated files, eight sensors, ``anomaly``."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np

from detectors.evaluate.labelled import Labelled, Unscorable, files_in, spans_of

_NOT_SENSORS = {"datetime", "anomaly", "changepoint"}


def read(path: Path) -> list[Labelled]:
    """Every labelled file below ``path``; files without labels (anomaly-free) are passed over.

    Raises:
        Unscorable: no labelled file, or one that is not of the format.
    """
    read_all = (_file(file, path) for file in files_in(path, ".csv"))
    found = [one for one in read_all if one is not None]
    if not found:
        raise Unscorable(f"no file below {path} with ';', a datetime and an anomaly column (SKAB)")
    return found


def _file(path: Path, root: Path) -> Labelled | None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=";")
        header = next(rows, [])
        if not {"datetime", "anomaly"} <= set(header):
            return None
        sensors = [i for i, name in enumerate(header) if name not in _NOT_SENSORS]
        at, label = header.index("datetime"), header.index("anomaly")
        times, values, marked = [], [], []
        try:
            for row in rows:
                moment = dt.datetime.fromisoformat(row[at]).replace(tzinfo=dt.UTC)
                times.append(moment.timestamp())
                values.append([float(row[i] or "nan") for i in sensors])
                marked.append(float(row[label]) > 0)
        except (ValueError, IndexError) as error:
            raise Unscorable(f"{path} line {len(times) + 2}: {error}") from error
    if not times:
        raise Unscorable(f"{path} has no rows")
    return Labelled(
        name=str(path.relative_to(root)) if root.is_dir() else path.name,
        time_s=np.array(times),
        values=np.array(values),
        judged=tuple(range(len(sensors))),
        windows=spans_of(np.array(marked)),
    )
