"""Owns PostgreSQL's binary COPY format for columns of fixed width, made in one go by numpy.

psycopg adapts value by value, which costs a worker more than the database needs to store the row.
Format: PostgreSQL 17 documentation, COPY, "Binary Format".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # signature, no flags, no header extension
_TRAILER = b"\xff\xff"
_POSTGRES_EPOCH_US = 946_684_800_000_000  # 2000-01-01, where its timestamps count from
_WIDE = {  # PostgreSQL type: numpy type of the column, big-endian type on the wire
    "timestamptz": ("M8[ms]", ">i8"),
    "int2": ("i2", ">i2"),
    "int4": ("i4", ">i4"),
    "float4": ("f4", ">f4"),
    "float8": ("f8", ">f8"),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Table:
    """Rows as columns. Iterating gives them as psycopg would take them, one by one.

    Attributes:
        rows: structured ``(n,)``; a timestamptz is a ``datetime64[ms]``, UTC.
    """

    def __init__(self, rows: NDArray[np.void]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        names = self.rows.dtype.names or ()
        return zip(*(_plain(self.rows[name]) for name in names), strict=True)

    def payload(self, types: Sequence[str]) -> bytes:
        """``payload`` of these rows."""
        return payload(types, self.rows)


def payload(types: Sequence[str], rows: NDArray[np.void]) -> bytes:
    """Everything a ``COPY ... FROM STDIN (FORMAT BINARY)`` of these rows has to be sent.

    Args:
        types: PostgreSQL type of each field of ``rows``, in order.
        rows: structured ``(n,)``; a timestamptz is a ``datetime64[ms]``, UTC.

    Raises:
        ValueError: a type that has no fixed width, a field that is not the type's, or no time.
    """
    names = rows.dtype.names or ()
    _check(types, rows)
    wire = np.empty(len(rows), _layout(types))
    wire["fields"] = len(types)
    for number, (name, kind) in enumerate(zip(names, types, strict=True)):
        column = rows[name]
        wire[f"size{number}"] = column.dtype.itemsize
        wire[f"value{number}"] = _microseconds(column) if kind == "timestamptz" else column
    return b"".join((_HEADER, wire.tobytes(), _TRAILER))


def _plain(column: NDArray[np.generic]) -> list[object]:
    if column.dtype.kind != "M":
        return list(column.tolist())
    return [_EPOCH + timedelta(milliseconds=ms) for ms in column.astype(np.int64).tolist()]


def _check(types: Sequence[str], rows: NDArray[np.void]) -> None:
    names = rows.dtype.names or ()
    if unknown := [kind for kind in types if kind not in _WIDE]:
        raise ValueError(f"no fixed width: {unknown}")
    found = [rows.dtype[name] for name in names]
    if found != [np.dtype(_WIDE[kind][0]) for kind in types]:
        raise ValueError(f"fields {rows.dtype} cannot be sent as {tuple(types)}")


def _layout(types: Sequence[str]) -> np.dtype[np.void]:
    fields = [("fields", ">i2")]
    for number, kind in enumerate(types):
        fields += [(f"size{number}", ">i4"), (f"value{number}", _WIDE[kind][1])]
    return np.dtype(fields)


def _microseconds(times: NDArray[np.datetime64]) -> NDArray[np.int64]:
    if np.isnat(times).any():
        raise ValueError("a time that is none")
    return times.astype(np.int64) * 1000 - _POSTGRES_EPOCH_US
