"""Edits a recording as people do who do not want it to be seen: the material of the measurement.

Each edit is done in one of two ways: plainly, as common tools leave a file, or carefully, without
their names and with the original's date, track names and encoder parameters kept.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.video.frame import PictureType, VideoFrame

from pipelines.footage.parts import stream_like

DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One edit to make: which, how carefully, where (a share of the length), by which seed."""

    kind: str
    careful: bool
    at: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A packet and when it goes into the new file, in ticks of its stream."""

    kind: str
    data: bytes
    pts: int
    dts: int
    duration: int
    is_key: bool


@dataclass(slots=True, kw_only=True)
class Film:
    """A file's packets, apart from it."""

    path: Path
    video: list[Piece]
    audio: list[Piece]
    ticks: dict[str, Fraction]

    def s(self, piece: Piece) -> float:
        """When a piece is decoded."""
        return float(piece.dts * self.ticks[piece.kind])


def load(path: Path) -> Film:
    """Reads a file's packets."""
    pieces: dict[str, list[Piece]] = {"video": [], "audio": []}
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        ticks = {str(s.type): s.time_base or Fraction(1) for s in container.streams}
        for packet in container.demux():
            if packet.size and packet.pts is not None and packet.dts is not None:
                kind = packet.stream.type
                pieces[kind].append(
                    Piece(
                        kind=kind, data=bytes(packet), pts=packet.pts, dts=packet.dts,
                        duration=packet.duration or 0, is_key=packet.is_keyframe,
                    )
                )  # fmt: skip
    return Film(path=path, video=pieces["video"], audio=pieces["audio"], ticks=ticks)


def make(edit: Edit, original: Path, other: Path, target: Path) -> None:
    """Makes an edit of ``original``; ``other`` is a second file of the same camera."""
    EDITS[edit.kind](edit, original, other, target)


def _length_s(film: Film) -> float:
    return film.s(film.video[-1])


def _key_near(film: Film, at_s: float) -> float:
    keys = [film.s(p) for p in film.video if p.is_key]
    return min(keys, key=lambda key: abs(key - at_s))


def _between(film: Film, pieces: list[Piece], from_s: float, to_s: float) -> list[Piece]:
    return [p for p in pieces if from_s - 1e-6 <= film.s(p) < to_s - 1e-6]


def _moved(film: Film, pieces: list[Piece], by_s: float) -> list[Piece]:
    return [
        replace(
            p, pts=p.pts + round(by_s / film.ticks[p.kind]),
            dts=p.dts + round(by_s / film.ticks[p.kind]),
        )
        for p in pieces
    ]  # fmt: skip


def _stretch(edit: Edit, film: Film) -> tuple[float, float]:
    """A stretch from keyframe to keyframe, 2 to 5 s, not at either end."""
    random = np.random.default_rng(edit.seed)
    begin = _key_near(film, 1.5 + edit.at * (_length_s(film) - 8))
    return begin, _key_near(film, begin + float(random.uniform(2, 5)))


def _cut(edit: Edit, original: Path, _other: Path, target: Path, *, close: bool) -> None:
    film = load(original)
    begin, end = _stretch(edit, film)
    kept = []
    for pieces in (film.video, film.audio):
        after = _between(film, pieces, end, np.inf)
        moved = _moved(film, after, begin - end) if close else after
        kept.append(_between(film, pieces, 0, begin) + moved)
    _write(edit, film, target, kept)


def _drop(edit: Edit, original: Path, _other: Path, target: Path, *, close: bool) -> None:
    """Takes out 3 to 12 pictures in a row between keyframes."""
    film = load(original)
    random = np.random.default_rng(edit.seed)
    begin, _ = _stretch(edit, film)
    first = next(i for i, p in enumerate(film.video) if film.s(p) >= begin - 1e-6) + 5
    count = int(random.integers(3, 13))
    gone = film.s(film.video[first + count]) - film.s(film.video[first])
    after = film.video[first + count :]
    video = film.video[:first] + (_moved(film, after, -gone) if close else after)
    audio = film.audio
    if close:
        at_s = film.s(film.video[first])
        later = _between(film, audio, at_s + gone, np.inf)
        audio = _between(film, audio, 0, at_s) + _moved(film, later, -gone)
    _write(edit, film, target, [video, audio])


