"""What a station's message says: heading, content, code table, means apart from readings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.types import OpeningHours, Series
from pipelines.errors import BadMessage
from pipelines.hj212 import StationMessage, read
from pipelines.hj212.codes import known_codes
from pipelines.hj212.content import number
from pipelines.hj212.frame import encode
from pipelines.hj212.heading import parse_heading
from pipelines.hj212.moment import digits_of, epoch_ms
from pipelines.hj212.station import upload
from pipelines.readings.message import FLAGS, Block, DeviceMessage, columns

QN = "20260301080500123"
AT_MS = 1_772_323_500_000  # 2026-03-01 08:05:00 in Beijing
HEAD = f"QN={QN};ST=32;CN=2011;PW=123456;MN=POOL1;Flag=5;"


def message(content: str, head: str = HEAD) -> bytes:
    return encode(f"{head}CP=&&{content}&&".encode())


def blocks(content: str, head: str = HEAD) -> list[tuple[str, str, list[float | None], str]]:
    return [(b.quantity, b.unit, b.v, b.flag) for b in read(message(content, head)).blocks]


def test_a_real_time_message() -> None:
    """CN 2011: Rtd, times in Beijing, the QN as the number by which it is told apart."""
    said = read(message("DataTime=20260301080500;w01001-Rtd=7.2,w01001-Flag=N"))
    block = Block(quantity="ph", unit="pH", t=[AT_MS], v=[7.2], flag="N")
    assert said == StationMessage(mn="POOL1", seq=20260301080500123, blocks=(block,))
    assert said.seq < 2**63  # what the database can hold


CONTENTS = {
    "several codes": (
        "DataTime=20260301080500;w01001-Rtd=7.2,w01001-Flag=N;w01010-Rtd=26.5,w01010-Flag=D",
        [("ph", "pH", [7.2], "N"), ("water_temperature", "°C", [26.5], "D")],
    ),
    "no flag is normal": ("DataTime=20260301080500;w01001-Rtd=7", [("ph", "pH", [7.0], "N")]),
    "an empty value": ("DataTime=20260301080500;w01001-Rtd=", [("ph", "pH", [None], "N")]),
    "a dash": ("DataTime=20260301080500;w01001-Rtd=-", [("ph", "pH", [None], "N")]),
    "not a number": ("DataTime=20260301080500;w01001-Rtd=NaN", [("ph", "pH", [None], "N")]),
    "only a flag": ("DataTime=20260301080500;w01001-Flag=F", [("ph", "pH", [None], "F")]),
    "semicolons for commas": (
        "DataTime=20260301080500;w01001-Rtd=7;w01001-Flag=M;", [("ph", "pH", [7.0], "M")],
    ),
    "two moments": (
        "DataTime=20260301080500;w01001-Rtd=7;DataTime=20260301080600;w01001-Rtd=8",
        [("ph", "pH", [7.0, 8.0], "N")],
    ),
    "other fields are passed over": (
        "DataTime=20260301080500;Restart=1;w01001-SampleTime=20260301,w01001-Rtd=7,w01001-EFlag=A",
        [("ph", "pH", [7.0], "N")],
    ),
    "unknown code and flag are left to the stage": (
        "DataTime=20260301080500;w99999-Rtd=1,w99999-Flag=X", [("w99999", "", [1.0], "X")],
    ),
    "free chlorine by the standard's code and ours": (
        "DataTime=20260301080500;w21025-Rtd=0.5;vg0003-Rtd=0.9",
        [("free_chlorine", "mg/L", [0.5], "N"), ("total_chlorine", "mg/L", [0.9], "N")],
    ),
    "nothing": ("", []),
}  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), CONTENTS.values(), ids=CONTENTS.keys())
def test_contents(content: str, expected: list[tuple[str, str, list[float | None], str]]) -> None:
    """OFF-13: readings with their data flag; nothing is dropped on the way to the stage."""
    assert blocks(content) == expected


MEANS = {"2051": "ph_minute", "2061": "ph_hour", "2031": "ph_day"}


@pytest.mark.parametrize(("cn", "quantity"), MEANS.items())
def test_means_are_no_readings(cn: str, quantity: str) -> None:
    """A mean of an hour has a series of its own, and is refused where none is registered."""
    content = "DataTime=20260301080500;w01001-Min=6,w01001-Avg=7,w01001-Max=9,w01001-Flag=N"
    head = HEAD.replace("2011", cn)
    assert blocks(content, head) == [(quantity, "pH", [7.0], "N")]
    ph = Series(
        series_id=1, device_id="d", party_id="p", site_id="s", site_kind="pool", place="main",
        quantity="ph", unit="pH", interval_s=60, resolution=0.01, hours=OpeningHours.daily(0, 1440),
    )  # fmt: skip
    said = read(message(content, head))
    stage = DeviceMessage(device="d", seq=said.seq, series=list(said.blocks))
    parsed = columns(stage, {"ph": ph}, latest_ms=AT_MS)
    assert len(parsed.readings) == 0
    assert [fault.reason for fault in parsed.faults] == ["unknown_quantity"]


def test_every_flag_of_the_standard_is_known_to_the_stage() -> None:
    """DOMAIN E: N F M S D C T B; only N is judged."""
    for flag in "NFMSDCTB":
        content = f"DataTime=20260301080500;w01001-Rtd=7,w01001-Flag={flag}"
        assert blocks(content) == [("ph", "pH", [7.0], flag)]
        assert flag in FLAGS


def packet(pno: int, content: str, *, pnum: int = 2, qn: str = QN) -> bytes:
    head = HEAD.replace("Flag=5", f"Flag=7;PNUM={pnum};PNO={pno}").replace(QN, qn)
    return message(content, head)


FIRST = packet(1, "DataTime=20260301080500;w01001-Rtd=7")
SECOND = packet(2, "DataTime=20260301080500;w01001-Flag=D;w01003-Rtd=1")


@pytest.mark.parametrize("raw", [FIRST + SECOND, SECOND + FIRST, FIRST + FIRST + SECOND])
def test_packets_are_one_message(raw: bytes) -> None:
    """A flag in a later packet holds for the value in the first: so no packet is read alone."""
    assert [(b.quantity, b.v, b.flag) for b in read(raw).blocks] == [
        ("ph", [7.0], "D"),
        ("turbidity", [1.0], "N"),
    ]


GOOD = message("DataTime=20260301080500;w01001-Rtd=7")
REFUSALS = {
    "nothing": (b"", "no_frame"),
    "noise": (b"\x00\xff", "garbage"),
    "a frame cut off": (GOOD[:40], "incomplete_frame"),
    "a wrong checksum": (GOOD[:-6] + b"0000\r\n", "wrong_crc"),
    "something behind it": (GOOD + b"x", "garbage"),
    "no content": (encode(HEAD.encode()), "bad_heading"),
    "open content": (encode(f"{HEAD}CP=&&DataTime=".encode()), "bad_heading"),
    "no QN": (message("", HEAD.replace("QN", "QX")), "bad_heading"),
    "no such moment": (message("", HEAD.replace("20260301", "20260231")), "bad_heading"),
    "a QN to the second": (message("", HEAD.replace(QN, QN[:14])), "bad_heading"),
    "an MN with a NUL": (message("", HEAD.replace("POOL1", "PO\0L1")), "bad_heading"),
    "a field twice": (message("", HEAD + "CN=2011;"), "bad_heading"),
    "a field without value": (message("", HEAD + "X;"), "bad_heading"),
    "a flag beyond a byte": (message("", HEAD.replace("Flag=5", "Flag=256")), "bad_heading"),
    "packets without numbers": (message("", HEAD.replace("Flag=5", "Flag=7")), "bad_heading"),
    "packet 3 of 2": (packet(3, ""), "bad_heading"),
    "packet 0": (packet(0, ""), "bad_heading"),
    "a packet alone": (FIRST, "incomplete_packets"),
    "the same packet twice": (FIRST + FIRST, "incomplete_packets"),
    "packets of two messages": (FIRST + packet(2, "", qn="20260301080500124"), "mixed_frames"),
    "packets that disagree": (FIRST + packet(1, "") + SECOND, "contradiction"),
    "two messages": (GOOD + message(""), "contradiction"),
    "a heartbeat": (message("", HEAD.replace("2011", "9015")), "unsupported_command"),
    "a value before any time": (message("w01001-Rtd=7"), "bad_content"),
    "an absurd time": (message("DataTime=20261301080500;w01001-Rtd=7"), "bad_content"),
    "a word": (message("DataTime=20260301080500;hello"), "bad_content"),
    "a code with a NUL": (message("DataTime=20260301080500;w\0-Rtd=1"), "bad_content"),
    "two values": (message("DataTime=20260301080500;w01001-Rtd=7,w01001-Rtd=8"), "contradiction"),
}


@pytest.mark.parametrize(("raw", "reason"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refusals(raw: bytes, reason: str) -> None:
    """Everything that cannot be read has one reason of a small set."""
    with pytest.raises(BadMessage) as caught:
        read(raw)
    assert caught.value.reason == reason


@given(st.binary(max_size=300) | st.text(max_size=120).map(lambda t: message(t[:60])))
def test_noise_is_read_or_refused(raw: bytes) -> None:
    """Nothing but BadMessage, whatever comes."""
    try:
        read(raw)
    except BadMessage as error:
        assert error.reason  # noqa: PT017


@given(st.text("0123456789;=,-&.NRtdFlagDataTimew ", max_size=150))
def test_almost_right_content_is_read_or_refused(content: str) -> None:
    """The grammar's own letters in any order."""
    try:
        said = read(message(content))
    except BadMessage:
        return
    assert all(len(block.t) == len(block.v) for block in said.blocks)


