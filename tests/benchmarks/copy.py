"""Owns the readings' ceiling: binary COPY of bytes made beforehand, and nothing else."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from detectors.types import Readings
from pipelines.store import pgcopy
from tests.benchmarks.bed import Bed

_TABLE = "bench_readings"
_TYPES = ("timestamptz", "int4", "float8", "int2")


class BareCopy:
    """An own hypertable of the same shape, indexes and chunks, in the same database."""

    def __init__(self, bed: Bed) -> None:
        self._sql = bed.sql
        readings_table(bed, _TABLE)

    def per_second(self, rows: Readings) -> float:
        """Rows a second, of one transaction with all of them."""
        payload = pgcopy.payload(_TYPES, _table(rows))
        began = time.perf_counter()
        with (
            self._sql.transaction(),
            self._sql.cursor() as cursor,
            cursor.copy(
                f"COPY {_TABLE} (time, series_id, value, flag) FROM STDIN (FORMAT BINARY)"
            ) as copy,
        ):
            copy.write(payload)
        return len(rows) / (time.perf_counter() - began)


def readings_table(bed: Bed, name: str) -> None:
    """An empty hypertable of the shape of ours."""
    bed.sql.execute(f"DROP TABLE IF EXISTS {name}")
    bed.sql.execute(f"CREATE TABLE {name} (LIKE readings INCLUDING INDEXES)")
    if bed.stack.flavour == "timescale":
        bed.sql.execute(
            f"SELECT create_hypertable('{name}', by_range('time', INTERVAL '1 day'),"
            " create_default_indexes => false)"
        )


def _table(rows: Readings) -> NDArray[np.void]:
    fields = [("time", "M8[ms]"), ("series_id", "i4"), ("value", "f8"), ("flag", "i2")]
    table = np.empty(len(rows), fields)
    table["time"] = rows.time_ms.astype("M8[ms]")
    table["series_id"], table["value"], table["flag"] = rows.series, rows.value, rows.flag
    return table
