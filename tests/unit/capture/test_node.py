"""A capture records everything, sends what moves and the timed looks, loses nothing silently."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import cv2
import msgspec
import numpy as np
import pytest

from pipelines.errors import BadMessage
from pipelines.footage.clip import cut
from pipelines.footage.types import Gap, Part, UnreadableVideo
from pipelines.gateways.capture.node import capture
from pipelines.gateways.capture.types import (
    CameraEvent,
    CameraSource,
    CaptureReport,
    FrameMessage,
    decode,
    encode,
)

T0 = 1_700_000_000_000


@dataclass
class Ports:
    """Keeps what a capture gives out; ``delay_s`` makes a slow receiver."""

    delay_s: float = 0.0
    frames: list[FrameMessage] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: FrameMessage | CameraEvent) -> None:
        await asyncio.sleep(self.delay_s)
        if isinstance(message, FrameMessage):
            self.frames.append(message)
        else:
            self.said.append(message.what)

    async def on_part(self, part: Part) -> None:
        self.parts.append(part)

    async def on_gap(self, gap: Gap) -> None:
        self.gaps.append(gap)

    async def run(
        self, url: str | Path, folder: Path, *, start_ms: int | None = T0, pace: float = 0
    ) -> CaptureReport:
        camera = CameraSource(camera_id="pool", url=str(url), start_ms=start_ms)
        return await capture(
            camera, folder=folder, send=self.send, on_part=self.on_part, on_gap=self.on_gap,
            pace=pace, stop=self.stop,
        )  # fmt: skip

    def sent(self, reason: str) -> list[float]:
        """Seconds at which pictures went out for a reason."""
        return [(f.time_ms - T0) / 1000 for f in self.frames if f.reason == reason]


async def test_a_still_camera_sends_only_timed_looks(still_video: Path, tmp_path: Path) -> None:
    ports = Ports()
    report = await ports.run(still_video, tmp_path)
    assert ports.sent("motion") == []
    assert ports.sent("timed") == [0, 5, 10, 11.9]  # the last one as the file ends
    assert (report.packets, report.parts, report.gaps) == (120, 12, 0)
    assert report.frames_sent == 4
    assert report.frames_still >= 3
    assert report.frames_decoded < 80  # keyframes only, once nothing moved for a while
    assert (report.ended, report.dropped) == ("end of file", {})


async def test_what_moves_is_sent_twice_a_second(moving_video: Path, tmp_path: Path) -> None:
    ports = Ports()
    report = await ports.run(moving_video, tmp_path)
    sent = sorted([*ports.sent("motion"), *ports.sent("timed")])
    assert sent == [0, 5, *np.arange(6, 12, 0.5), 11.9]
    assert ports.sent("timed") == [0, 5, 10, 11.9]
    assert report.frames_sent == len(ports.frames) == len(sent)
    assert ports.said == ["ended"]  # a film that is over is no camera that was cut off
    assert [f.seq for f in ports.frames] == list(range(len(sent)))


async def test_a_frame_says_truly_what_it_is(moving_video: Path, tmp_path: Path) -> None:
    ports = Ports()
    before_ms = time.time_ns() // 1_000_000
    await ports.run(moving_video, tmp_path)
    for frame in ports.frames:
        assert frame.sha256 == hashlib.sha256(frame.jpeg).hexdigest()
        picture = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (frame.height_px, frame.width_px, 3) == (240, 320, 3)
        assert frame.logged_ms >= before_ms
        at = (frame.time_ms - T0) // 100 - 60  # the square's place gives the frame's time away
        if at >= 0:
            row = picture[112, :, 0].astype(int)
            assert int(np.flatnonzero(row > 225).mean()) == pytest.approx(at * 4 + 11.5, abs=3)
        assert decode(encode(frame)) == frame


async def test_parts_reach_the_caller_and_can_be_cut(still_video: Path, tmp_path: Path) -> None:
    ports = Ports()
    await ports.run(still_video, tmp_path)
    clip = cut(tmp_path, "pool", T0 + 2000, T0 + 5000, tmp_path / "clip.mp4")
    assert [p.path for p in clip.parts] == [p.path for p in ports.parts[2:5]]


async def test_pace_is_kept(still_video: Path, tmp_path: Path) -> None:
    begun_s = time.monotonic()
    await Ports().run(still_video, tmp_path, pace=10)
    assert 1.15 < time.monotonic() - begun_s < 3  # 11.9 s, ten times faster


async def test_a_file_waits_for_a_slow_receiver(moving_video: Path, tmp_path: Path) -> None:
    ports = Ports(delay_s=0.1)
    report = await ports.run(moving_video, tmp_path)
    assert (report.frames_sent, report.dropped) == (15, {})


@pytest.fixture
def cut_off(still_video: Path, tmp_path: Path) -> Path:
    """The first half of a file's bytes."""
    whole = still_video.read_bytes()
    (tmp_path / "cut-off.mp4").write_bytes(whole[: len(whole) // 2])
    return tmp_path / "cut-off.mp4"


async def test_a_truncated_file_is_recorded_as_far_as_it_goes(
    cut_off: Path, tmp_path: Path
) -> None:
    ports = Ports()
    report = await ports.run(cut_off, tmp_path)
    assert report.ended == "truncated"
    assert "of 12.0 s are there" in report.detail
    assert 30 < report.packets < 100
    assert ports.parts[-1].end_ms == T0 + report.packets * 100
    assert ports.frames[-1].time_ms == T0 + report.packets * 100 - 100


@pytest.mark.parametrize("content", [b"", b"hello" * 999, None])
async def test_a_file_that_is_no_video_ends_with_its_name(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "given.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableVideo, match="camera pool"):
        await Ports().run(path, tmp_path)


async def test_stop_closes_the_part_and_says_so(still_video: Path, tmp_path: Path) -> None:
    ports = Ports()
    asyncio.get_running_loop().call_later(0.6, ports.stop.set)
    report = await ports.run(still_video, tmp_path, pace=5)
    assert report.ended == "stopped"
    assert 10 < report.packets < 60
    assert ports.parts[-1].end_ms == T0 + report.packets * 100
    assert list((tmp_path / "pool").glob("*.tmp")) == []


async def test_a_port_that_fails_ends_the_capture_with_its_error(
    moving_video: Path, tmp_path: Path
) -> None:
    ports = Ports()

    async def refuse(message: FrameMessage | CameraEvent) -> None:
        assert isinstance(message, FrameMessage)
        raise ConnectionError(f"no broker for {message.seq}")

    ports.send = refuse  # type: ignore[method-assign]
    with pytest.raises(ConnectionError, match="no broker for 0"):
        await ports.run(moving_video, tmp_path)
    assert not [t for t in threading.enumerate() if t.name.startswith(("record-", "look-"))]


async def test_a_cancelled_capture_leaves_no_thread(still_video: Path, tmp_path: Path) -> None:
    task = asyncio.create_task(Ports(delay_s=60).run(still_video, tmp_path, pace=1))
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [t for t in threading.enumerate() if t.name.startswith("look-")]


async def test_a_start_time_for_a_live_stream_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="starts now"):
        await Ports().run("rtsp://127.0.0.1:1/live", tmp_path)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "undecodable"),
        (b"\xff\x00garbage", "undecodable"),
        (msgspec.msgpack.encode({"v": 1, "camera_id": "pool"}), "undecodable"),
    ],
)
def test_what_is_no_frame_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(BadMessage) as caught:
        decode(data)
    assert caught.value.reason == reason


