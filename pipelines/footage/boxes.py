"""Reads what an MP4 or QuickTime file says of itself in its boxes. Must not judge, nor decode.

Source: ISO/IEC 14496-12:2022, 4.2 (boxes), 8.2.2 (mvhd), 8.4.2 (mdhd), 8.4.3 (hdlr), 8.5.2 (stsd),
8.6.6 (elst). Other containers have none of this.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_INSIDE = {b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl"}
_WORDS = {b"udta", b"meta", b"uuid", b"free", b"skip"}
_MOST = 64 << 20  # bytes of one box that are read; the index of a day of video is smaller
_FEW = 1 << 20  # the same of boxes that only hold words
_LARGE, _HEAD, _LARGE_HEAD = 1, 8, 16
_FROM_1904_S = 2_082_844_800
_LEAST = {b"mvhd": 20, b"mdhd": 24, b"hdlr": 24, b"stsd": 8, b"elst": 8}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One entry of an edit list.

    Attributes:
        shown_s: how long it is shown.
        from_s: where in the track it begins; None for a blank stretch.
    """

    shown_s: float
    from_s: float | None


@dataclass(slots=True, kw_only=True)
class BoxTrack:
    """One track: ``vide``, ``soun`` or another handler, the name it was given, its index."""

    handler: str = ""
    name: str = ""
    ticks_s: int = 0
    media_s: float = 0.0
    descriptions: int = 0
    edits: tuple[Edit, ...] = ()


@dataclass(slots=True, kw_only=True)
class Boxes:
    """What the boxes say.

    Attributes:
        order: top-level boxes in order, repetitions of fragments left out.
        created_ms: epoch ms as the header says, None for 0; many cameras mean local time.
        words: bytes of the boxes in which software leaves its name.
    """

    brand: str = ""
    order: tuple[str, ...] = ()
    created_ms: int | None = None
    ticks_s: int = 0
    tracks: tuple[BoxTrack, ...] = ()
    words: bytes = b""


def read_boxes(path: Path) -> Boxes | None:
    """The boxes of a file, or None where it is no MP4 or QuickTime file."""
    found, order, tracks, words = Boxes(), list[str](), list[BoxTrack](), list[bytes]()
    with path.open("rb") as file:
        for kind, body in _top(file, path.stat().st_size):
            if not order and kind not in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}:
                return None
            name = kind.decode("latin-1")
            if name not in order:
                order.append(name)
            if kind == b"ftyp":
                found.brand = body[:4].decode("latin-1")
            elif kind == b"moov":
                _movie(found, tracks, words, body)
            elif kind in _WORDS:
                words.append(body)
    found.order, found.tracks, found.words = tuple(order), tuple(tracks), b"\n".join(words)
    return found if order else None


def _top(file: BinaryIO, size: int) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + _HEAD <= size:
        file.seek(at)
        head = file.read(_LARGE_HEAD)
        length, kind = struct.unpack_from(">I4s", head)
        skip = _HEAD
        if length == _LARGE and len(head) == _LARGE_HEAD:
            length, skip = struct.unpack_from(">Q", head, _HEAD)[0], _LARGE_HEAD
        length = length or size - at
        if length < skip:
            return
        most = _MOST if kind == b"moov" else _FEW if kind in _WORDS | {b"ftyp"} else 0
        file.seek(at + skip)
        yield kind, file.read(min(most, length - skip))
        at += length


def _inner(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + _HEAD <= len(body):
        length, kind = struct.unpack_from(">I4s", body, at)
        if length < _HEAD:
            return
        yield kind, body[at + _HEAD : at + length]
        at += length


def _movie(found: Boxes, tracks: list[BoxTrack], words: list[bytes], body: bytes) -> None:
    for kind, inner in _inner(body):
        if kind == b"mvhd" and len(inner) >= _LEAST[kind]:
            created, found.ticks_s, _ = _header(inner)
            found.created_ms = (created - _FROM_1904_S) * 1000 if created else None
        elif kind == b"trak":
            tracks.append(track := BoxTrack())
            _track(track, inner, found.ticks_s, words)
        elif kind in _WORDS:
            words.append(inner)


def _track(track: BoxTrack, body: bytes, movie_ticks_s: int, words: list[bytes]) -> None:
    edits = b""
    for kind, inner in _deep(body):
        if kind in _WORDS:
            words.append(inner)
        if len(inner) < _LEAST.get(kind, 0):
            continue
        if kind == b"mdhd":
            _, track.ticks_s, length = _header(inner)
            track.media_s = length / track.ticks_s if track.ticks_s else 0.0
        elif kind == b"hdlr" and not track.handler:
            track.handler = inner[8:12].decode("latin-1")
            track.name = inner[24:].strip(b"\0").decode("utf-8", "replace")
        elif kind == b"stsd":
            track.descriptions = int.from_bytes(inner[4:8], "big")
        elif kind == b"elst":
            edits = inner
    if edits:
        track.edits = tuple(_edits(edits, movie_ticks_s or 1, track.ticks_s or 1))


def _deep(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    for kind, inner in _inner(body):
        if kind in _INSIDE:
            yield from _deep(inner)
        else:
            yield kind, inner


def _header(body: bytes) -> tuple[int, int, int]:
    """Creation time (s since 1904), ticks a second, duration in ticks."""
    if body[0] == 1 and len(body) >= 32:  # noqa: PLR2004  version 1 has 64-bit times
        created, _, ticks, length = struct.unpack_from(">QQIQ", body, 4)
    else:
        created, _, ticks, length = struct.unpack_from(">IIII", body, 4)
    return created, ticks, length


def _edits(body: bytes, movie_ticks_s: int, media_ticks_s: int) -> Iterator[Edit]:
    form, step = (">Qq", 20) if body[0] == 1 else (">Ii", 12)
    for number in range(int.from_bytes(body[4:8], "big")):
        at = 8 + number * step
        if at + step > len(body):
            return
        shown, begins = struct.unpack_from(form, body, at)
        from_s = None if begins < 0 else begins / media_ticks_s
        yield Edit(shown_s=shown / movie_ticks_s, from_s=from_s)
