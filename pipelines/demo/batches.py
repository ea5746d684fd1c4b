"""Owns packing a synthetic day's columns into messages, as a device that collects would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipelines.demo.authority import DAY_MS
from pipelines.gateways.outgoing import Outgoing

HOUR_MS = 3600 * 1000
MINUTE_MS = 60 * 1000
BATCH_MS = 5 * MINUTE_MS
DELIVERY_MS = 2000

Values = NDArray[np.float64]
Times = NDArray[np.int64]
Columns = Mapping[tuple[str, str], Values]
"""Values by quantity and unit."""


def times(start: int, interval_s: int) -> Times:
    """A day's sampling times, epoch ms."""
    return np.arange(start, start + DAY_MS, interval_s * 1000, dtype=np.int64)


def rounded(value: Values, resolution: float) -> Values:
    """What a probe of this resolution shows."""
    return np.round(np.round(value / resolution) * resolution, 6)


def batches(site_id: str, device: str, t: Times, columns: Columns) -> Iterator[Outgoing]:
    """One message for each five minutes that have readings, sent when they are over."""
    slots = t // BATCH_MS
    for seq, slot in enumerate(np.unique(slots).tolist()):
        at = (slot + 1) * BATCH_MS + DELIVERY_MS
        sent = body(device, seq, _blocks(t, columns, slots == slot))
        yield Outgoing(at_ms=at, site_id=site_id, body=sent)


def moments(site_id: str, device: str, t: Times, columns: Columns) -> Iterator[Outgoing]:
    """One message for each time, sent at once."""
    for seq, at in enumerate(t.tolist()):
        sent = body(device, seq, _blocks(t, columns, t == at))
        yield Outgoing(at_ms=at + DELIVERY_MS, site_id=site_id, body=sent)


def _blocks(t: Times, columns: Columns, here: NDArray[np.bool_]) -> list[dict[str, object]]:
    return [
        {"quantity": quantity, "unit": unit, "t": t[here].tolist(), "v": v[here].tolist()}
        for (quantity, unit), v in columns.items()
    ]


def body(device: str, seq: int, blocks: Sequence[Mapping[str, object]]) -> bytes:
    """A ``vigil.readings.v1`` in JSON."""
    return msgspec.json.encode({"device": device, "seq": seq, "series": blocks})
