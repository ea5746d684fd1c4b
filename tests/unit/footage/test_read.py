"""Bad sources give clear errors; a file cut off gives what is there and says so."""

from __future__ import annotations

import socket
from pathlib import Path

import av
import pytest

from pipelines.demo.tampering import capped
from pipelines.footage.decode import Decoder
from pipelines.footage.read import VideoPacket, open_video, redacted
from pipelines.footage.transcode import to_h264
from pipelines.footage.types import Ended, UnreadableVideo


def read(path: Path) -> tuple[list[VideoPacket], Ended]:
    """All packets and how it ended."""
    with open_video(str(path), camera_id="pool") as video:
        *packets, ended = video.packets()
    assert isinstance(ended, Ended)
    return [p for p in packets if isinstance(p, VideoPacket)], ended


def test_a_whole_file_ends_in_order(source: Path) -> None:
    packets, ended = read(source)
    assert len(packets) == 60
    assert ended == Ended(reason="end of file")


def test_a_truncated_file_gives_what_is_there(source: Path, tmp_path: Path) -> None:
    whole = source.read_bytes()
    cut_off = tmp_path / "cut-off.mp4"
    cut_off.write_bytes(whole[: len(whole) * 2 // 3])
    packets, ended = read(cut_off)
    assert 20 < len(packets) < 60
    assert ended.early
    assert "of 6.0 s are there" in ended.detail
    assert "pool" in ended.detail


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty, cut off"),
        (b"no video at all\n" * 400, "no video at all"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "cut off before its first picture"),
        (None, "does not exist"),
    ],
    ids=["empty", "text", "header only", "missing"],
)
def test_what_is_no_video_is_refused_with_advice(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "given.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableVideo, match=says) as caught:
        open_video(str(path), camera_id="pool")
    assert "camera pool" in str(caught.value)
    with pytest.raises(UnreadableVideo):
        to_h264(path, tmp_path / "out.mp4")
    assert list(tmp_path.glob("out*")) == []


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.mka"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame(format="s16", layout="mono", samples=800)
        frame.rate = 8000
        out.mux(stream.encode(frame))
    with pytest.raises(UnreadableVideo, match="no video stream"):
        open_video(str(path))


def test_an_unreachable_camera_is_named_without_its_password() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"rtsp://admin:secret@127.0.0.1:{port}/live"
    with pytest.raises(UnreadableVideo, match="cannot be reached") as caught:
        open_video(url, camera_id="pool", timeout_s=2)
    assert "secret" not in str(caught.value)
    assert redacted(url) == f"rtsp://***@127.0.0.1:{port}/live"


def test_transcoding_sets_keyframes_by_the_second_and_no_b_frames(source: Path) -> None:
    with open_video(str(source)) as video:
        assert video.codec == "h264"
        assert video.stream.codec_context.pix_fmt == "yuv420p"
        packets = [p for p in video.packets() if isinstance(p, VideoPacket)]
        assert [p.time_s for p in packets if p.is_key] == [0, 1, 2, 3, 4, 5]
        assert all(p.decode_time_s == p.time_s for p in packets)


def test_a_staged_lens_cover_is_dark_and_flat(tmp_path: Path, source: Path) -> None:
    to_h264(source, tmp_path / "covered.mp4", alter=capped((2.0, 4.0)))
    brightness = []
    with open_video(str(tmp_path / "covered.mp4")) as video:
        decoder = Decoder(video)
        for packet in video.packets():
            if isinstance(packet, VideoPacket):
                brightness += [p.luma().mean() for p in decoder.decode(packet)]
    assert max(brightness[20:40]) < 25
    assert min(brightness[:20] + brightness[40:]) > 60
