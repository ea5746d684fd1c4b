"""Owns how readings, roll-ups and what came late become rows, and stored rows readings again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from detectors.readings import Buckets, StepResult
from detectors.types import Readings
from pipelines.stage import Copy, Count, Effect, Save
from pipelines.store.pgcopy import Table

Bools = NDArray[np.bool_]

SPAN_GAP_MS = 3_600_000
"""Late readings farther apart than this are two spans: what lies between them is not looked at."""

READING_TYPES = ("timestamptz", "int4", "float8", "int2")
_READING = np.dtype([("time", "M8[ms]"), ("series_id", "i4"), ("value", "f8"), ("flag", "i2")])
BUCKET_TYPES = ("timestamptz", "int4", "int4", *("float8",) * 5)
_BUCKET = np.dtype(
    [
        ("time", "M8[ms]"),
        ("series_id", "i4"),
        ("n", "i4"),
        ("lowest", "f8"),
        ("highest", "f8"),
        ("mean", "f8"),
        ("p95", "f8"),
        ("in_limits", "f8"),
    ]
)


def stored(readings: Readings, late: Bools, *, duplicates: int, partition: int) -> Iterator[Effect]:
    """Stores readings, and says which of them came late and must be judged again."""
    if len(readings):
        yield Copy("readings_copy", READING_TYPES, _readings(readings))
        yield Count("readings_stored", len(readings))
    if late.any():
        yield from _late(readings.where(late), partition)
    if duplicates:
        yield Count("messages_duplicate", duplicates)


def _late(readings: Readings, partition: int) -> Iterator[Effect]:
    yield Copy("readings_late_copy", READING_TYPES, _readings(readings))
    yield Count("readings_late", len(readings))
    for sid in np.unique(readings.series).tolist():
        times = np.sort(readings.time_ms[readings.series == sid])
        apart = np.flatnonzero(np.diff(times) > SPAN_GAP_MS) + 1
        for part in np.split(times, apart):
            span = {"series_id": sid, "from_ms": int(part[0]), "to_ms": int(part[-1])}
            yield Save("readings_late_span", {**span, "partition": partition})


def rolled_up(result: StepResult) -> Iterator[Effect]:
    """Stores what is over of minutes, hours and days."""
    for width, found in (("minutes", result.minutes), ("hours", result.hours)):
        for buckets in found:
            yield Copy(
                f"readings_{width}_copy",
                BUCKET_TYPES,
                _buckets(buckets),
                merge=f"readings_{width}_merge",
                names=_BUCKET.names or (),
            )
    for series_id, day_ms in result.days:
        yield Save("readings_day", {"series_id": series_id, "day_ms": day_ms})


def recalled(found: Sequence[Mapping[str, object]]) -> Readings:
    """Stored readings, a row of arrays a series, as columns; less those that came late."""
    rows = [cast("Mapping[str, Any]", row) for row in found]
    late = {row["series_id"]: _columns(row) for row in rows if row["late"]}
    parts = [_columns(row) for row in rows if not row["late"]]
    return Readings.concat([_less(part, late.get(int(part.series[0]))) for part in parts])


def _columns(row: Mapping[str, Any]) -> Readings:
    time_ms = np.array(row["time_ms"], np.int64)
    return Readings(
        time_ms=time_ms,
        series=np.full(len(time_ms), row["series_id"], np.int32),
        value=np.array(row["value"], np.float64),
        flag=np.array(row["flag"], np.uint8),
    )


def _less(readings: Readings, late: Readings | None) -> Readings:
    """One series' readings, without one like each of the late ones."""
    if late is None:
        return readings
    gone = Counter(zip(late.time_ms.tolist(), late.value.tolist(), late.flag.tolist(), strict=True))
    keep = np.ones(len(readings), np.bool_)
    for number, row in enumerate(
        zip(readings.time_ms.tolist(), readings.value.tolist(), readings.flag.tolist(), strict=True)
    ):
        if gone[row]:
            gone[row] -= 1
            keep[number] = False
    return readings.where(keep)


def _readings(readings: Readings) -> Table:
    """Rows with each series' together: the index is written, and later read, in fewer places."""
    order = np.argsort(readings.series, kind="stable")
    table = np.empty(len(readings), _READING)
    table["time"] = readings.time_ms[order].astype("M8[ms]")
    table["series_id"], table["value"] = readings.series[order], readings.value[order]
    table["flag"] = readings.flag[order]
    return Table(table)


def _buckets(buckets: Buckets) -> Table:
    table = np.empty(len(buckets), _BUCKET)
    table["time"] = buckets.time_ms.astype("M8[ms]")
    table["series_id"], table["n"] = buckets.slot, buckets.n
    table["lowest"], table["highest"], table["mean"] = buckets.lowest, buckets.highest, buckets.mean
    table["p95"], table["in_limits"] = buckets.p95, buckets.within
    return Table(table)
