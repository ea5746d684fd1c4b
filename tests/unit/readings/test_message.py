"""Every way in which a readings message can be wrong, and that the good rest of it is kept."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from detectors.types import Flag, OpeningHours, Series
from pipelines.errors import BadMessage
from pipelines.readings.message import EARLIEST_MS, FLAGS, Parsed, columns, parse

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
