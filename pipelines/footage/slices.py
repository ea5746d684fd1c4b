"""Reads the head of H.264 slices: the numbers by which an encoder counts its own pictures.

Whoever takes pictures out of a stream without encoding it again leaves a hole in these numbers.
Must not decode pictures. Source: ITU-T H.264 (08/2021), 7.3.2.1.1 (SPS), 7.3.3 (slice header),
7.3.1 (NAL unit), D.1.7 (user data).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_START = b"\0\0\1"
_SLICES, _IDR, _SEI, _SPS = {1, 5}, 5, 6, 7
_HIGH = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
_YUV444 = 3
_USER_DATA, _UUID_BYTES = 5, 16
_HEAD_BYTES = 48  # of a slice: what its first numbers take at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How a picture is counted.

    Attributes:
        frame_num: rises by one with each picture that others refer to; 0 at an IDR.
        modulo: where ``frame_num`` begins anew.
        idr: ``idr_pic_id`` of an IDR picture, by which two in a row differ; None for others.
        referred: whether others refer to it.
    """

    frame_num: int
    modulo: int
    idr: int | None
    referred: bool


class SliceReader:
    """Follows one H.264 stream; give it packets in the order of decoding."""

    def __init__(self, extradata: bytes | None) -> None:
        self._length_bytes = 0
        self._frame_bits: int | None = None
        self._plain = True  # one colour plane, whole frames: what cameras send
        data = extradata or b""
        if data[:1] == b"\1" and len(data) > 6:  # noqa: PLR2004  avcC, ISO/IEC 14496-15
            self._length_bytes = (data[4] & 3) + 1
            at = 8
            self._take_sps(data[at : at + int.from_bytes(data[6:8], "big")])
        else:
            for unit in self.units(data):
                self._take_sps(unit)

    def units(self, packet: bytes) -> Iterator[bytes]:
        """The NAL units of a packet, length-prefixed or Annex B."""
        if self._length_bytes:
            at = 0
            while at + self._length_bytes < len(packet):
                begin = at + self._length_bytes
                at = begin + int.from_bytes(packet[at:begin], "big")
                yield packet[begin:at]
            return
        at = packet.find(_START)
        while at >= 0:
            after = packet.find(_START, at + 3)
            yield packet[at + 3 : after if after >= 0 else None].rstrip(b"\0")
            at = after

    def read(self, packet: bytes) -> tuple[Counted | None, tuple[str, ...]]:
        """How its picture is counted (None where that cannot be read), and texts it carries."""
        counted, texts = None, list[str]()
        for unit in self.units(packet):
            kind = unit[0] & 0x1F if unit else 0
            if kind == _SPS:
                self._take_sps(unit)
            elif kind == _SEI:
                texts += _user_texts(unit)
            elif kind in _SLICES and counted is None:
                counted = self._slice(unit)
        return counted, tuple(texts)

    def _take_sps(self, unit: bytes) -> None:
        if not unit or unit[0] & 0x1F != _SPS:
            return
        try:
            self._frame_bits, self._plain = _frame_bits(unit)
        except IndexError:
            self._frame_bits = None

    def _slice(self, unit: bytes) -> Counted | None:
        if self._frame_bits is None or not self._plain:
            return None
        bits = _Bits(_unescaped(unit[1 : 1 + _HEAD_BYTES]))
        try:
            for _ in range(3):  # first_mb_in_slice, slice_type, pic_parameter_set_id
                bits.ue()
            frame_num = bits.take(self._frame_bits)
            idr = bits.ue() if unit[0] & 0x1F == _IDR else None
        except IndexError:
            return None
        return Counted(
            frame_num=frame_num, modulo=1 << self._frame_bits, idr=idr,
            referred=bool(unit[0] & 0x60),
        )  # fmt: skip


class _Bits:
    """Reads bits; raises IndexError past the end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> int:
        value = 0
        for _ in range(count):
            byte = self._data[self._at >> 3]
            value = value << 1 | byte >> (7 - (self._at & 7)) & 1
            self._at += 1
        return value

    def ue(self) -> int:
        """An Exp-Golomb number, 9.1."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def se(self) -> int:
        """A signed one, 9.1.1."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def _frame_bits(unit: bytes) -> tuple[int, bool]:
    """Bits of ``frame_num``, and whether slices have only the plain fields before it."""
    bits = _Bits(_unescaped(unit[1:]))
    profile = bits.take(8)
    bits.take(16)
    bits.ue()
    plain = True
    if profile in _HIGH:
        if bits.ue() == _YUV444:
            plain = not bits.take(1)
        bits.ue()
        bits.ue()
        bits.take(1)
        if bits.take(1):  # seq_scaling_matrix_present_flag
            _skip_lists(bits)
    return bits.ue() + 4, plain


def _skip_lists(bits: _Bits) -> None:
    for number in range(8):
        if not bits.take(1):
            continue
        last = next_ = 8
        for _ in range(16 if number < 6 else 64):  # noqa: PLR2004  six lists of 4x4, then 8x8
            next_ = (last + bits.se()) % 256 if next_ else 0
            last = next_ or last


def _unescaped(data: bytes) -> bytes:
    return data.replace(b"\0\0\3", b"\0\0")


def _user_texts(unit: bytes) -> list[str]:
    """Readable texts of unregistered user data, where encoders sign with their name."""
    data, at, texts = _unescaped(unit[1:]), 0, list[str]()
    while at + 2 < len(data):
        kind, at = _counted(data, at)
        size, at = _counted(data, at)
        if kind == _USER_DATA:
            body = data[at + _UUID_BYTES : at + size].split(b"\0")[0]
            if body.isascii() and len(body) > 3:  # noqa: PLR2004
                texts.append(body.decode("ascii"))
        at += size
    return texts


def _counted(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    while at < len(data):
        value += data[at]
        at += 1
        if data[at - 1] != 0xFF:  # noqa: PLR2004
            break
    return value, at
