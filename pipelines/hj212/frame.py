"""Owns cutting a stream of bytes into frames, however it is chopped and whatever lies between.

    ## + four decimal digits of length + data (at most 1024 bytes) + four hex digits of CRC + CRLF

It knows no message: what the data say is ``heading.py``'s business.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.hj212.crc import crc16

START = b"##"
END = b"\r\n"
HEAD_BYTES = 6
TAIL_BYTES = 6
MOST_DATA = 1024
MOST_EXCERPT = HEAD_BYTES + MOST_DATA + TAIL_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A well-formed frame: its bytes as they came, and the data segment within."""

    raw: bytes

    @property
    def data(self) -> bytes:
        """The data segment."""
        return self.raw[HEAD_BYTES:-TAIL_BYTES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Bytes that are no frame.

    Attributes:
        reason: ``garbage`` (no frame begins here), ``bad_length``, ``missing_end``, ``wrong_crc``
            or ``incomplete_frame``.
        raw: the bytes, no more than a frame can have; with ``wrong_crc`` the whole frame.
    """

    reason: str
    raw: bytes


def encode(data: bytes) -> bytes:
    """The frame that carries ``data``.

    Raises:
        ValueError: more than 1024 bytes; split it into packets.
    """
    if len(data) > MOST_DATA:
        raise ValueError(f"{len(data)} bytes of data, a frame may have {MOST_DATA}")
    return b"##%04d%b%04X\r\n" % (len(data), data, crc16(data))


class Framer:
    """Takes chunks, gives frames and faults; what it gives does not depend on the chunks' borders.

    After anything wrong it looks for the next ``##`` from the very next byte on, so that a lying
    length cannot swallow a good frame behind it. It holds at most one frame and one chunk.

    Attributes:
        unusable: bytes dropped since the last good frame.
    """

    def __init__(self) -> None:
        self.unusable = 0
        self._buffer = bytearray()
        self._garbage = bytearray()
        self._spoilt = False  # what follows a bad head belongs to it and is no fault of its own

    @property
    def pending(self) -> bool:
        """Whether a frame has begun that has not ended."""
        return bool(self._buffer)

    def feed(self, chunk: bytes) -> list[Frame | Fault]:
        """What the stream holds up to here."""
        self._buffer += chunk
        found: list[Frame | Fault] = []
        while (thing := self._next()) is not None:
            found.append(thing)
        return found

    def finish(self) -> list[Frame | Fault]:
        """The stream is at its end: what began is a fault, frames hidden in it are found."""
        found = self.feed(b"")
        while len(self._buffer) >= len(START):
            if self._garbage:
                found.append(self._garbage_fault())
            found.append(self._refused("incomplete_frame", len(self._buffer)))
            found += self.feed(b"")
        self._skip(len(self._buffer))
        if self._garbage:
            found.append(self._garbage_fault())
        self._spoilt = False
        return found

    def _next(self) -> Frame | Fault | None:
        start = self._buffer.find(START)
        if start < 0:
            self._skip(len(self._buffer) - self._buffer.endswith(b"#"))
            return None
        while self._buffer[start + 2 : start + 3] == b"#":  # a digit follows a head's two
            start += 1
        self._skip(start)
        if len(self._buffer) == len(START):
            return None
        if self._garbage:
            return self._garbage_fault()
        if len(self._buffer) < HEAD_BYTES:
            return None
        digits = bytes(self._buffer[len(START) : HEAD_BYTES])
        if not digits.isdigit() or int(digits) > MOST_DATA:
            return self._refused("bad_length", HEAD_BYTES)
        return self._whole(HEAD_BYTES + int(digits) + TAIL_BYTES)

    def _whole(self, size: int) -> Frame | Fault | None:
        if len(self._buffer) < size:
            return None
        frame = Frame(raw=bytes(self._buffer[:size]))
        if not frame.raw.endswith(END):
            return self._refused("missing_end", size)
        if frame.raw[-TAIL_BYTES : -len(END)].upper() != b"%04X" % crc16(frame.data):
            return self._refused("wrong_crc", size)
        del self._buffer[:size]
        self.unusable = 0
        self._spoilt = False
        return frame

    def _refused(self, reason: str, size: int) -> Fault:
        fault = Fault(reason=reason, raw=bytes(self._buffer[:size]))
        self._spoilt = True
        self._skip(1)
        return fault

    def _skip(self, size: int) -> None:
        if not self._spoilt:
            self._garbage += self._buffer[: min(size, MOST_EXCERPT - len(self._garbage))]
        self.unusable += size
        del self._buffer[:size]

    def _garbage_fault(self) -> Fault:
        fault = Fault(reason="garbage", raw=bytes(self._garbage))
        self._garbage.clear()
        return fault
