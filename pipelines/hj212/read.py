"""Owns reading a station's raw frames into blocks of readings, for the readings stage.

It says what was sent, not whether it is registered: an unknown code keeps its own name and is
refused by the stage as an unknown quantity, beside which the message's other values stand.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.errors import BadMessage
from pipelines.hj212.codes import known_codes
from pipelines.hj212.content import Record, number, records
from pipelines.hj212.frame import Fault, Framer
from pipelines.hj212.heading import Heading, parse_heading
from pipelines.readings.message import Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A kind of data message: the field that is judged, and what its quantities are called.

    A minute's, hour's or day's mean is no reading and must not stand among readings, where it
    would be averaged again and weigh as much as a moment: it is a quantity of its own (``ph_hour``)
    that needs a series of its own, and is refused visibly where none is registered.
    """

    field: str
    suffix: str


UPLOADS = {
    "2011": Upload(field="Rtd", suffix=""),
    "2051": Upload(field="Avg", suffix="_minute"),
    "2061": Upload(field="Avg", suffix="_hour"),
    "2031": Upload(field="Avg", suffix="_day"),
}
"""By command: real time, minutes, hours, days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationMessage:
    """What a station sends at once.

    Attributes:
        mn: the station's number, to be found in the registry.
        seq: the QN as a number; a message sent again has it again.
        blocks: values by quantity and flag; a value that the station has not is None.
    """

    mn: str
    seq: int
    blocks: tuple[Block, ...]


def read(raw: bytes) -> StationMessage:
    """Reads one frame, or all packets of a split message one behind the other.

    Raises:
        BadMessage: a fault of ``frame.Framer``, ``no_frame``, ``bad_heading``, ``mixed_frames``,
            ``unsupported_command``, ``incomplete_packets``, ``bad_content``, ``contradiction``.
    """
    headings = [parse_heading(data) for data in _segments(raw)]
    first = headings[0]
    what = {(heading.mn, heading.qn, heading.cn, heading.pnum) for heading in headings}
    if len(what) > 1:
        raise BadMessage("mixed_frames", f"frames of {len(what)} messages in one")
    upload = UPLOADS.get(first.cn)
    if upload is None:
        raise BadMessage("unsupported_command", f"CN={first.cn} holds no readings")
    content = records(_in_order(headings))
    return StationMessage(mn=first.mn, seq=int(first.qn), blocks=_blocks(content, upload))


def _segments(raw: bytes) -> list[bytes]:
    framer = Framer()
    things = framer.feed(raw) + framer.finish()
    for thing in things:
        if isinstance(thing, Fault):
            raise BadMessage(thing.reason, f"{len(thing.raw)} bytes that are no frame")
    if not things:
        raise BadMessage("no_frame", "the message is empty")
    return [thing.data for thing in things if not isinstance(thing, Fault)]


def _in_order(headings: list[Heading]) -> list[str]:
    packets: dict[int, str] = {}
    for heading in headings:
        if packets.setdefault(heading.pno, heading.content) != heading.content:
            raise BadMessage("contradiction", f"packet {heading.pno} came twice and differs")
    missing = headings[0].pnum - len(packets)
    if missing:
        raise BadMessage("incomplete_packets", f"{missing} of {headings[0].pnum} packets missing")
    return [packets[pno] for pno in sorted(packets)]


def _blocks(content: dict[tuple[int, str], Record], upload: Upload) -> tuple[Block, ...]:
    codes = known_codes()
    blocks: dict[tuple[str, str], Block] = {}
    for (time_ms, name), record in content.items():
        code = codes.get(name)
        quantity = (code.quantity if code else name) + upload.suffix
        flag = record.get("Flag", "N")
        block = blocks.get((quantity, flag))
        if block is None:
            unit = code.unit if code else ""
            block = Block(quantity=quantity, unit=unit, t=[], v=[], flag=flag)
            blocks[quantity, flag] = block
        block.t.append(time_ms)
        block.v.append(number(record.get(upload.field)))
    return tuple(blocks.values())
