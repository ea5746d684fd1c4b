"""Owns the export of official credit: one row a party, as of a moment, as CSV and Parquet."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from pipelines.runtime import wall_clock_ms
from pipelines.scoring.credit import Movement, score
from pipelines.store import Database

COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "party_id": (pa.string(), "id of the party / 主体编号"),
    "uscc": (pa.string(), "unified social credit code, GB 32100-2015 / 统一社会信用代码"),
    "name_zh": (pa.string(), "name in Chinese / 中文名称"),
    "name_en": (pa.string(), "name in English / 英文名称"),
    "district_id": (pa.string(), "division code, GB/T 2260 / 行政区划代码"),
    "district_zh": (pa.string(), "district / 行政区"),
    "score": (pa.float64(), "credit, 0 to 100: the sum of contributions, not below 0 / 信用分"),
    "grade": (pa.string(), "A from 90, B from 70, C from 60, D below / 等级"),
    "contributions": (pa.string(), "JSON: what the score consists of / 得分构成"),
    "model_version": (pa.string(), "version of the credit model / 模型版本"),
    "last_cause": (pa.string(), "what moved it last / 最近变动原因"),
    "last_moved": (pa.timestamp("ms", "UTC"), "when, UTC; empty: never / 最近变动时间"),
    "as_of": (pa.timestamp("ms", "UTC"), "the moment this row holds for, UTC / 截至时间"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Files written, in order, and how many rows each table has."""

    files: tuple[Path, ...]
    rows: int


async def export_credit(
    database: Database,
    folder: Path,
    formats: Sequence[str] = ("csv", "parquet"),
    *,
    as_of_ms: int | None = None,
) -> Exported:
    """Writes ``credit.<format>``, a ``.sha256`` beside each, and ``README.txt`` on the columns.

    Raises:
        ValueError: an unknown format.
        OSError: the folder cannot be written.
    """
    unknown = sorted(set(formats) - set(_WRITERS))
    if unknown or not formats:
        raise ValueError(f"formats are {', '.join(_WRITERS)}, not {', '.join(unknown) or 'none'}")
    rows = await credit_rows(database, wall_clock_ms() if as_of_ms is None else as_of_ms)
    files = await asyncio.to_thread(_write_all, folder, list(dict.fromkeys(formats)), rows)
    return Exported(files=files, rows=len(rows))


def _write_all(
    folder: Path, formats: Sequence[str], rows: Sequence[dict[str, Any]]
) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name in formats:
        content = _WRITERS[name](rows)
        sidecar = f"{hashlib.sha256(content).hexdigest()}  credit.{name}\n".encode()
        files += [
            _write(folder / f"credit.{name}", content),
            _write(folder / f"credit.{name}.sha256", sidecar),
        ]
    lines = [f"{name}: {meaning}" for name, (_type, meaning) in COLUMNS.items()]
    files.append(_write(folder / "README.txt", ("\n".join(lines) + "\n").encode()))
    return tuple(files)


async def credit_rows(database: Database, as_of_ms: int) -> list[dict[str, Any]]:
    """The credit of every party at a moment, faded to that moment. Keys are ``COLUMNS``."""
    async with database.transaction() as tx:
        parties = await tx.rows("exports_parties")
        moved = await tx.rows("exports_movements", as_of_ms=as_of_ms)
    movements: dict[str, list[Movement]] = defaultdict(list)
    for row in moved:
        movements[row.pop("party_id")].append(Movement(**row))
    return [_row(party, movements[party["party_id"]], as_of_ms) for party in parties]


def _row(party: dict[str, Any], movements: list[Movement], as_of_ms: int) -> dict[str, Any]:
    credit = score(movements, at_ms=as_of_ms)
    last = movements[-1] if movements else None
    cause = "" if last is None else ":".join(filter(None, (last.kind, last.alert_id)))
    return {
        **party,
        "score": credit.score,
        "grade": credit.grade,
        "contributions": json.dumps(credit.contributions, sort_keys=True),
        "model_version": credit.model_version,
        "last_cause": cause,
        "last_moved": None if last is None else _utc(last.at_ms),
        "as_of": _utc(as_of_ms),
    }


def _utc(time_ms: int) -> datetime:
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return moment.replace(microsecond=time_ms % 1000 * 1000)


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    """UTF-8 with a byte order mark: without it Excel shows Chinese as gibberish."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(COLUMNS))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(row[name]) for name in COLUMNS})
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _cell(value: object) -> object:
    """A cell a spreadsheet takes as text: nothing in it is run as a formula."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def _parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    schema = pa.schema(
        [
            pa.field(name, kind, metadata={"description": meaning})
            for name, (kind, meaning) in COLUMNS.items()
        ]
    )
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(list(rows), schema=schema), sink)
    return sink.getvalue()


_WRITERS: dict[str, Callable[[Sequence[dict[str, Any]]], bytes]] = {
    "csv": _csv,
    "parquet": _parquet,
}


def _write(path: Path, content: bytes) -> Path:
    """Whole or not at all: a reader never sees half a file."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
    return path
