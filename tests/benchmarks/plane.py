"""Our camera plane over a file, in a process of its own: ``plane FILE FPS once|profiled``.

Packets, choice, motion, JPEG, the wire, and then what a worker does with a frame: decode, detect,
health and rules. Recording has a figure of its own. Prints one JSON object.
"""

from __future__ import annotations

import cProfile
import pstats
import resource
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import cv2
import msgspec
import numpy as np

from detectors import vision
from detectors.catalogue import Catalogue, load
from detectors.types import Look, OpeningHours, Scene, Zone
from models.picture import open_jpeg, small_luma
from models.session import DetectorSession, bundled_card_path
from pipelines.footage.read import open_video
from pipelines.footage.types import Ended
from pipelines.gateways.capture.analyse import Analyser
from pipelines.gateways.capture.health import picture_health
from pipelines.gateways.capture.types import CameraSource, FrameMessage, Tally, decode, encode

LOOK_EVERY_S = 5.0
WHERE = {
    "reading": ("packets",),
    "decoding": ("_decode",),
    "motion": ("_measure",),
    "picture and JPEG": ("_message",),
    "opening the JPEG": ("open_jpeg",),
    "network": ("detect",),
    "health and rules": ("picture_health", "step_camera", "small_luma"),
}
"""Shares by the functions that hold them, by cumulated time."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one run gave.

    Attributes:
        cpu_s: of all threads, user and system, without starting and loading the network.
        seconds: whole seconds of the film in which a person was found.
        shares: of ``cpu_s``; only when profiled, which costs time of its own.
    """

    cpu_s: float
    film_s: float
    seconds: list[int]
    decoded: int
    sent: int
    still: int
    alike: int
    shares: dict[str, float] = {}


@dataclass(slots=True)
class Watching:
    """What a worker does with frames of one camera."""

    session: DetectorSession
    catalogue: Catalogue
    state: vision.CameraState | None = None
    seconds: set[int] = field(default_factory=set)

    def take(self, wire: bytes) -> None:
        """One message of the ``frames`` topic."""
        frame = decode(wire)
        assert isinstance(frame, FrameMessage)
        pixels, width, height = open_jpeg(frame.jpeg, least_px=self.session.card.size_px)
        (found,) = self.session.detect([pixels])
        persons = found.where(found.class_id == self.session.card.classes.index("person"))
        if len(persons):
            self.seconds.add(frame.time_ms // 1000)
        look = Look(
            time_ms=frame.time_ms, width_px=width, height_px=height, persons=persons,
            health=picture_health(pixels), luma=small_luma(pixels),
        )  # fmt: skip
        self.state, _ = vision.step_camera(self.state, look, scene(), self.catalogue)


def scene() -> Scene:
    """A camera with a zone of each kind that people are looked for in."""
    whole = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    kinds = ("closed", "post", "crowd")
    zones = tuple(Zone(zone_id=kind, kind=kind, polygon=whole, limit=20) for kind in kinds)
    return Scene(
        camera_id="bench", party_id="p", site_id="s", site_kind="pool", place="main", zones=zones,
        hours=OpeningHours.daily(0, 1440),
    )  # fmt: skip


def run(film: Path, *, fps: float) -> Seen:
    """Looks at the whole film as fast as it goes."""
    session = DetectorSession.load(bundled_card_path(), threads=1)
    watching = Watching(session, load())
    camera = CameraSource(
        camera_id="bench", url=str(film), start_ms=0, frame_width_px=session.card.size_px
    )
    tally, film_s = Tally(), 0.0
    with open_video(camera.url) as video:
        width, height = video.size_px
        session.detect([np.zeros((height, width, 3), np.uint8)])  # the first run prepares memory
        analyser = Analyser(
            video, camera, tally, analyse_fps=fps, look_every_s=LOOK_EVERY_S,
            at_ms=lambda at_s: round(at_s * 1000), next_seq=count().__next__,
        )  # fmt: skip
        began_s = cpu_s()
        for packet in video.packets():
            if isinstance(packet, Ended):
                messages = analyser.finish()
            else:
                messages = analyser.feed(packet)
                film_s = packet.time_s + packet.duration_s
            for message in messages:
                watching.take(encode(message))
                tally.frames_sent += 1
        used_s = cpu_s() - began_s
    return Seen(
        cpu_s=used_s, film_s=film_s, seconds=sorted(watching.seconds), decoded=tally.frames_decoded,
        sent=tally.frames_sent, still=tally.frames_still, alike=tally.frames_alike,
    )  # fmt: skip


def profiled(film: Path, *, fps: float) -> Seen:
    """The same with the share of each step; slower."""
    profile = cProfile.Profile(time.process_time)
    seen = profile.runcall(run, film, fps=fps)
    spent = pstats.Stats(profile).get_stats_profile().func_profiles
    shares = {}
    for step, functions in WHERE.items():
        taken = sum(spent[name].cumtime for name in functions if name in spent)
        shares[step] = round(taken / seen.cpu_s, 3)
    return msgspec.structs.replace(seen, shares=shares)


def cpu_s() -> float:
    """User and system time of all threads of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(film: Path, fps: float, how: str) -> None:
    """Runs once and prints."""
    cv2.setNumThreads(1)
    seen = (profiled if how == "profiled" else run)(film, fps=fps)
    sys.stdout.buffer.write(msgspec.json.encode(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3])
