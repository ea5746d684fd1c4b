"""Owns the export of officers' verdicts, for those who train and weigh detectors.

Digests of the evidence, never what it shows: whoever needs the pictures asks for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.exports.tables import Exported, checked, utc, write_table
from pipelines.store import Database

_RIGHT = frozenset({"corrected_on_the_spot", "corrected_when_reminded", "minor_first_time"})
_WRONG = frozenset({"false_detection", "sensor_fault"})

COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "alert_id": (pa.string(), "id of the alert / 预警编号"),
    "label": (pa.string(), "true, false, harmless (as found, and breaks nothing), unclear / 标签"),
    "verdict": (pa.string(), "confirmed, dismissed or unsure / 处置结论"),
    "reason_code": (pa.string(), "why dismissed / 理由代码"),
    "standing": (pa.bool_(), "the alert's last verdict / 是否为最后结论"),
    "decided": (pa.timestamp("ms", "UTC"), "when, UTC / 时间"),
    "rule_id": (pa.string(), "rule / 规则"),
    "rule_version": (pa.string(), "its version / 规则版本"),
    "model": (pa.string(), "digest of the detector that looked; empty: none / 检测模型"),
    "site_id": (pa.string(), "site / 场所"),
    "place": (pa.string(), "place there / 点位"),
    "device_id": (pa.string(), "device / 设备"),
    "start": (pa.timestamp("ms", "UTC"), "where the finding begins, UTC / 开始"),
    "end": (pa.timestamp("ms", "UTC"), "where it ends; empty: it lasts / 结束"),
    "value": (pa.float64(), "what was found / 数值"),
    "unit": (pa.string(), "its unit / 单位"),
    "severity": (pa.string(), "severity / 严重程度"),
    "grade": (pa.string(), "evidence or lead / 证据等级"),
    "trial": (pa.bool_(), "by a rule on trial / 试行规则"),
    "evidence": (pa.string(), "roles and SHA-256 of what is sealed, by space / 封存对象摘要"),
}  # fmt: skip


async def export_verdicts(
    database: Database, folder: Path, formats: Sequence[str] = ("csv", "parquet"), *,
    since_ms: int = 0, rule: str = "",
) -> Exported:  # fmt: skip
    """Writes ``verdicts.<format>``: one row a verdict, in the order they were given.

    Args:
        rule: only this rule's; empty: every rule's.

    Raises:
        ValueError: an unknown format.
        OSError: the folder cannot be written.
    """
    checked(formats)
    rows = await database.rows("exports_verdicts", since_ms=since_ms, rule=rule)
    return await write_table(folder, "verdicts", COLUMNS, [_row(row) for row in rows], formats)


def label_of(verdict: str, reason_code: str) -> str:
    """What a verdict says of the detector, as the page of precision counts it."""
    if verdict == "confirmed" or reason_code in _RIGHT:
        return "true"
    if reason_code in _WRONG:
        return "false"
    return "harmless" if reason_code == "benign_trigger" else "unclear"


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "label": label_of(row["verdict"], row["reason_code"]),
        "decided": utc(row["at_ms"]),
        "model": row["model"] or "",
        "start": utc(row["start_ms"]),
        "end": None if row["end_ms"] is None else utc(row["end_ms"]),
        "evidence": " ".join(row["evidence"]),
    }
