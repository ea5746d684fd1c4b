"""Reads the GECCO 2018 drinking-water data: one row a minute, ``Time``, sensors, ``EVENT``."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO, cast

import numpy as np

from detectors.evaluate.labelled import Labelled, Unscorable, files_in, spans_of

_NOT_SENSORS = {"", "Time", "EVENT"}
_EVENT = dict.fromkeys(("1", "1.0", "TRUE", "True", "true"), True) | dict.fromkeys(
    ("0", "0.0", "FALSE", "False", "false"), False
)
_MISSING = {"", "NA", "NaN", "nan"}


def read(path: Path, *, channels: tuple[str, ...]) -> list[Labelled]:
    """Every file below ``path`` with a Time and an EVENT column; ``channels`` are judged.

    Raises:
        Unscorable: no such file, or one that lacks a channel or is not of the format.
    """
    read_all = (_file(file, path, channels) for file in files_in(path, ".csv", ".csv.gz"))
    found = [one for one in read_all if one is not None]
    if not found:
        raise Unscorable(f"no .csv or .csv.gz below {path} with Time and EVENT columns (GECCO)")
    return found


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return cast("TextIO", gzip.open(path, "rt", encoding="utf-8-sig", newline=""))
    return path.open(encoding="utf-8-sig", newline="")


def _file(path: Path, root: Path, channels: tuple[str, ...]) -> Labelled | None:
    try:
        with _open(path) as file:
            rows = csv.reader(file)
            header = next(rows, [])
            if not {"Time", "EVENT"} <= set(header):
                return None
            if absent := set(channels) - set(header):
                raise Unscorable(f"{path} has no column {', '.join(sorted(absent))}")
            return _labelled(path, root, header, rows, channels)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise Unscorable(f"{path} cannot be read: {error}") from error


def _labelled(
    path: Path,
    root: Path,
    header: list[str],
    rows: Iterable[list[str]],
    channels: tuple[str, ...],
) -> Labelled:
    at, label = header.index("Time"), header.index("EVENT")
    columns = [i for i, name in enumerate(header) if name not in _NOT_SENSORS]
    times: list[float] = []
    values: list[list[float]] = []
    marked: list[bool] = []
    for row in rows:
        try:
            times.append(_moment(row[at]))
            values.append([np.nan if row[i] in _MISSING else float(row[i]) for i in columns])
            marked.append(_EVENT[row[label]])
        except (ValueError, IndexError, KeyError) as error:
            raise Unscorable(f"{path} line {len(marked) + 2}: {error!r}") from error
    if not times:
        raise Unscorable(f"{path} has no rows")
    return Labelled(
        name=str(path.relative_to(root)) if root.is_dir() else path.name,
        time_s=np.array(times),
        values=np.array(values),
        judged=tuple(columns.index(header.index(name)) for name in channels),
        windows=spans_of(np.array(marked)),
    )


def _moment(text: str) -> float:
    moment = dt.datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
