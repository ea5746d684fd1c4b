"""Says what is wrong with a camera, to someone who sees it for the first time. Records nothing."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from rich.console import Console
from rich.markup import escape

from pipelines.footage.parts import KEPT_CODECS
from pipelines.footage.read import Video, is_network, open_video, redacted
from pipelines.footage.types import Ended, UnreadableVideo
from pipelines.gateways.capture.check_words import SENTENCES
from pipelines.gateways.capture.clock import ArrivalClock
from pipelines.gateways.capture.node import wall_ms

_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443, "rtmp": 1935}
_RARE_KEYS_S = 4.0
_LARGE_PX = 1920 * 1088
_CLOCK_OFF_MS = 1000
_JITTER_MS = 200
_SLOW_FPS = 5.0
_MOST_PACKETS = 100_000
Mark = Literal["ok", "warn", "fail"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    Attributes:
        name: what, from a closed set, e.g. ``port`` or ``keyframes``.
        zh, en: what was found and, unless it is in order, what to do.
        value: the figure behind it.
    """

    name: str
    mark: Mark
    zh: str
    en: str
    value: float | str | None = None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A camera's examination: ``ok`` when Vigil can record it."""

    url: str
    ok: bool
    findings: list[Finding]


@dataclass(slots=True, kw_only=True)
class _Watched:
    """What was seen of a stream while it was watched."""

    seconds: float
    frames: int
    size_bytes: int
    keys_s: list[float]
    clock: ArrivalClock
    ended: Ended | None


def run_check(console: Console, url: str, *, seconds: float, as_json: bool, lang: str) -> int:
    """Examines a camera and prints it; 0 when Vigil can record it, else 1."""
    checked = check(url, seconds=seconds)
    if as_json:
        console.out(msgspec.json.format(msgspec.json.encode(checked)).decode(), highlight=False)
        return 0 if checked.ok else 1
    colours = {"ok": "green", "warn": "yellow", "fail": "red"}
    console.print(escape(checked.url), soft_wrap=True)
    for finding in checked.findings:
        said = finding.zh if lang == "zh" else finding.en
        mark = f"[{colours[finding.mark]}]{finding.mark:4}[/]"
        console.print(f"{mark} {escape(said)}", soft_wrap=True)
    return 0 if checked.ok else 1


def check(url: str, *, seconds: float, timeout_s: float = 10.0) -> Checked:
    """Examines a camera, a stream or a file; stops at the first thing that leaves nothing to see.

    Args:
        seconds: how long its stream is watched.
    """
    findings: list[Finding] = []

    def say(name: str, mark: Mark, *, value: float | str | None = None, **words: object) -> bool:
        zh, en = (text.format(**words) for text in SENTENCES[name, mark])
        shown = value if value is not None else next(iter(words.values()), None)
        kept = shown if isinstance(shown, float | int | str) else None
        findings.append(Finding(name=name, mark=mark, zh=zh, en=en, value=kept))
        return mark != "fail"

    ok = (not is_network(url) or _reached(url, say, timeout_s)) and _seen(
        url, say, seconds=seconds, timeout_s=timeout_s
    )
    return Checked(url=redacted(url), ok=ok, findings=findings)


Say = Callable[..., bool]


def _reached(url: str, say: Say, timeout_s: float) -> bool:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme.lower(), 554)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return say("name", "fail", host=host)
    say("name", "ok", host=host, address=found[0][4][0])
    begun_s = time.monotonic()
    try:
        socket.create_connection((host, port), timeout=timeout_s).close()
    except TimeoutError:
        return say("port", "fail", port=port, value="timeout", host=host)
    except OSError as error:
        return say("port", "fail", port=port, value=error.strerror or "refused", host=host)
    return say("port", "ok", port=port, ms=round((time.monotonic() - begun_s) * 1000))


