"""A film in pieces: every picture once, in its place, whatever the film's own rhythm is."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.footage.segment import film_of, segment
from pipelines.footage.types import UnreadableVideo

TICK = Fraction(1, 1000)


def film(path: Path, times_ms: list[int], *, width: int = 160) -> Path:
    """A film whose nth picture is as bright as n tells, shown from the given times on."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"g": "12", "bf": "2"})
        stream.width, stream.height, stream.pix_fmt = width, 120, "yuv420p"
        stream.codec_context.time_base = TICK
        for number, time_ms in enumerate(times_ms):
            picture = np.full((120, width, 3), 20 + number * 3 % 200, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = time_ms, TICK
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def pieces(path: Path, length_s: float) -> list[list[float]]:
    """The times of the pictures of every piece, since the film's beginning."""
    whole_s, found, start_s = film_of(path).duration_s, [], 0.0
    while start_s < whole_s - 1e-6:
        end_s = min(start_s + length_s, whole_s)
        data = segment(path, start_s, end_s, paint=lambda _s, _luma: None, says={"comment": "c"})
        with av.open(io.BytesIO(data), "r") as made:
            assert made.metadata["comment"] == "c"
            frames = list(made.decode(video=0))
            assert frames[0].time == 0
            assert made.duration is not None
            assert abs(made.duration / 1e6 - (end_s - start_s)) < 0.05
            found.append([round(start_s + float(f.time or 0), 3) for f in frames])
        start_s = end_s
    return found


def test_every_picture_once(tmp_path: Path) -> None:
    """AV-26: pieces of a film with frames that refer both ways, cut off its keyframes."""
    path = film(tmp_path / "f.mp4", [n * 40 for n in range(125)])
    assert film_of(path).duration_s == pytest.approx(5.0, abs=0.05)
    times = [time_s for piece in pieces(path, 2.0) for time_s in piece]
    assert times == pytest.approx([n * 0.04 for n in range(125)], abs=0.002)


def test_a_picture_that_still_stands_begins_the_next_piece(tmp_path: Path) -> None:
    """A film with gaps: no piece is empty, none begins with nothing."""
    path = film(tmp_path / "f.mp4", [0, 500, 5300, 5400, 9000])
    cut = pieces(path, 2.0)
    assert [piece[0] for piece in cut] == [0.0, 2.0, 4.0, 6.0, 8.0][: len(cut)]
    assert [len(piece) for piece in cut][:3] == [2, 1, 3]


def test_the_paint_is_in_every_picture_and_told_its_time(tmp_path: Path) -> None:
    """AV-26: nothing goes out that was not painted."""
    path = film(tmp_path / "f.mp4", [n * 100 for n in range(30)])
    told: list[float] = []

    def paint(time_s: float, luma: NDArray[np.uint8]) -> None:
        told.append(round(time_s, 2))
        luma[:] = 200

    data = segment(path, 1.0, 2.0, paint=paint, says={})
    assert told == [round(n * 0.1, 2) for n in range(10)]
    with av.open(io.BytesIO(data), "r") as made:
        for frame in made.decode(video=0):
            luma = frame.to_ndarray(format="gray")
            assert abs(luma.astype(int) - luma.mean()).max() < 6


def test_wide_films_shrink_and_odd_ones_are_made_even(tmp_path: Path) -> None:
    """Phones play what goes out."""
    assert film_of(film(tmp_path / "w.mp4", [0, 40, 80], width=1600)).size_px == (1280, 96)


def test_what_is_no_film_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"\x00\x00\x00\x18ftypisom" + bytes(2000))
    with pytest.raises(UnreadableVideo):
        film_of(tmp_path / "x.mp4")
