"""The films that cameras are measured on hold what their figures say."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipelines.footage.decode import Decoder
from pipelines.footage.read import VideoPacket, open_video
from tests.benchmarks import scenery


def passing() -> list[scenery.Planes]:
    """Two hundred pictures of 64 x 48 through which a bright bar walks."""
    film = []
    for number in range(200):
        planes = np.full((72, 64), 128, np.uint8)
        planes[:48] = 90
        planes[:48, number % 60 : number % 60 + 4] = 220
        film.append(planes)
    return film


def test_the_empty_scene_is_without_those_who_pass() -> None:
    assert (scenery.background(passing())[:48] == 90).all()


def test_nine_tenths_of_the_mixed_film_are_empty() -> None:
    shown = [planes[:48].max() > 150 for planes in scenery._mix(passing(), 600)]
    assert sum(shown) == 60
    changes = np.flatnonzero(np.diff(shown))
    assert len(changes) == 2 * scenery.EPISODES


def test_light_and_noise_are_the_same_every_time() -> None:
    empty = scenery.background(passing())
    first, second = scenery.Light(), scenery.Light()
    for number in range(5):
        made = first.on(empty, float(number))
        assert np.array_equal(made, second.on(empty, float(number)))
        assert 1 < made[:48].std() < 3
        assert np.array_equal(made[48:], empty[48:])


def test_a_film_is_written_as_a_camera_sends_it(tmp_path: Path) -> None:
    scenery.write(tmp_path / "film.mp4", iter(passing()[:50]), fps=10, gop_s=2.0)
    with open_video(str(tmp_path / "film.mp4")) as video:
        packets = [p for p in video.packets() if isinstance(p, VideoPacket)]
        decoder = Decoder(video)
        assert sum(len(decoder.decode(p)) for p in packets) == 50
    assert [p.time_s for p in packets if p.is_key] == [0, 2, 4]
    assert all(p.time_s == p.decode_time_s for p in packets)
