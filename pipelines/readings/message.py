"""Owns the message ``vigil.readings.v1``: what a device's JSON or MessagePack must say.

    {"device": "pool-1-probe", "seq": 17,
     "series": [{"quantity": "free_chlorine", "unit": "mg/L",
                 "t": [1764000000000, ...], "v": [0.52, ...], "flag": "N"}]}

``t`` are epoch milliseconds UTC, ``v`` numbers, ``flag`` one of HJ 212-2017's letters for the
whole block (N when left out). MessagePack has the same keys; both may be gzipped.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.types import Flag, Readings, Series
from pipelines.errors import BadMessage

FLAGS = {
    "N": Flag.NORMAL,
    "F": Flag.MAINTENANCE,
    "M": Flag.MAINTENANCE,
    "S": Flag.MAINTENANCE,
    "C": Flag.MAINTENANCE,
    "D": Flag.FAULT,
    "T": Flag.FAULT,
    "B": Flag.FAULT,
}
"""HJ 212-2017: normal, stopped, maintenance, manual, calibrating, fault, over range, comms."""

MOST_UNPACKED = 4_000_000  # bytes of gzip's content: some 100 MB as Python lists, the worst case
GZIP_BITS = 16 + zlib.MAX_WBITS
GZIP_MAGIC = b"\x1f\x8b"
FIXMAP, MAPS = 0x8, (0xDE, 0xDF)  # MessagePack's fixmap (upper half byte), map 16 and map 32
REFUSED = "refused/"

Shape = TypeVar("Shape", bound=msgspec.Struct)

EARLIEST_MS = 1_262_304_000_000  # 2010: a device that says less has lost its clock


class Block(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Values of one quantity."""

    quantity: str
    unit: str
    t: list[int]
    v: list[float | None]
    flag: str = "N"


class DeviceMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one device sends at once."""

    device: str
    seq: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]  # what the database can hold
    series: list[Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A message's good rows, and what was wrong with the others."""

    readings: Readings
    faults: tuple[BadMessage, ...]


class _Sender(msgspec.Struct, frozen=True):
    device: str


def parse(raw: bytes, wire: str = "json") -> DeviceMessage:
    """Reads a message.

    Args:
        wire: ``json`` or ``msgpack``, either with ``+gzip``; ``refused/REASON`` is what a gateway
            kept although it had refused it, so that it becomes a dead letter with that reason.

    Raises:
        BadMessage: ``not_json``, ``not_msgpack``, ``not_gzip``, ``too_large_unpacked``,
            ``wrong_shape``, ``unknown_wire``, or a gateway's REASON.
    """
    return _decode(raw, wire, DeviceMessage)


def device_of(raw: bytes, wire: str) -> str | None:
    """Whose message it says it is; None where it cannot be read, which the stage will say."""
    try:
        return _decode(raw, wire, _Sender).device
    except BadMessage:
        return None


def sniff(raw: bytes) -> str:
    """How bytes that nobody described are to be read, told by how they begin."""
    if raw[:2] != GZIP_MAGIC:
        return _form(raw)
    try:
        return _form(zlib.decompressobj(GZIP_BITS).decompress(raw, 1)) + "+gzip"
    except zlib.error:
        return "json+gzip"


def _form(plain: bytes) -> str:
    # A message is a map: in MessagePack 0x80 to 0x8f, 0xde or 0xdf; no JSON begins so.
    return "msgpack" if plain and (plain[0] >> 4 == FIXMAP or plain[0] in MAPS) else "json"


def _decode(raw: bytes, wire: str, kind: type[Shape]) -> Shape:
    if wire.startswith(REFUSED):
        raise BadMessage(wire.removeprefix(REFUSED), "the gateway refused it and kept its bytes")
    form, _, packing = wire.partition("+")
    if form not in ("json", "msgpack") or packing not in ("", "gzip"):
        raise BadMessage("unknown_wire", f"{wire!r} is not json or msgpack, or either with +gzip")
    plain = _unpacked(raw) if packing else raw
    try:
        if form == "json":
            return msgspec.json.decode(plain, type=kind)
        return msgspec.msgpack.decode(plain, type=kind)
    except msgspec.ValidationError as error:
        raise BadMessage("wrong_shape", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(f"not_{form}", str(error)) from error


def _unpacked(raw: bytes) -> bytes:
    """A gzip file's content, never more than ``MOST_UNPACKED`` bytes of it in memory."""
    member = zlib.decompressobj(GZIP_BITS)
    try:
        plain = member.decompress(raw, MOST_UNPACKED + 1)
    except zlib.error as error:
        raise BadMessage("not_gzip", str(error)) from error
    if len(plain) > MOST_UNPACKED:
        raise BadMessage("too_large_unpacked", f"more than {MOST_UNPACKED} bytes unpacked")
    if not member.eof:
        raise BadMessage("not_gzip", "cut off")
    if member.unused_data:
        raise BadMessage("not_gzip", "something follows the end: a message is one gzip member")
    return plain


def columns(message: DeviceMessage, known: Mapping[str, Series], *, latest_ms: int) -> Parsed:
    """Turns a message into columns; blocks and rows that cannot be judged become faults.

    Args:
        known: the device's series by quantity.
        latest_ms: a reading after this lies in the future.
    """
    parts: list[Readings] = []
    faults: list[BadMessage] = []
    for block in message.series:
        try:
            rows, fault = _block(block, known, latest_ms)
        except BadMessage as error:
            faults.append(error)
            continue
        parts.append(rows)
        if fault is not None:
            faults.append(fault)
    return Parsed(readings=Readings.concat(parts), faults=tuple(faults))


def _block(
    block: Block, known: Mapping[str, Series], latest_ms: int
) -> tuple[Readings, BadMessage | None]:
    series = known.get(block.quantity)
    if series is None:
        raise BadMessage("unknown_quantity", f"{block.quantity} is not registered for the device")
    if block.unit != series.unit:
        raise BadMessage(
            "wrong_unit", f"{block.quantity} came in {block.unit}, registered in {series.unit}"
        )
    if block.flag not in FLAGS:
        raise BadMessage("unknown_flag", f"flag {block.flag!r} of {block.quantity}")
    if len(block.t) != len(block.v):
        raise BadMessage("wrong_shape", f"{len(block.t)} times for {len(block.v)} values")
    try:
        time_ms = np.array(block.t, np.int64)
    except OverflowError as error:
        raise BadMessage("absurd_time", str(error)) from error
    value = np.array(block.v, np.float64)  # None becomes NaN
    fault, good = _judge_rows(block.quantity, time_ms, value, latest_ms)
    readings = Readings(
        time_ms=time_ms,
        series=np.full(len(value), series.series_id, np.int32),
        value=value,
        flag=np.full(len(value), FLAGS[block.flag], np.uint8),
    )
    return (readings if fault is None else readings.where(good)), fault


def _judge_rows(
    quantity: str, time_ms: NDArray[np.int64], value: NDArray[np.float64], latest_ms: int
) -> tuple[BadMessage | None, NDArray[np.bool_]]:
    checks = (
        ("not_a_number", ~np.isfinite(value)),
        ("in_the_future", time_ms > latest_ms),
        ("absurd_time", time_ms < EARLIEST_MS),
    )
    bad = np.zeros(len(value), np.bool_)
    said: list[str] = []
    for reason, wrong in checks:
        if wrong.any():
            said.append(f"{reason}: {int(wrong.sum())} of {len(value)}")
            bad |= wrong
    if not said:
        return None, ~bad
    reason = next(name for name, wrong in checks if wrong.any())
    return BadMessage(reason, f"{quantity}: {'; '.join(said)}"), ~bad
