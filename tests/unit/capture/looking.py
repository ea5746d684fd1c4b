"""Runs an analyser over a file, as the capture node's thread does."""

from __future__ import annotations

from collections.abc import Sequence
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
) -> tuple[list[FrameMessage], Tally]:
    """Every message and the counts; packets whose numbers are in ``lost`` never come."""
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
                sent += analyser.feed(packet)
    return sent, tally


def at_s(sent: Sequence[FrameMessage], reason: str) -> list[float]:
    """Seconds at which pictures went out for a reason."""
    return [message.time_ms / 1000 for message in sent if message.reason == reason]