def _seen(url: str, say: Say, *, seconds: float, timeout_s: float) -> bool:
    begun_s = time.monotonic()
    try:
        video = open_video(url, timeout_s=timeout_s, sound=True)
    except UnreadableVideo as error:
        return say("stream", "fail", why=str(error).removeprefix(redacted(url)).strip())
    with video:
        say("stream", "ok", s=round(time.monotonic() - begun_s, 2))
        codec = _codec(video, say)
        watched = _watch(video, seconds)
    flows = _flow(watched, say, is_key=codec)
    _clock(watched, say, live=is_network(url))
    _advice(video, watched, say)
    return codec and flows


def _codec(video: Video, say: Say) -> bool:
    codec, profile = video.codec, video.profile
    if codec not in KEPT_CODECS:
        return say("codec", "fail", codec=codec)
    mark: Mark = "ok" if codec == "h264" else "warn"
    say("codec", mark, codec=codec, profile=profile or "-")
    width, height = video.size_px
    say("size", "ok", size=f"{width}x{height}")
    say("sound", "warn" if video.has_sound else "ok", value=float(video.has_sound))
    return True


def _watch(video: Video, seconds: float) -> _Watched:
    clock, begun_s = ArrivalClock(), time.monotonic()
    seen = _Watched(seconds=0, frames=0, size_bytes=0, keys_s=[], clock=clock, ended=None)
    first_s = last_s = None
    for packet in video.packets():
        if isinstance(packet, Ended):
            seen.ended = packet
            break
        clock.hear(packet, wall_ms())
        first_s = packet.decode_time_s if first_s is None else first_s
        last_s = packet.decode_time_s + packet.duration_s
        seen.frames += 1
        seen.size_bytes += len(packet.payload)
        if packet.is_key:
            seen.keys_s.append(packet.time_s)
        enough = time.monotonic() - begun_s >= seconds or last_s - first_s >= seconds
        if enough or seen.frames >= _MOST_PACKETS:
            break
    clock.settle()
    seen.seconds = 0.0 if first_s is None or last_s is None else last_s - first_s
    return seen


def _flow(seen: _Watched, say: Say, *, is_key: bool) -> bool:
    if seen.frames < 2 or seen.seconds <= 0:  # noqa: PLR2004  one picture has no rate
        return say("pictures", "fail", why=seen.ended.detail if seen.ended else "-")
    fps = round(seen.frames / seen.seconds, 1)
    say("pictures", "ok" if fps >= _SLOW_FPS else "warn", fps=fps, s=round(seen.seconds, 1))
    say("bit_rate", "ok", mbit=round(seen.size_bytes * 8 / seen.seconds / 1e6, 2))
    if not is_key:
        return False
    steps = [after - before for before, after in zip(seen.keys_s, seen.keys_s[1:], strict=False)]
    if not seen.keys_s:
        return say("keyframes", "fail", s=round(seen.seconds, 1))
    every_s = round(median(steps), 2) if steps else round(seen.seconds, 2)
    rare = every_s > _RARE_KEYS_S or not steps
    return say("keyframes", "warn" if rare else "ok", s=every_s)


def _clock(seen: _Watched, say: Say, *, live: bool) -> None:
    if not live or not seen.clock.settled:
        return
    jitter = seen.clock.uncertainty_ms
    say("jitter", "warn" if jitter > _JITTER_MS else "ok", ms=jitter)
    offset = seen.clock.offset_ms
    if offset is None:
        say("clock", "warn", value="not told")
    elif abs(offset) > _CLOCK_OFF_MS:
        say("clock", "fail", s=round(offset / 1000, 1))
    else:
        say("clock", "ok", ms=offset)


def _advice(video: Video, seen: _Watched, say: Say) -> None:
    del seen
    width, height = video.size_px
    if width * height > _LARGE_PX:
        say("sub_stream", "warn", size=f"{width}x{height}")
    kept = video.codec in KEPT_CODECS
    say("vigil", "ok" if kept else "fail", codec=video.codec)