values = st.floats(-1e6, 1e6) | st.none()
codes = st.sampled_from(sorted(known_codes()))
readings = st.dictionaries(codes, st.tuples(values, st.sampled_from("NFMSDCTB")), max_size=22)


@given(readings, st.integers(1_262_304_000, 4_102_444_800), st.sampled_from(["2011", *MEANS]))
def test_what_a_station_sends_is_what_is_read(
    sent: dict[str, tuple[float | None, str]], at_s: int, cn: str
) -> None:
    """Round trip through frames, split where they must be."""
    frames = upload(
        mn="POOL1",
        pw="1" * 40,
        at_ms=at_s * 1000,
        cn=cn,
        values={code: value for code, (value, _) in sent.items()},
        flags={code: flag for code, (_, flag) in sent.items()},
    )
    said = read(b"".join(frames))
    suffix = MEANS.get(cn, "ph").removeprefix("ph")
    got = sorted((b.quantity, b.flag, b.unit, t, v) for b in said.blocks
                 for t, v in zip(b.t, b.v, strict=True) if v is not None)  # fmt: skip
    table = known_codes()
    wanted = sorted(
        (table[code].quantity + suffix, flag, table[code].unit, at_s * 1000, value)
        for code, (value, flag) in sent.items() if value is not None
    )  # fmt: skip
    assert got == wanted


@given(st.integers(0, 4_102_444_800_000))
def test_times_and_back(at_ms: int) -> None:
    """Beijing time in digits and back."""
    assert epoch_ms(digits_of(at_ms)) == at_ms


@pytest.mark.parametrize("text", ["1_000", "0x1F", "١", "1e999", "--1", "inf", "1 2", None])
def test_numbers_that_are_none(text: str | None) -> None:
    """What Python would take for a number, or a station for one, and is none."""
    assert number(text) is None


@pytest.mark.parametrize(("flag", "answer"), [(5, 4), (7, 4), (9, 8), (1, 0)])
def test_an_answer_has_the_same_qn_and_version(flag: int, answer: int) -> None:
    """9014 asks for nothing and has no packets; its checksum is its own."""
    head = HEAD.replace("Flag=5", f"Flag={flag};PNUM=2;PNO=1")
    heading = parse_heading(message("", head)[6:-6])
    body = f"QN={QN};ST=91;CN=9014;PW=123456;MN=POOL1;Flag={answer};CP=&&&&"
    assert heading.answer("9014") == encode(body.encode())
