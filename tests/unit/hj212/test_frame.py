"""Frames in a stream of bytes: the standard's own example, chopping, garbage, lying lengths."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.hj212.crc import crc16
from pipelines.hj212.frame import MOST_DATA, Fault, Frame, Framer, encode

EXAMPLE = (
    b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;"
    b"Flag=5;CP=&&RtdInterval=30&&1C80\r\n"
)
GOOD = encode(b"QN=1;CP=&&&&")
OTHER = encode(b"QN=2;CP=&&&&")


def told(stream: bytes, *, cuts: tuple[int, ...] = ()) -> list[str]:
    """What a framer says of a stream: ``frame`` or the fault's reason, in order."""
    return [
        thing.reason if isinstance(thing, Fault) else "frame" for thing in things(stream, *cuts)
    ]


def things(stream: bytes, *cuts: int) -> list[Frame | Fault]:
    framer = Framer()
    edges = [0, *sorted(cuts), len(stream)]
    found: list[Frame | Fault] = []
    for start, end in pairwise(edges):
        found += framer.feed(stream[start:end])
    return found + framer.finish()


def test_checksum_of_the_standards_example() -> None:
    """Vector of the domain fact sheet, part E; Modbus's checksum would be 0759."""
    data = EXAMPLE[6:-6]
    assert len(data) == 101
    assert crc16(data) == 0x1C80
    assert encode(data) == EXAMPLE
    assert things(EXAMPLE) == [Frame(raw=EXAMPLE)]


STREAMS = {
    "one": (GOOD, ["frame"]),
    "two in one read": (GOOD + OTHER, ["frame", "frame"]),
    "checksum in small letters": (EXAMPLE[:-6] + b"1c80\r\n", ["frame"]),
    "no data": (encode(b""), ["frame"]),
    "as long as may be": (encode(b"x" * MOST_DATA), ["frame"]),
    "longer than may be": (b"##1025" + b"x" * 1025 + b"0000\r\n", ["bad_length"]),
    "length in letters": (b"##01o1" + EXAMPLE[6:], ["bad_length"]),
    "length with a sign": (b"##+101" + EXAMPLE[6:], ["bad_length"]),
    "wrong checksum": (EXAMPLE[:-6] + b"0759\r\n" + GOOD, ["wrong_crc", "frame"]),
    "no line end": (EXAMPLE[:-2] + GOOD, ["missing_end", "frame"]),
    "half a line end": (EXAMPLE[:-1] + GOOD, ["missing_end", "frame"]),
    "cut off": (EXAMPLE[:50], ["incomplete_frame"]),
    "cut off, then sent again": (EXAMPLE[:50] + EXAMPLE, ["missing_end", "frame"]),
    "garbage before": (b"hello\x00" + GOOD, ["garbage", "frame"]),
    "garbage between": (GOOD + b"#\r\n#" + OTHER, ["frame", "garbage", "frame"]),
    "garbage behind": (GOOD + b"bye", ["frame", "garbage"]),
    "a third hash": (b"#" + GOOD, ["garbage", "frame"]),
    "a lying length hides a good frame": (b"##0999" + GOOD, ["incomplete_frame", "frame"]),
    "a lone hash": (b"#", ["garbage"]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize(("stream", "expected"), STREAMS.values(), ids=STREAMS.keys())
def test_streams(stream: bytes, expected: list[str]) -> None:
    """Each fault has one reason, and what lies behind it is found."""
    assert told(stream) == expected


@pytest.mark.parametrize(("stream", "expected"), STREAMS.values(), ids=STREAMS.keys())
def test_byte_by_byte_says_the_same(stream: bytes, expected: list[str]) -> None:
    """The slowest sender there is."""
    assert told(stream, cuts=tuple(range(len(stream)))) == expected


def test_a_corrupt_frame_is_kept_whole() -> None:
    """Its bytes are what the dead letter shows."""
    corrupt = EXAMPLE.replace(b"RtdInterval=30", b"RtdInterval=31")
    assert things(corrupt) == [Fault(reason="wrong_crc", raw=corrupt)]


def test_more_than_1024_bytes_are_no_frame() -> None:
    """The standard's bound; longer messages are split."""
    with pytest.raises(ValueError, match="1025 bytes"):
        encode(b"x" * 1025)


pieces = st.one_of(
    st.binary(max_size=30),
    st.binary(max_size=60).map(encode),
    st.sampled_from([b"#", b"##", b"##0012", b"##9999", b"##0000", b"\r\n", EXAMPLE[:-3]]),
)
streams = st.lists(pieces, max_size=12).map(b"".join)


@given(st.binary(max_size=MOST_DATA))
def test_encode_and_back(data: bytes) -> None:
    """Any data segment survives its frame."""
    (frame,) = things(encode(data))
    assert isinstance(frame, Frame)
    assert frame.data == data


@given(streams, st.lists(st.integers(0, 600), max_size=20))
@example(b"##" + GOOD, [1])
def test_chopping_changes_nothing(stream: bytes, cuts: list[int]) -> None:
    """However a stream is cut into reads, frames and faults are the same."""
    inside = (cut for cut in cuts if cut < len(stream))
    assert things(stream, *inside) == things(stream)


@given(st.lists(st.tuples(st.binary(max_size=80), st.binary(max_size=80)), max_size=8))
def test_every_frame_among_noise_is_found(parts: list[tuple[bytes, bytes]]) -> None:
    """Random bytes before each frame hide none of them, whatever length they pretend to have."""
    stream = b"".join(noise + encode(data) for noise, data in parts)
    found = [thing.data for thing in things(stream) if isinstance(thing, Frame)]
    wanted = iter(found)
    assert all(data in wanted for _, data in parts)  # in order; noise may hold a frame of its own


@given(st.binary(max_size=3000))
def test_noise_never_piles_up(noise: bytes) -> None:
    """The framer holds less than a frame and says of every stretch of noise that it is noise."""
    framer = Framer()
    faults = framer.feed(noise)
    assert len(framer._buffer) < 6 + MOST_DATA + 6
    faults += framer.finish()
    assert not framer.pending
    assert bool(faults) == bool(noise)
    assert all(len(fault.raw) <= 6 + MOST_DATA + 6 for fault in faults)
