"""Owns writing a table of results as files, each with its digest, and a page on the columns."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

Columns = Mapping[str, tuple[pa.DataType, str]]
"""Name to type and meaning, in order."""
Rows = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Files written, in order, and how many rows each table has."""

    files: tuple[Path, ...]
    rows: int


async def write_table(
    folder: Path, name: str, columns: Columns, rows: Rows, formats: Sequence[str]
) -> Exported:
    """Writes ``NAME.<format>``, a ``.sha256`` beside each, and ``README.txt`` on the columns.

    Raises:
        ValueError: an unknown format.
        OSError: the folder cannot be written.
    """
    wanted = checked(formats)
    files = await asyncio.to_thread(_write_all, folder, name, columns, rows, wanted)
    return Exported(files=files, rows=len(rows))


def checked(formats: Sequence[str]) -> list[str]:
    """The formats, each once.

    Raises:
        ValueError: none, or an unknown one.
    """
    unknown = sorted(set(formats) - set(_WRITERS))
    if unknown or not formats:
        raise ValueError(f"formats are {', '.join(_WRITERS)}, not {', '.join(unknown) or 'none'}")
    return list(dict.fromkeys(formats))


def utc(time_ms: int) -> datetime:
    """Epoch ms as a moment of UTC."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return moment.replace(microsecond=time_ms % 1000 * 1000)


def _write_all(
    folder: Path, name: str, columns: Columns, rows: Rows, formats: Sequence[str]
) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for form in formats:
        content = _WRITERS[form](columns, rows)
        sidecar = f"{hashlib.sha256(content).hexdigest()}  {name}.{form}\n".encode()
        files += [
            _write(folder / f"{name}.{form}", content),
            _write(folder / f"{name}.{form}.sha256", sidecar),
        ]
    lines = [f"{column}: {meaning}" for column, (_type, meaning) in columns.items()]
    files.append(_write(folder / "README.txt", ("\n".join(lines) + "\n").encode()))
    return tuple(files)


def _csv(columns: Columns, rows: Rows) -> bytes:
    """UTF-8 with a byte order mark: without it Excel shows Chinese as gibberish."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(columns))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(row[name]) for name in columns})
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _cell(value: object) -> object:
    """A cell a spreadsheet takes as text: nothing in it is run as a formula."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def _parquet(columns: Columns, rows: Rows) -> bytes:
    schema = pa.schema(
        [
            pa.field(name, kind, metadata={"description": meaning})
            for name, (kind, meaning) in columns.items()
        ]
    )
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(list(rows), schema=schema), sink)
    return sink.getvalue()


_WRITERS: dict[str, Callable[[Columns, Rows], bytes]] = {"csv": _csv, "parquet": _parquet}


def _write(path: Path, content: bytes) -> Path:
    """Whole or not at all: a reader never sees half a file."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
    return path
