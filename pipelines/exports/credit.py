"""Owns the export of official credit: one row a party, as of a moment, as CSV and Parquet."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.exports.tables import Exported, checked, utc, write_table
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


async def export_credit(
    database: Database,
    folder: Path,
    formats: Sequence[str] = ("csv", "parquet"),
    *,
    as_of_ms: int | None = None,
) -> Exported:
    """Writes ``credit.<format>`` and what goes with it.

    Raises:
        ValueError: an unknown format.
        OSError: the folder cannot be written.
    """
    checked(formats)
    rows = await credit_rows(database, wall_clock_ms() if as_of_ms is None else as_of_ms)
    return await write_table(folder, "credit", COLUMNS, rows, formats)


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
        "last_moved": None if last is None else utc(last.at_ms),
        "as_of": utc(as_of_ms),
    }
