"""Every way in which a readings message can be wrong, and that the good rest of it is kept."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.types import Flag, OpeningHours, Series
from pipelines.errors import BadMessage
from pipelines.readings.message import (
    EARLIEST_MS,
    FLAGS,
    MOST_UNPACKED,
    Parsed,
    columns,
    device_of,
    parse,
)

NOW = 1_772_300_000_000
LATEST = NOW + 300_000
HUGE = 10**30


def a_series(quantity: str, unit: str, number: int) -> Series:
    return Series(
        series_id=number, device_id="probe", party_id="p", site_id="s", site_kind="pool",
        place="main", quantity=quantity, unit=unit, interval_s=30, resolution=0.01,
        hours=OpeningHours.daily(0, 1440),
    )  # fmt: skip


KNOWN = {"ph": a_series("ph", "pH", 7), "orp": a_series("orp", "mV", 8)}


def block(**changes: Any) -> dict[str, Any]:
    return {"quantity": "ph", "unit": "pH", "t": [NOW], "v": [7.2], **changes}


def message(*blocks: dict[str, Any], **changes: Any) -> bytes:
    return msgspec.json.encode({"device": "probe", "seq": 1, "series": list(blocks), **changes})


def judged(raw: bytes) -> Parsed:
    return columns(parse(raw), KNOWN, latest_ms=LATEST)


NOT_JSON = {
    "empty": b"",
    "noise": bytes(range(128, 200)),
    "cut off": message(block())[:-9],
    "two documents": message(block()) + b"{}",
    "not UTF-8": b'{"device":"\xff","seq":1,"series":[]}',
    "half a surrogate pair": b'{"device":"\\ud800","seq":1,"series":[]}',
}
WRONG_SHAPE = {
    "a list": b"[]",
    "deeply nested": b"[" * 100_000,
    "null": b"null",
    "no device": b'{"seq":1,"series":[]}',
    "no number": b'{"device":"probe","series":[]}',
    "unknown field": message(block(), battery=80),
    "unknown field in a block": message(block(quality="good")),
    "number as text": message(block(v=["7.2"])),
    "time as a fraction": message(block(t=[NOW + 0.5])),
    "time as text": message(block(t=["2026-03-01"])),
    "sequence below zero": message(seq=-1),
    "sequence beyond the database": message(seq=2**63),
    "sequence beyond everything": f'{{"device":"d","seq":{HUGE},"series":[]}}'.encode(),
    "value beyond a double": message(block()).replace(b"7.2", b"1e999"),
    "value of 400 digits": message(block()).replace(b"7.2", b"9" * 400),
}


@pytest.mark.parametrize("raw", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_not_json(raw: bytes) -> None:
    with pytest.raises(BadMessage) as refused:
        parse(raw)
    assert refused.value.reason == "not_json"


@pytest.mark.parametrize("raw", WRONG_SHAPE.values(), ids=WRONG_SHAPE.keys())
def test_wrong_shape(raw: bytes) -> None:
    with pytest.raises(BadMessage) as refused:
        parse(raw)
    assert refused.value.reason == "wrong_shape"


def packed(*blocks: dict[str, Any], **changes: Any) -> bytes:
    return msgspec.msgpack.encode({"device": "probe", "seq": 1, "series": list(blocks), **changes})


MSGPACK = {
    "empty": (b"", "not_msgpack"),
    "cut off": (packed(block())[:-3], "not_msgpack"),
    "two documents": (packed(block()) + b"\x80", "not_msgpack"),
    "a byte nobody uses": (b"\xc1", "not_msgpack"),
    "a length that is not there": (b"\xdf\xff\xff\xff\xff", "not_msgpack"),
    "not UTF-8": (b"\x81\xa6device\xa1\xff", "not_msgpack"),
    "json": (message(block()), "wrong_shape"),
    "a list": (b"\x90", "wrong_shape"),
    "deeply nested": (b"\x91" * 100_000, "wrong_shape"),
    "no device": (msgspec.msgpack.encode({"seq": 1, "series": []}), "wrong_shape"),
    "unknown field": (packed(block(), battery=80), "wrong_shape"),
    "a time stamp for a time": (
        b"\x83\xa6device\xa1d\xa3seq\xd6\xff\x00\x00\x00\x01",
        "wrong_shape",
    ),
    "bytes for text": (b"\x81\xa6device\xc4\x01d", "wrong_shape"),
    "sequence below zero": (packed(seq=-1), "wrong_shape"),
    "sequence beyond the database": (packed(seq=2**63), "wrong_shape"),
}


@pytest.mark.parametrize(("raw", "reason"), MSGPACK.values(), ids=MSGPACK.keys())
def test_not_msgpack_or_wrong_in_it(raw: bytes, reason: str) -> None:
    with pytest.raises(BadMessage) as refused:
        parse(raw, "msgpack")
    assert refused.value.reason == reason


@pytest.mark.parametrize("packing", ["", "+gzip"])
def test_both_forms_say_the_same_gzipped_or_not(packing: str) -> None:
    blocks = block(t=[NOW, NOW + 1], v=[7.25, None], flag="D")
    forms = {"json": message(blocks), "msgpack": packed(blocks)}
    read = [
        parse(gzip.compress(raw) if packing else raw, form + packing) for form, raw in forms.items()
    ]
    assert read[0] == read[1] == parse(message(blocks))


def test_infinity_in_msgpack_is_not_a_number() -> None:
    found = columns(parse(packed(block(v=[float("inf")])), "msgpack"), KNOWN, latest_ms=LATEST)
    assert [fault.reason for fault in found.faults] == ["not_a_number"]


ZIPPED = gzip.compress(message(block()))
GZIP = {
    "empty": (b"", "not_gzip"),
    "plain": (message(block()), "not_gzip"),
    "cut off": (ZIPPED[:-4], "not_gzip"),
    "wrong check sum": (ZIPPED[:-8] + b"\0" * 8, "not_gzip"),
    "something behind it": (ZIPPED + b"{}", "not_gzip"),
    "a second member": (ZIPPED + ZIPPED, "not_gzip"),
    "thousands of empty members": (gzip.compress(b"") * 40_000, "not_gzip"),
    "packed twice": (gzip.compress(ZIPPED), "not_json"),
    "packed noise": (gzip.compress(b"\xff"), "not_json"),
    "one byte too long": (gzip.compress(b" " * (MOST_UNPACKED + 1)), "too_large_unpacked"),
    "a bomb": (gzip.compress(b" " * 200_000_000, 9), "too_large_unpacked"),
}


@pytest.mark.parametrize(("raw", "reason"), GZIP.values(), ids=GZIP.keys())
def test_wrong_gzip(raw: bytes, reason: str) -> None:
    with pytest.raises(BadMessage) as refused:
        parse(raw, "json+gzip")
    assert refused.value.reason == reason


def test_a_bomb_is_never_unpacked_whole() -> None:
    """200 MB behind 200 kB: no more than the bound, and what it is copied through, is held."""
    bomb = GZIP["a bomb"][0]
    tracemalloc.start()
    with pytest.raises(BadMessage):
        parse(bomb, "msgpack+gzip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MOST_UNPACKED


def test_what_just_fits_is_read() -> None:
    body = message(block())
    body += b" " * (MOST_UNPACKED - len(body))
    assert parse(gzip.compress(body), "json+gzip").device == "probe"


@pytest.mark.parametrize("wire", ["", "xml", "json+br", "json+gzip+gzip", "hj212", "JSON"])
def test_an_unknown_wire_is_refused(wire: str) -> None:
    with pytest.raises(BadMessage) as refused:
        parse(message(block()), wire)
    assert refused.value.reason == "unknown_wire"


def test_what_a_gateway_refused_is_refused_with_its_reason() -> None:
    with pytest.raises(BadMessage) as refused:
        parse(message(block()), "refused/foreign_device")
    assert refused.value.reason == "foreign_device"


SENDERS = {
    "json": (message(), "json", "probe"),
    "msgpack": (packed(), "msgpack", "probe"),
    "gzipped": (gzip.compress(message()), "json+gzip", "probe"),
    "wrong in other things": (b'{"device":"probe","seq":-1,"more":[{}]}', "json", "probe"),
    "the last of two": (b'{"device":"a","device":"b"}', "json", "b"),
    "too deep to pass over": (b'{"device":"a","x":' + b"[" * 100_000, "json", None),
    "not read": (b"noise", "json", None),
    "a number": (b'{"device":7}', "json", None),
}


@pytest.mark.parametrize(("raw", "wire", "device"), SENDERS.values(), ids=SENDERS.keys())
def test_whose_message_it_says_it_is(raw: bytes, wire: str, device: str | None) -> None:
    assert device_of(raw, wire) == device


BLOCKS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown quantity": (block(quantity="chlorophyll"), "unknown_quantity"),
    "empty quantity": (block(quantity=""), "unknown_quantity"),
    "wrong unit": (block(unit="mg/L"), "wrong_unit"),
    "unit in other letters": (block(unit="ph"), "wrong_unit"),
    "unknown flag": (block(flag="X"), "unknown_flag"),
    "flag in small letters": (block(flag="n"), "unknown_flag"),
    "more times than values": (block(t=[NOW, NOW + 1]), "wrong_shape"),
    "more values than times": (block(v=[7.1, 7.2]), "wrong_shape"),
    "time overflows 64 bits": (block(t=[2**63]), "absurd_time"),
    "null": (block(v=[None]), "not_a_number"),
    "in the future": (block(t=[LATEST + 1]), "in_the_future"),
    "before 2010": (block(t=[EARLIEST_MS - 1]), "absurd_time"),
    "before 1970": (block(t=[-1]), "absurd_time"),
    "seconds taken for milliseconds": (block(t=[NOW // 1000]), "absurd_time"),
}


@pytest.mark.parametrize(("bad", "reason"), BLOCKS.values(), ids=BLOCKS.keys())
def test_a_bad_block_is_refused_and_the_good_one_kept(bad: dict[str, Any], reason: str) -> None:
    found = judged(message(bad, block(quantity="orp", unit="mV", v=[730])))
    assert [fault.reason for fault in found.faults] == [reason]
    assert found.readings.series.tolist() == [8]
    assert found.readings.value.tolist() == [730.0]


def test_time_beyond_any_integer_is_refused() -> None:
    raw = message(block()).replace(str(NOW).encode(), str(HUGE).encode())
    assert [fault.reason for fault in judged(raw).faults] == ["absurd_time"]


def test_bad_rows_of_a_block_are_left_out_and_counted() -> None:
    times = [NOW, NOW + 1, LATEST + 1, EARLIEST_MS - 1]
    found = judged(message(block(t=times, v=[7.1, None, 7.3, 7.4])))
    assert found.readings.time_ms.tolist() == [NOW]
    assert [fault.reason for fault in found.faults] == ["not_a_number"]
    for said in ("not_a_number: 1 of 4", "in_the_future: 1 of 4", "absurd_time: 1 of 4"):
        assert said in found.faults[0].detail


@pytest.mark.parametrize("edge", [EARLIEST_MS, NOW, LATEST])
def test_moments_at_the_edge_are_good(edge: int) -> None:
    found = judged(message(block(t=[edge])))
    assert found.faults == ()
    assert found.readings.time_ms.tolist() == [edge]


@pytest.mark.parametrize(("letter", "flag"), FLAGS.items())
def test_letters_of_hj_212_become_flags(letter: str, flag: Flag) -> None:
    found = judged(message(block(flag=letter)))
    assert found.readings.flag.tolist() == [int(flag)]


def test_columns_keep_rows_and_order() -> None:
    found = judged(
        message(
            block(t=[NOW + 5, NOW], v=[1, 2.5]),
            block(quantity="orp", unit="mV", t=[NOW], v=[-3]),
        )
    )
    rows = found.readings
    assert rows.time_ms.tolist() == [NOW + 5, NOW, NOW]
    assert rows.series.tolist() == [7, 7, 8]
    assert rows.value.tolist() == [1.0, 2.5, -3.0]
    assert rows.flag.tolist() == [0, 0, 0]
    assert rows.time_ms.dtype == np.dtype(np.int64)
    assert rows.value.dtype == np.dtype(np.float64)


def test_no_blocks_and_empty_blocks_are_nothing() -> None:
    assert len(judged(message()).readings) == 0
    assert judged(message(block(t=[], v=[]))).faults == ()