def _concat(edit: Edit, original: Path, other: Path, target: Path) -> None:
    film, more = load(original), load(other)
    end, _ = _stretch(edit, film)
    begin = _key_near(more, 2 + edit.at * 4)
    kept = [
        _between(film, a, 0, end) + _moved(more, _between(more, b, begin, np.inf), end - begin)
        for a, b in ((film.video, more.video), (film.audio, more.audio))
    ]
    _write(edit, film, target, kept)


def _repeat(edit: Edit, original: Path, _other: Path, target: Path) -> None:
    film = load(original)
    begin, end = _stretch(edit, film)
    kept = [
        _between(film, p, 0, end) + _moved(film, _between(film, p, begin, np.inf), end - begin)
        for p in (film.video, film.audio)
    ]
    _write(edit, film, target, kept)


def _retime(edit: Edit, original: Path, _other: Path, target: Path) -> None:
    film = load(original)
    pace = (0.8, 0.9, 1.1, 1.25)[edit.seed % 4]
    video = [
        replace(p, pts=round(p.pts * pace), dts=round(p.dts * pace),
                duration=round(p.duration * pace))
        for p in film.video
    ]  # fmt: skip
    _write(edit, film, target, [video, film.audio])


def _mute(edit: Edit, original: Path, _other: Path, target: Path) -> None:
    film = load(original)
    begin, end = _stretch(edit, film)
    audio = _between(film, film.audio, 0, begin)
    if edit.seed % 2:
        audio += _between(film, film.audio, end, np.inf)
    _write(edit, film, target, [film.video, audio])


def _trim(edit: Edit, original: Path, _other: Path, target: Path) -> None:
    """Takes away the beginning or the end: nothing inside the file need tell."""
    film = load(original)
    begin, end = _stretch(edit, film)
    span = (0.0, begin) if edit.seed % 2 else (end, np.inf)
    kept = [_moved(film, _between(film, p, *span), -span[0]) for p in (film.video, film.audio)]
    _write(edit, film, target, kept)


def _back_date(edit: Edit, original: Path, _other: Path, target: Path) -> None:
    film = load(original)
    _write(edit, film, target, [film.video, film.audio], days=-3)


def _hide(edit: Edit, original: Path, _other: Path, target: Path) -> None:
    """Shortens the picture's edit list: players end early, the pictures are still there."""
    data = bytearray(original.read_bytes())
    at = data.find(b"elst")
    shown = struct.unpack_from(">I", data, at + 12)[0]
    struct.pack_into(">I", data, at + 12, round(shown * (0.4 + 0.4 * edit.at)))
    target.write_bytes(data)


def _reencode(edit: Edit, original: Path, _other: Path, target: Path) -> None:
    _encode(edit, original, target, list(_pictures(original)))


def _freeze(edit: Edit, original: Path, _other: Path, target: Path) -> None:
    pictures = list(_pictures(original))
    begin = round(len(pictures) * (0.2 + 0.4 * edit.at))
    for i in range(begin, min(len(pictures), begin + 90)):
        pictures[i] = pictures[begin]
    _encode(edit, original, target, pictures)


def _encoded_cut(edit: Edit, original: Path, _other: Path, target: Path) -> None:
    """Cuts between any two pictures and encodes anew."""
    pictures = list(_pictures(original))
    begin = round(len(pictures) * (0.2 + 0.4 * edit.at))
    _encode(edit, original, target, pictures[:begin] + pictures[begin + 70 :], sound=False)


EDITS: dict[str, Callable[[Edit, Path, Path, Path], None]] = {
    "cut_closed": lambda *a: _cut(*a, close=True),
    "cut_open": lambda *a: _cut(*a, close=False),
    "drop_closed": lambda *a: _drop(*a, close=True),
    "drop_open": lambda *a: _drop(*a, close=False),
    "concat": _concat,
    "repeat": _repeat,
    "retime": _retime,
    "mute": _mute,
    "back_date": _back_date,
    "hide": _hide,
    "reencode": _reencode,
    "freeze": _freeze,
    "encoded_cut": _encoded_cut,
    "trim": _trim,
}


