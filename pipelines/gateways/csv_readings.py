"""Owns turning a CSV of real readings into the messages a gateway would have sent.

Columns: ``time`` (ISO 8601 with zone, or epoch milliseconds), ``device``, ``quantity``, ``value``,
``unit``. An empty value is sent as null and refused further on, visibly.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from pipelines.gateways.outgoing import Outgoing

COLUMNS = ("time", "device", "quantity", "value", "unit")
BATCH_MS = 5 * 60 * 1000
DELIVERY_MS = 2000


class UnreadableCsv(ValueError):
    """The file is not such a CSV; the text names the line and what to do."""


def read_csv(path: Path, site_of: Mapping[str, str]) -> list[Outgoing]:
    """Reads the whole file and packs it by device and five minutes.

    Args:
        site_of: device id to site id; an unknown device is sent by the first site's gateway.

    Raises:
        UnreadableCsv: no such file, missing columns, or a line that has no time or number.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = set(COLUMNS) - set(reader.fieldnames or ())
            if missing:
                raise UnreadableCsv(
                    f"{path} lacks the columns {', '.join(sorted(missing))}; "
                    f"wanted: {', '.join(COLUMNS)}"
                )
            rows = [_row(path, number, row) for number, row in enumerate(reader, 2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableCsv(f"{path} cannot be read: {error}") from error
    return _packed(rows, site_of)


def _row(path: Path, line: int, row: dict[str, str]) -> tuple[str, int, str, str, float | None]:
    try:
        value = float(row["value"]) if row["value"].strip() else None
        return row["device"], _time_ms(row["time"]), row["quantity"], row["unit"], value
    except (ValueError, AttributeError) as error:
        raise UnreadableCsv(f"{path}, line {line}: {error}") from error


def _time_ms(text: str) -> int:
    if text.strip().lstrip("-").isdigit():
        return int(text)
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone; write 2026-03-01T08:00:00+08:00")
    return int(moment.timestamp() * 1000)


def _packed(
    rows: list[tuple[str, int, str, str, float | None]], site_of: Mapping[str, str]
) -> list[Outgoing]:
    batches: dict[tuple[int, str], dict[tuple[str, str], tuple[list[int], list[float | None]]]]
    batches = {}
    for device, time_ms, quantity, unit, value in rows:
        blocks = batches.setdefault((time_ms // BATCH_MS, device), {})
        times, values = blocks.setdefault((quantity, unit), ([], []))
        times.append(time_ms)
        values.append(value)
    sent = []
    first_site = next(iter(site_of.values()))
    for seq, ((slot, device), blocks) in enumerate(sorted(batches.items())):
        series = [
            {"quantity": quantity, "unit": unit, "t": times, "v": values}
            for (quantity, unit), (times, values) in blocks.items()
        ]
        body = msgspec.json.encode({"device": device, "seq": seq, "series": series})
        at_ms = (slot + 1) * BATCH_MS + DELIVERY_MS
        sent.append(Outgoing(at_ms=at_ms, site_id=site_of.get(device, first_site), body=body))
    return sorted(sent, key=lambda message: message.at_ms)
