"""Owns making a blurred copy of a sealed clip or picture. Must not change or keep the original.

A program of its own (``python -m pipelines.browse.derive``): a film that breaks a decoder breaks no
web server, and the memory is given back.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.picture import UnreadablePicture, decode_jpeg, encode_jpeg
from pipelines.browse import boxes as kept
from pipelines.browse.eyes import BLUR_VERSION, Eyes
from pipelines.browse.paint import mosaic
from pipelines.browse.regions import Boxes, Hidden
from pipelines.footage.baseline import write_baseline
from pipelines.footage.decode import Decoder, Picture
from pipelines.footage.read import open_video
from pipelines.footage.types import Ended, UnreadableVideo

_FIND_EVERY_S = 0.25
_WIDEST_PX = 1280
_NICE = 10
_THREADS = 2
_MARK = b"\xff\xfe"  # JPEG's comment segment


def says(original_sha256: str) -> str:
    """What a copy says of itself, in its own metadata."""
    return (
        f"DERIVATIVE, faces hidden. 衍生件，人脸已遮挡，不是原件。 "
        f"Original sha256 {original_sha256}; blur {BLUR_VERSION}"
    )


def blur_clip(
    source: Path, target: Path, *, original_sha256: str, eyes: Sequence[Eyes]
) -> kept.Boxes:
    """Writes an MP4 (H.264 baseline, no sound) in which faces and heads are hidden.

    Returns the persons that were found on the way.

    Args:
        eyes: one a thread.

    Raises:
        UnreadableVideo: no picture of it can be decoded.
    """
    hidden, finds = _hidden(source, eyes)
    said = {"title": "Vigil: derivative 衍生件", "comment": says(original_sha256)}
    write_baseline(target, _blurred(source, hidden), says=said)
    return kept.Boxes(model=eyes[0].model, finds=finds)


def blur_picture(data: bytes, *, original_sha256: str, eyes: Eyes) -> bytes:
    """A JPEG in which faces and heads are hidden.

    Raises:
        UnreadablePicture: it cannot be decoded.
    """
    bgr = decode_jpeg(data)
    mosaic(bgr, eyes.find(bgr))
    made = encode_jpeg(bgr, quality=85)
    text = says(original_sha256).encode()
    return made[:2] + _MARK + (len(text) + 2).to_bytes(2) + text + made[2:]


def _blurred(source: Path, hidden: Hidden) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    for picture in _pictures(source):
        bgr = picture.bgr(width_px=_WIDEST_PX)
        scale = np.float32(bgr.shape[1] / picture.raw.width)
        mosaic(bgr, hidden.at(picture.time_s) * scale)
        yield picture.time_s, bgr


def _hidden(source: Path, eyes: Sequence[Eyes]) -> tuple[Hidden, list[kept.Find]]:
    times_s: list[float] = []
    found: list[Boxes] = []
    finds: list[kept.Find] = []
    with ThreadPoolExecutor(len(eyes)) as pool:
        for pictures in _batches(_now_and_then(_pictures(source)), len(eyes)):
            times_s += [picture.time_s for picture in pictures]
            for hidden, find in pool.map(_find, eyes, pictures):
                found.append(hidden)
                finds.append(find)
    return Hidden(times_s, found), finds


def _find(eyes: Eyes, picture: Picture) -> tuple[Boxes, kept.Find]:
    bgr = picture.bgr(width_px=picture.raw.width)
    hidden, persons = eyes.look(bgr)
    tall, wide = bgr.shape[:2]
    shares = persons / np.array([wide, tall, wide, tall, 1], np.float32)
    boxes = [tuple(row) for row in np.round(shares.astype(float), 4).tolist()]
    return hidden, kept.Find(at_s=round(picture.time_s, 3), persons=boxes)


def _now_and_then(pictures: Iterator[Picture]) -> Iterator[Picture]:
    due_s = 0.0
    last: Picture | None = None
    for picture in pictures:
        last = picture
        if picture.time_s >= due_s:
            due_s = picture.time_s + _FIND_EVERY_S
            last = None
            yield picture
    if last is not None:
        yield last


def _batches(pictures: Iterator[Picture], size: int) -> Iterator[list[Picture]]:
    while batch := list(islice(pictures, size)):
        yield batch


def _pictures(source: Path) -> Iterator[Picture]:
    shown = False
    with open_video(str(source)) as video:
        decoder = Decoder(video)
        for packet in video.packets():
            found = decoder.flush() if isinstance(packet, Ended) else decoder.decode(packet)
            shown = shown or bool(found)
            yield from found
    if not shown:
        raise UnreadableVideo("the clip holds no picture that can be decoded")


def main(arguments: list[str]) -> int:
    """Makes one copy: 0 when it is there, 1 with the reason on stderr."""
    parser = argparse.ArgumentParser()
    parser.add_argument("original", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--sha256", required=True)
    parser.add_argument("--card", type=Path)
    given = parser.parse_args(arguments)
    os.nice(_NICE)  # whoever looks for breaches goes first
    partial = given.target.with_name(f"{given.target.name}.{os.getpid()}.tmp")
    try:
        if given.target.suffix == ".mp4":
            eyes = [Eyes(given.card) for _ in range(min(_THREADS, os.cpu_count() or 1))]
            found = blur_clip(given.original, partial, original_sha256=given.sha256, eyes=eyes)
            kept.keep(given.target, found)
        else:
            data = given.original.read_bytes()
            made = blur_picture(data, original_sha256=given.sha256, eyes=Eyes(given.card))
            partial.write_bytes(made)
        partial.replace(given.target)
    except (RuntimeError, UnreadablePicture, ModelError, OSError) as error:
        sys.stderr.write(str(error))
        return 1
    finally:
        partial.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
