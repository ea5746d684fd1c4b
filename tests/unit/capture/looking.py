"""Runs an analyser over a file, as the capture node's thread does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from pipelines.footage.read import open_video
from pipelines.footage.types import Ended
from pipelines.gateways.capture.analyse import Analyser
from pipelines.gateways.capture.types import CameraSource, FrameMessage, Tally

POOL = CameraSource(camera_id="pool", url="", start_ms=0)


def look(
    film: Path,
    *,
    camera: CameraSource = POOL,
    fps: float = 2.0,
    every_s: float = 5.0,
    lost: Sequence[int] = (),
    shift: Callable[[int], float] = lambda _: 0.0,
) -> tuple[list[FrameMessage], Tally]:
    """Every message and the counts.

    Args:
        lost: numbers of packets that never come.
        shift: by how many seconds the source's clock is wrong at a packet's number.
    """
    tally = Tally()
    sent: list[FrameMessage] = []
    with open_video(str(film)) as video:
        analyser = Analyser(
            video, replace(camera, url=str(film)), tally, analyse_fps=fps, look_every_s=every_s,
            at_ms=lambda at_s: round(at_s * 1000), next_seq=count().__next__,
        )  # fmt: skip
        for number, packet in enumerate(video.packets()):
            if number in lost:
                analyser.lost()
            elif isinstance(packet, Ended):
                sent += analyser.finish()
            else:
                time_s = packet.time_s + shift(number)
                packet.raw.pts = round(time_s / float(video.stream.time_base or 1))
                sent += analyser.feed(replace(packet, time_s=time_s))
    return sent, tally


def at_s(sent: Sequence[FrameMessage], reason: str) -> list[float]:
    """Seconds at which pictures went out for a reason."""
    return [message.time_ms / 1000 for message in sent if message.reason == reason]
