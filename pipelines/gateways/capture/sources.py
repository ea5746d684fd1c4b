"""Which cameras a node takes: from the command line and from a file. Must not open one."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import msgspec

from pipelines.footage.types import checked_camera_id
from pipelines.gateways.capture.types import CameraSource

_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
EXAMPLE = """\
[[camera]]
id = "pool-1"
url = "rtsp://viewer:${POOL_PASSWORD}@10.0.0.5/main"   # recorded
sub_url = "rtsp://viewer:${POOL_PASSWORD}@10.0.0.5/sub" # looked at; the main one when left out
"""


class UnclearCameras(ValueError):
    """What was said about cameras cannot be meant; the text says where and what to do."""


class _Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    url: str
    sub_url: str | None = None
    start_ms: int | None = None
    frame_width_px: int = 640
    jpeg_quality: int = 80
    keyframes_when_still: bool = True


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    camera: list[_Said] = []


def sources(
    said: Sequence[str], starts_ms: Sequence[int], file: Path | None,
    *, environment: Mapping[str, str] | None = None,
) -> list[CameraSource]:  # fmt: skip
    """The cameras of ``ID=URL`` texts and of a file, which must have names of their own.

    Raises:
        UnclearCameras: none, one twice, an unknown key, or a password that is not set.
    """
    known = os.environ if environment is None else environment
    found = [_from_text(text, number, starts_ms) for number, text in enumerate(said)]
    if file is not None:
        found += [_from_file(file, one, known) for one in _read(file).camera]
    ids = [source.camera_id for source in found]
    for camera_id in ids:
        try:
            checked_camera_id(camera_id)
        except ValueError as error:
            raise UnclearCameras(str(error)) from error
        if ids.count(camera_id) > 1:
            raise UnclearCameras(f"camera {camera_id} is named twice; each needs a name of its own")
    if not found:
        raise UnclearCameras("no camera: give --camera ID=URL, or --cameras FILE")
    return found


def _from_text(text: str, number: int, starts_ms: Sequence[int]) -> CameraSource:
    camera_id, _, url = text.partition("=")
    if not camera_id or not url:
        shown = text if "://" not in text else text.partition("://")[0] + "://..."
        raise UnclearCameras(f"--camera {shown!r}: write ID=FILE or ID=rtsp://...")
    start_ms = starts_ms[number] if number < len(starts_ms) else None
    return CameraSource(camera_id=camera_id, url=url, start_ms=start_ms)


def _read(file: Path) -> _File:
    try:
        return msgspec.convert(tomllib.loads(file.read_text("utf-8")), _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UnclearCameras(f"{file}: {error}; it should look like\n{EXAMPLE}") from error


def _from_file(file: Path, said: _Said, environment: Mapping[str, str]) -> CameraSource:
    def filled(url: str) -> str:
        def word(match: re.Match[str]) -> str:
            name = match.group(1)
            if name not in environment:
                raise UnclearCameras(f"{file}: camera {said.id} needs {name} in the environment")
            return quote(environment[name], safe="")

        return _SECRET.sub(word, url)

    return CameraSource(
        camera_id=said.id, url=filled(said.url),
        sub_url=None if said.sub_url is None else filled(said.sub_url), start_ms=said.start_ms,
        frame_width_px=said.frame_width_px, jpeg_quality=said.jpeg_quality,
        keyframes_when_still=said.keyframes_when_still,
    )  # fmt: skip
