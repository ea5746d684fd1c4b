"""Owns the job that both peers do, apart from their libraries: decode, judge, insert.

Decoding is by msgspec as ours. The rule is a plain one: the mean of each five minutes, three of
them in a row outside the limits make an alert (ours takes a sliding median of fifteen minutes that
must stay outside for fifteen). Rows go by binary COPY of psycopg, as the libraries' own PostgreSQL
sinks are slower. Not done here, though our worker does it: refusing bad blocks and rows, telling
duplicates, keeping the original bytes, lateness by watermark, silence and stuck probes, roll-ups,
ending an alert, grading and sealing it. All of that is in the peers' favour.

Knows neither Quix Streams nor Bytewax nor anything of Vigil: it runs in the peers' environment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import psycopg

WINDOW_MS = 300_000
WINDOWS = 3
COPY = "COPY {} (time, series_id, value, flag) FROM STDIN (FORMAT BINARY)"

Row = tuple[dt.datetime, int, float, int]
Alert = tuple[int, int, float]
"""Series, when, and the mean that made three."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a series."""

    series_id: int
    low: float | None
    high: float | None


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What the runner asks for, as JSON in a file.

    Attributes:
        state_dir: empty; for the library's own checkpoints.
        series: device to quantity to limits.
    """

    name: str
    bootstrap: str
    topic: str
    database_url: str
    state_dir: str
    series: dict[str, dict[str, Limits]]


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a gateway's record as is needed."""

    raw: bytes


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Values of one quantity."""

    quantity: str
    t: list[int]
    v: list[float]


class DeviceMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What one device sends at once."""

    device: str
    series: list[Block]


class Window(msgspec.Struct, array_like=True):
    """What is remembered of a series: the running five minutes, and how many before were bad."""

    start_ms: int = 0
    total: float = 0.0
    count: int = 0
    bad: int = 0


_ENVELOPE = msgspec.msgpack.Decoder(Envelope)
_MESSAGE = msgspec.json.Decoder(DeviceMessage)


def read_job(path: str) -> Job:
    """Reads what the runner wrote."""
    return msgspec.json.decode(Path(path).read_bytes(), type=Job)


def decode(record: bytes) -> DeviceMessage:
    """A record of the log."""
    return _MESSAGE.decode(_ENVELOPE.decode(record).raw)


def judge(window: Window, limits: Limits, time_ms: int, value: float) -> Alert | None:
    """Takes one reading into the window of its series."""
    found = None
    start_ms = time_ms - time_ms % WINDOW_MS
    if start_ms != window.start_ms:
        if window.count:
            found = _close(window, limits)
        window.start_ms, window.total, window.count = start_ms, 0.0, 0
    window.total += value
    window.count += 1
    return found


def _close(window: Window, limits: Limits) -> Alert | None:
    mean = window.total / window.count
    low, high = limits.low, limits.high
    bad = (low is not None and mean < low) or (high is not None and mean > high)
    window.bad = window.bad + 1 if bad else 0
    if window.bad == WINDOWS:
        return limits.series_id, window.start_ms + WINDOW_MS, mean
    return None


def moment(time_ms: int) -> dt.datetime:
    """As psycopg's binary COPY wants it."""
    return dt.datetime.fromtimestamp(time_ms / 1000, dt.UTC)


class Store:
    """Rows, alerts and how many there were, in one transaction a batch."""

    def __init__(self, job: Job) -> None:
        self._name = job.name
        self._connection = psycopg.connect(job.database_url)

    def write(self, rows: Iterable[Row], alerts: Sequence[Alert]) -> None:
        """Inserts and commits."""
        count = 0
        with self._connection.transaction(), self._connection.cursor() as cursor:
            with cursor.copy(COPY.format(f"{self._name}_readings")) as copy:
                copy.set_types(["timestamptz", "int4", "float8", "int2"])
                for row in rows:
                    copy.write_row(row)
                    count += 1
            if alerts:
                cursor.executemany(
                    f"INSERT INTO {self._name}_alerts VALUES (%s, %s, %s)",  # noqa: S608  own name
                    alerts,
                )
            cursor.execute(
                "INSERT INTO counters VALUES (%s, %s)"
                " ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value",
                (self._name, count),
            )
