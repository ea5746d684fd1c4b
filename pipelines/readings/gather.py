"""Owns turning a run of messages into columns: what cannot be judged becomes a fault, not a row.

All messages of a run are checked at once; only where something is wrong is a block looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from detectors.catalogue.quantities import quantity
from detectors.types import Flag, Readings, Series
from detectors.units import SAME, Linear, UnitError, conversion
from pipelines.errors import BadMessage
from pipelines.readings.message import FLAGS, Block

EARLIEST_MS = 1_262_304_000_000  # 2010: a device that says less has lost its clock
MOST_VALUE = 1e100  # beyond it sums and means of readings leave what a number can hold
LEAST_INT64, MOST_INT64 = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One message's blocks, the series of its device, and what is the future for it."""

    blocks: Sequence[Block]
    known: Mapping[str, Series]
    latest_ms: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """The good rows of a run.

    Attributes:
        message: int32 ``(n,)``, which message each row is of; ascending.
        faults: what was wrong, with the number of its message; ascending.
    """

    readings: Readings
    message: NDArray[np.int32]
    faults: list[tuple[int, BadMessage]]


@dataclass(slots=True)
class _Part:
    """One acceptable block."""

    number: int
    block: Block
    series: Series
    unit: Linear
    latest_ms: int


def gather(run: Sequence[Asked]) -> Gathered:
    """Columns of all messages; of several values at one moment all are kept."""
    parts: list[_Part] = []
    faults: list[tuple[int, BadMessage]] = []
    for number, asked in enumerate(run):
        for block in asked.blocks:
            try:
                series, unit = _checked(block, asked.known)
            except BadMessage as error:
                faults.append((number, error))
                continue
            if block.t:
                parts.append(_Part(number, block, series, unit, asked.latest_ms))
    time_ms = _times(parts)
    value = np.array([v for part in parts for v in part.block.v], np.float64)  # None becomes NaN
    sizes = np.array([len(part.block.t) for part in parts], np.int64)
    flag = np.repeat(np.array([FLAGS[part.block.flag] for part in parts], np.uint8), sizes)
    _convert(parts, sizes, value)
    good = _good(parts, sizes, time_ms, value, faults)
    low = np.repeat(np.array([_possible(part)[0] for part in parts]), sizes)
    high = np.repeat(np.array([_possible(part)[1] for part in parts]), sizes)
    flag[((value < low) | (value > high)) & (flag == Flag.NORMAL)] = Flag.IMPOSSIBLE
    readings = Readings(
        time_ms=time_ms,
        series=np.repeat(np.array([p.series.series_id for p in parts], np.int32), sizes),
        value=value,
        flag=flag,
    )
    message = np.repeat(np.array([part.number for part in parts], np.int32), sizes)
    if good is not None:
        readings, message = readings.where(good), message[good]
    faults.sort(key=lambda fault: fault[0])
    return Gathered(readings=readings, message=message, faults=faults)


def _checked(block: Block, known: Mapping[str, Series]) -> tuple[Series, Linear]:
    series = known.get(block.quantity)
    if series is None:
        raise BadMessage("unknown_quantity", f"{block.quantity} is not registered for the device")
    unit = _unit(block.unit, series.unit)
    if unit is None:
        raise BadMessage(
            "wrong_unit", f"{block.quantity} came in {block.unit}, which is no {series.unit}"
        )
    if block.flag not in FLAGS:
        raise BadMessage("unknown_flag", f"flag {block.flag!r} of {block.quantity}")
    if len(block.t) != len(block.v):
        raise BadMessage("wrong_shape", f"{len(block.t)} times for {len(block.v)} values")
    return series, unit


@lru_cache(maxsize=4096)
def _unit(said: str, kept: str) -> Linear | None:
    if said == kept:
        return SAME
    try:
        return conversion(said, kept)
    except UnitError:
        return None


def _times(parts: Sequence[_Part]) -> NDArray[np.int64]:
    times = [t for part in parts for t in part.block.t]
    try:
        return np.array(times, np.int64)
    except OverflowError:  # beyond any clock: refused with the others of an absurd time
        return np.array([min(max(t, LEAST_INT64), MOST_INT64) for t in times], np.int64)


def _good(
    parts: Sequence[_Part],
    sizes: NDArray[np.int64],
    time_ms: NDArray[np.int64],
    value: NDArray[np.float64],
    faults: list[tuple[int, BadMessage]],
) -> NDArray[np.bool_] | None:
    """Which rows can be judged, None when all of them; the others' blocks become faults."""
    latest = np.repeat(np.array([part.latest_ms for part in parts], np.int64), sizes)
    checks = (
        ("not_a_number", ~(np.abs(value) <= MOST_VALUE)),  # so said of NaN too
        ("in_the_future", time_ms > latest),
        ("absurd_time", time_ms < EARLIEST_MS),
    )
    bad = checks[0][1] | checks[1][1] | checks[2][1]
    if not bad.any():
        return None
    ends = np.cumsum(sizes).tolist()
    for part, size, end in zip(parts, sizes.tolist(), ends, strict=True):
        found = [(why, int(wrong[end - size : end].sum())) for why, wrong in checks]
        said = [f"{why}: {count} of {size}" for why, count in found if count]
        if said:
            reason = next(why for why, count in found if count)
            faults.append(
                (part.number, BadMessage(reason, f"{part.block.quantity}: {'; '.join(said)}"))
            )
    return ~bad


def _convert(parts: Sequence[_Part], sizes: NDArray[np.int64], value: NDArray[np.float64]) -> None:
    """Brings values to their series' unit, in place."""
    if all(part.block.unit == part.series.unit for part in parts):
        return
    ends = np.cumsum(sizes).tolist()
    for part, size, end in zip(parts, sizes.tolist(), ends, strict=True):
        if part.block.unit != part.series.unit:
            with np.errstate(over="ignore"):  # what becomes infinite is refused
                mine = value[end - size : end] * part.unit.scale + part.unit.offset
            value[end - size : end] = mine


def _possible(part: _Part) -> tuple[float, float]:
    known = quantity(part.series.quantity)
    return (known.low, known.high) if known.unit == part.series.unit else (-np.inf, np.inf)