def faster(times: int) -> Callable[[], int]:
    """A wall clock that runs as much faster as a camera of the tests does."""
    begun_s = time.monotonic()
    return lambda: T0 + round((time.monotonic() - begun_s) * 1000 * times)


@pytest.fixture
def live_url(moving_video: Path, tmp_path: Path) -> Iterator[str]:
    """A camera over HTTP that sends 12 s at its own pace x4 and hangs up, each time it is asked."""
    stream = tmp_path / "live.ts"
    with av.open(str(moving_video)) as given, av.open(str(stream), "w", format="mpegts") as out:
        copy = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(given.streams.video[0]):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
    data = stream.read_bytes()

    class Camera(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            for start in range(0, len(data), len(data) // 30 + 1):
                try:
                    self.wfile.write(data[start : start + len(data) // 30 + 1])
                except OSError:
                    return
                time.sleep(0.1)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/live.ts"
    server.shutdown()
    server.server_close()


async def test_a_lost_stream_is_a_gap_and_is_tried_again(live_url: str, tmp_path: Path) -> None:
    ports = Ports()
    fast_ms = faster(4)

    async def stop_when_back(part: Part) -> None:
        ports.parts.append(part)
        if any("live.ts" in gap.reason and part.start_ms >= gap.end_ms for gap in ports.gaps):
            ports.stop.set()

    camera = CameraSource(camera_id="pool", url=live_url)
    report = await asyncio.wait_for(
        capture(
            camera, folder=tmp_path, send=ports.send, on_part=stop_when_back, on_gap=ports.on_gap,
            stop=ports.stop, now_ms=fast_ms,
        ),
        30,
    )  # fmt: skip
    assert report.ended == "stopped"
    assert report.reconnects >= 1
    assert report.gaps == len(ports.gaps) >= 1
    assert "live.ts" in ports.gaps[0].reason
    assert report.packets > 120


async def test_a_live_stream_drops_motion_for_a_slow_receiver_but_records_all(
    live_url: str, tmp_path: Path
) -> None:
    ports = Ports(delay_s=0.5)
    camera = CameraSource(camera_id="pool", url=live_url, keyframes_when_still=False)

    async def stop_when_whole(part: Part) -> None:
        ports.parts.append(part)
        if len(ports.parts) == 9:
            ports.stop.set()

    report = await asyncio.wait_for(
        capture(
            camera, folder=tmp_path, send=ports.send, on_part=stop_when_whole, on_gap=ports.on_gap,
            stop=ports.stop, analyse_fps=10, now_ms=faster(4),
        ),
        60,
    )  # fmt: skip
    assert report.dropped["sender behind"] > 10
    assert len([f for f in ports.frames if f.reason == "timed"]) >= 2
    lengths_ms = [p.end_ms - p.start_ms for p in ports.parts[:9]]
    assert lengths_ms == [1000] * 9
    assert report.gaps == 0