def _options(edit: Edit) -> dict[str, str]:
    careful = {"fflags": "+bitexact"} if edit.careful else {}
    return {"movflags": "faststart", **careful}


def _like(edit: Edit, out: Any, source: Any, *, days: int = 0) -> None:
    """Copies what a careful hand copies: date and track names."""
    if not edit.careful and not days:
        return
    made = source.metadata.get("creation_time", "")
    if days and made:
        moved = np.datetime64(made[:19]) + np.timedelta64(days * DAY_S, "s")
        made = f"{moved}.000000Z"
    out.metadata["creation_time"] = made
    for new, old in zip(out.streams, source.streams, strict=False):
        new.metadata["handler_name"] = old.metadata.get("handler_name", "")


def _write(edit: Edit, film: Film, target: Path, kept: list[list[Piece]], *, days: int = 0) -> None:
    with (
        av.open(str(film.path)) as source,
        av.open(str(target), "w", format="mp4", options=_options(edit)) as out,
    ):
        sources: list[Any] = list(source.streams)
        streams: dict[str, Any] = {s.type: stream_like(out, s) for s in sources}
        _like(edit, out, source, days=days)
        pieces = sorted((p for track in kept for p in track), key=film.s)
        last: dict[str, int] = {}
        for piece in pieces:
            dts = max(piece.dts, last.get(piece.kind, piece.dts - 1) + 1)
            last[piece.kind] = dts
            packet: Any = av.Packet(piece.data)
            packet.stream = streams[piece.kind]
            packet.time_base = film.ticks[piece.kind]
            packet.pts, packet.dts = max(piece.pts, dts), dts
            packet.duration, packet.is_keyframe = piece.duration, piece.is_key
            out.mux(packet)


def _pictures(path: Path) -> Iterator[VideoFrame]:
    with av.open(str(path)) as container:
        yield from container.decode(video=0)


def _encode(
    edit: Edit, original: Path, target: Path, pictures: list[VideoFrame], *, sound: bool = True
) -> None:
    with (
        av.open(str(original)) as source,
        av.open(str(target), "w", format="mp4", options=_options(edit)) as out,
    ):
        old: Any = source.streams.video[0]
        rate = old.average_rate
        careful = {"preset": "superfast", "bf": "0", "b": str(old.bit_rate or 800_000)}
        stream: Any = out.add_stream(
            "libx264", rate=rate, options=careful if edit.careful else {"preset": "superfast"}
        )
        stream.width, stream.height, stream.pix_fmt = old.width, old.height, "yuv420p"
        heard: Any = source.streams.audio[0]
        audio = stream_like(out, heard)
        _like(edit, out, source)
        unsigned = BitStreamFilterContext("filter_units=remove_types=6", stream)
        sounds = [p for p in load(original).audio if sound or p.dts / 16_000 < len(pictures) / rate]
        for number, picture in enumerate(pictures):
            frame = VideoFrame.from_ndarray(picture.to_ndarray(format="yuv420p"), format="yuv420p")
            frame.pict_type = PictureType.NONE
            frame.pts, frame.time_base = number, 1 / rate
            _mux(out, unsigned, stream.encode(frame), careful=edit.careful)
        _mux(out, unsigned, stream.encode(None), careful=edit.careful)
        for piece in sounds:
            packet: Any = av.Packet(piece.data)
            packet.stream, packet.time_base = audio, heard.time_base
            packet.pts, packet.dts, packet.duration = piece.pts, piece.dts, piece.duration
            packet.is_keyframe = True
            out.mux(packet)


def _mux(out: Any, unsigned: Any, packets: list[Any], *, careful: bool) -> None:
    for packet in packets:
        out.mux(unsigned.filter(packet) if careful else packet)
