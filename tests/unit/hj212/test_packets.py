"""Split messages: completed, repeated, one by one, too many, never completed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.hj212.frame import encode
from pipelines.hj212.heading import Heading, parse_heading
from pipelines.hj212.packets import MOST_OPEN_OF_STATION, MOST_PACKETS, Packets


def packet(pno: int, *, pnum: int = 3, qn: int = 0, mn: str = "A", text: str = "") -> bytes:
    return encode(
        f"QN=20260301080500{qn:03d};ST=32;CN=2011;PW=1;MN={mn};Flag=7;PNUM={pnum};PNO={pno};"
        f"CP=&&{text}&&".encode()
    )


def heading(raw: bytes) -> Heading:
    return parse_heading(raw[6:-6])


def add(packets: Packets, raw: bytes, now_s: float = 0.0) -> str:
    return packets.add(heading(raw), raw, "site", now_s=now_s)


@given(st.permutations([1, 2, 3]))
def test_whole_in_any_order(order: list[int]) -> None:
    """The whole is the frames in their order, and a packet sent again is known from then on."""
    packets = Packets()
    said = [add(packets, packet(pno)) for pno in order]
    assert said == ["held", "held", "whole"]
    pieces = packets.pieces(heading(packet(1)))
    assert pieces.raw == packet(1) + packet(2) + packet(3)
    assert pieces.asked == {1, 2, 3}
    packets.finished(pieces)
    assert [add(packets, packet(pno)) for pno in order] == ["known"] * 3
    assert packets.overdue(1e9) == []


def test_a_whole_that_the_log_did_not_take_is_tried_again() -> None:
    """Without ``finished`` any packet sent again completes it again."""
    packets = Packets()
    assert [add(packets, packet(pno)) for pno in (1, 2, 3, 2)] == ["held", "held", "whole", "whole"]


def test_a_station_that_waits_for_each_answer() -> None:
    """It repeats the first packet, and from then on each goes alone, the last with the whole."""
    packets = Packets()
    assert add(packets, packet(1)) == "held"
    assert add(packets, packet(1)) == "alone"
    assert add(packets, packet(1)) == "alone"  # the log did not take it
    packets.put_alone(heading(packet(1)), packet(1))
    assert add(packets, packet(1)) == "known"
    assert add(packets, packet(2)) == "alone"
    packets.put_alone(heading(packet(2)), packet(2))
    assert add(packets, packet(3)) == "whole"
    pieces = packets.pieces(heading(packet(3)))
    assert (pieces.asked - pieces.alone, pieces.raw) == ({3}, packet(1) + packet(2) + packet(3))
    packets.finished(pieces)
    assert add(packets, packet(1, qn=1)) == "alone"  # its next message needs no repetition


def test_a_packet_that_contradicts_is_kept_apart() -> None:
    """It neither replaces what is held nor counts towards the whole."""
    packets = Packets()
    assert add(packets, packet(1)) == "held"
    assert add(packets, packet(1, text="other")) == "alone"
    assert add(packets, packet(2, pnum=2)) == "alone"
    assert packets.pieces(heading(packet(1))).frames == {1: packet(1)}


def test_one_station_cannot_fill_the_room() -> None:
    """The bound is a station's own; another's message still finds room."""
    packets = Packets()
    opened = [add(packets, packet(1, qn=qn)) for qn in range(MOST_OPEN_OF_STATION + 1)]
    assert opened == ["held"] * MOST_OPEN_OF_STATION + ["full"]
    assert add(packets, packet(1, mn="B")) == "held"
    assert add(packets, packet(2, qn=0)) == "held"  # what is open may be completed
    assert add(packets, packet(1, pnum=MOST_PACKETS + 1, mn="C")) == "alone"


def test_what_is_never_completed_is_overdue() -> None:
    """From its first packet on, however many come later."""
    packets = Packets(wait_s=60)
    add(packets, packet(1), now_s=0)
    add(packets, packet(2), now_s=59)
    add(packets, packet(1, qn=1), now_s=59)
    assert packets.overdue(59.9) == []
    (late,) = packets.overdue(60)
    assert late.raw == packet(1) + packet(2)
    packets.given_up(late)
    assert packets.overdue(60) == []
    assert add(packets, packet(1), now_s=61) == "held"  # it may begin anew
