"""Whatever a camera sends: a clear error that names it, and the other cameras go on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from pipelines.footage.clip import cut
from pipelines.footage.decode import Decoder
from pipelines.footage.nal import parameter_sets
from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.record import Recorder
from pipelines.footage.ring import recorded
from pipelines.footage.types import Gap, GapCause, Part, UnreadableVideo
from pipelines.gateways.capture.node import MASKED, capture
from pipelines.gateways.capture.sources import UnclearCameras, sources
from pipelines.gateways.capture.types import (
    CameraEvent,
    CameraSource,
    CaptureReport,
    FrameMessage,
    Timing,
)

T0 = 1_700_000_000_000
HASTY = Timing(timeout_s=1.0, first_wait_s=0.05, longest_wait_s=0.2, cut_off_s=60)


class Ports:
    """Keeps what a capture gives out."""

    def __init__(self) -> None:
        self.said: list[FrameMessage | CameraEvent] = []
        self.parts: list[Part] = []
        self.gaps: list[Gap] = []
        self.stop = asyncio.Event()

    async def send(self, message: FrameMessage | CameraEvent) -> None:
        """Keeps it."""
        self.said.append(message)

    async def on_part(self, part: Part) -> None:
        """Keeps it."""
        self.parts.append(part)

    async def on_gap(self, gap: Gap) -> None:
        """Keeps it."""
        self.gaps.append(gap)

    async def run(self, camera: CameraSource, folder: Path) -> CaptureReport:
        """Captures a camera as fast as it goes."""
        return await capture(
            camera, folder=folder, send=self.send, on_part=self.on_part, on_gap=self.on_gap,
            stop=self.stop, pace=0, timing=HASTY,
        )  # fmt: skip


def encoded(
    path: Path, encoder: str, *, size: tuple[int, int] = (320, 240), frames: int = 20
) -> Path:
    """A small video of noise that moves, a keyframe each half second."""
    noise = np.random.default_rng(3).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    options = {"preset": "ultrafast", "bf": "0"} if encoder == "libx264" else {}
    with av.open(str(path), "w") as out:
        stream = cast("VideoStream", out.add_stream(encoder, rate=10, options=options))
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if encoder == "mjpeg" else "yuv420p"
        stream.codec_context.gop_size = 5
        stream.codec_context.thread_count = 1
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(np.roll(noise, number * 4, 1), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@contextmanager
def served(data: bytes) -> Iterator[str]:
    """An address that sends these bytes and hangs up."""

    class Camera(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/live"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("encoder", ["mjpeg", "libvpx"])
async def test_a_codec_that_cannot_be_kept_names_the_camera(tmp_path: Path, encoder: str) -> None:
    wrong = encoded(tmp_path / "wrong.mkv", encoder)
    with pytest.raises(UnreadableVideo, match=r"camera gate sends .*set the camera to H\.264"):
        await Ports().run(CameraSource(camera_id="gate", url=str(wrong), start_ms=T0), tmp_path)


async def test_a_live_camera_with_a_wrong_codec_is_a_fault_and_asked_again(
    tmp_path: Path,
) -> None:
    """AV-18: the gap says whose fault it is; it is taken as soon as it is set to H.264."""
    ports = Ports()
    with served(encoded(tmp_path / "wrong.mkv", "libvpx").read_bytes()) as url:
        work = asyncio.create_task(ports.run(CameraSource(camera_id="gate", url=url), tmp_path))
        await asyncio.sleep(1.0)
        ports.stop.set()
        report = await work
    assert report.reconnects >= 2
    assert {gap.cause for gap in ports.gaps} == {GapCause.FAULT}
    assert "camera gate sends vp8" in ports.gaps[0].reason


@pytest.mark.parametrize("data", [b"", b"\0" * 50_000, b"\x47" * 188 * 100, bytes(range(256)) * 99])
async def test_a_hostile_stream_leaves_the_others_alone(
    still_video: Path, tmp_path: Path, data: bytes
) -> None:
    bad, good = Ports(), Ports()
    with served(data) as url:
        work = asyncio.create_task(bad.run(CameraSource(camera_id="bad", url=url), tmp_path))
        report = await good.run(
            CameraSource(camera_id="good", url=str(still_video), start_ms=T0), tmp_path
        )
        bad.stop.set()
        await work
    assert (report.ended, len(good.parts)) == ("end of file", 12)
    assert bad.parts == []


async def test_pictures_of_8k_are_recorded(tmp_path: Path) -> None:
    large = encoded(tmp_path / "8k.mp4", "libx264", size=(7680, 4320), frames=3)
    ports = Ports()
    report = await ports.run(CameraSource(camera_id="gate", url=str(large), start_ms=T0), tmp_path)
    assert (report.packets, len(ports.parts)) == (3, 1)
    frames = [message for message in ports.said if isinstance(message, FrameMessage)]
    assert (frames[0].width_px, frames[0].height_px) == (640, 360)


def rewound(source: Path, target: Path, *, by_s: int) -> Path:
    """The film as a stream whose clock is set back in its middle."""
    with av.open(str(source)) as given, av.open(str(target), "w", format="mpegts") as out:
        film = given.streams.video[0]
        copy = out.add_stream_from_template(film)
        first = [p for p in given.demux(film) if p.dts is not None]
        for packet in first:
            packet.stream = copy
            out.mux(packet)
    whole = target.read_bytes()
    with av.open(str(source)) as given, av.open(str(target), "w", format="mpegts") as out:
        film = given.streams.video[0]
        copy = out.add_stream_from_template(film)
        ahead = round(by_s / float(film.time_base or 1))
        for packet in given.demux(film):
            if packet.dts is not None and packet.pts is not None:
                packet.pts, packet.dts = packet.pts + ahead, packet.dts + ahead
                packet.stream = copy
                out.mux(packet)
    target.write_bytes(target.read_bytes() + whole)
    return target


@pytest.mark.parametrize("by_s", [50, 100])  # FFmpeg shows more than a minute as a day ahead
async def test_a_clock_that_runs_backwards_overlaps_nothing(
    moving_video: Path, tmp_path: Path, by_s: int
) -> None:
    """AV-10, AV-18: what follows is recorded after what was, and people are told."""
    film = rewound(moving_video, tmp_path / "rewound.ts", by_s=by_s)
    ports = Ports()
    report = await ports.run(CameraSource(camera_id="gate", url=str(film), start_ms=T0), tmp_path)
    assert report.packets > 230
    spans = sorted((part.start_ms, part.end_ms) for part in ports.parts)
    assert all(before[1] <= after[0] + 1 for before, after in pairwise(spans))
    assert sum(end - start for start, end in spans) >= 23_500
    said = [event for event in ports.said if isinstance(event, CameraEvent)]
    assert [event.what for event in said] == ["clock_jumped"]
    assert abs(said[0].inputs["by_ms"]) > 30_000
    assert spans[-1][1] < T0 + 30_000
    assert {gap.cause for gap in ports.gaps} <= {GapCause.CLOCK}


def test_a_changed_format_begins_another_part_that_plays(tmp_path: Path) -> None:
    """In the middle of a stream, without a new connection: as when someone sets the size."""
    recorder = Recorder(tmp_path, camera_id="gate")
    at_ms = T0
    for size in ((320, 240), (640, 480)):
        path = encoded(tmp_path / f"{size[0]}.h264", "libx264", size=size, frames=10)
        with open_video(str(path)) as video:
            for packet in video.packets():
                if isinstance(packet, VideoPacket):
                    recorder.feed(packet, at_ms + packet.time_s * 1000)
        at_ms += 1000
    recorder.close()
    sizes = []
    for _, path in recorded(tmp_path, "gate"):
        with open_video(str(path)) as video:
            decoder = Decoder(video)
            shown = [
                picture
                for packet in video.packets()
                if isinstance(packet, VideoPacket)
                for picture in decoder.decode(packet)
            ]
            sizes.append((video.size_px, {(p.raw.width, p.raw.height) for p in shown}))
    assert sizes == [((320, 240), {(320, 240)}), ((640, 480), {(640, 480)})]
    clip = cut(tmp_path, "gate", T0, T0 + 2000, tmp_path / "clip.mp4")
    assert (clip.start_ms, len(clip.parts)) == (T0, 1)  # one file holds one format


def test_parameter_sets_are_those_before_the_picture() -> None:
    start = b"\0\0\0\1"
    frame = start + b"\x67sps" + start + b"\x68pps" + b"\0\0\1\x65" + b"picture\0\0\1\x67not"
    assert parameter_sets("h264", frame) == start + b"\x67sps" + start + b"\x68pps"
    assert parameter_sets("h264", b"\0\0\0\x05\x65pict") == b""  # as in MP4: they stand outside
    for cut_off in range(len(frame)):
        parameter_sets("h264", frame[:cut_off])
        parameter_sets("hevc", frame[:cut_off])


async def test_masks_that_only_the_node_paints_forbid_recording(
    still_video: Path, tmp_path: Path
) -> None:
    """AV-20: looked at through the mask, never kept as it is; the gap says why."""
    ports = Ports()
    half = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    camera = CameraSource(camera_id="gate", url=str(still_video), start_ms=T0, masks=(half,))
    await ports.run(camera, tmp_path)
    assert ports.parts == []
    assert recorded(tmp_path, "gate") == []
    assert {(gap.cause, gap.reason) for gap in ports.gaps} == {(GapCause.PRIVACY, MASKED)}
    assert sum(gap.end_ms - gap.start_ms for gap in ports.gaps) >= 11_800
    assert any(isinstance(message, FrameMessage) for message in ports.said)


def test_cameras_from_a_file_take_passwords_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "cameras.toml"
    file.write_text(
        '[[camera]]\nid = "a"\nurl = "rtsp://u:${SECRET}@host/main"\n'
        'sub_url = "rtsp://u:${SECRET}@host/sub"\n'
    )
    said = sources(["b=film.mp4"], [T0], file, environment={"SECRET": "p@s/s"})
    assert [(source.camera_id, source.url, source.sub_url) for source in said] == [
        ("b", "film.mp4", None),
        ("a", "rtsp://u:p%40s%2Fs@host/main", "rtsp://u:p%40s%2Fs@host/sub"),
    ]
    assert said[0].start_ms == T0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no camera"),
        ('[[camera]]\nid = "a"\nurl = "rtsp://u:${MISSING}@host"', "needs MISSING"),
        ('[[camera]]\nid = "a"\nurl = "x"\n[[camera]]\nid = "a"\nurl = "y"', "named twice"),
        ('[[camera]]\nid = "../a"\nurl = "x"', "letters, digits"),
        ('[[camera]]\nid = "a"\nurl = "x"\npasword = "y"', "pasword"),
        ("[[camera", "should look like"),
    ],
)
def test_unclear_cameras_say_what_to_write(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "cameras.toml"
    file.write_text(text)
    with pytest.raises(UnclearCameras, match=says):
        sources([], [], file, environment={})
