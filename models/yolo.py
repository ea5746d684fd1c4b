"""Owns the decode of YOLO heads: ``(4 + classes, anchors)`` (v8, 11, 26) and end to end."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.picture import Letterbox
from models.types import Detections

END_TO_END_COLUMNS = 6


def decode(
    output: NDArray[np.float32],
    fit: Letterbox,
    *,
    min_score: float,
    max_iou: float = 0.6,
    keep_classes: tuple[int, ...] | None = None,
) -> Detections:
    """Turns one picture's raw head output into detections in the picture's own pixels.

    Args:
        output: float32 ``(4 + classes, anchors)``: centre x, centre y, width, height in the
            network's pixels, then one score a class. Or, end to end, ``(boxes, 6)``: corners in the
            network's pixels, score, class; such boxes are not suppressed again.
        fit: how the picture was fitted into the network's square.
        min_score: anchors below are dropped.
        max_iou: of two boxes of one class overlapping more than this, the weaker goes.
        keep_classes: class indices to keep; all when None.
    """
    if output.shape[1] == END_TO_END_COLUMNS:
        return _end_to_end(output, fit, min_score, keep_classes)
    scores = output[4:]
    if keep_classes is not None:
        scores = scores[list(keep_classes)]
    best = scores.argmax(axis=0)
    score = scores[best, np.arange(scores.shape[1])]
    likely = score >= min_score
    if not likely.any():
        return Detections.none()
    centre, size = output[:2, likely].T, output[2:4, likely].T
    score, class_id = score[likely], best[likely].astype(np.int32)
    if keep_classes is not None:
        class_id = np.asarray(keep_classes, np.int32)[class_id]
    corners = np.concatenate([centre - size / 2, centre + size / 2], axis=1).astype(np.float32)
    kept = suppress(corners, score, class_id, max_iou=max_iou)
    return Detections.of(fit.undo(corners[kept]), score[kept].astype(np.float32), class_id[kept])


def _end_to_end(
    rows: NDArray[np.float32],
    fit: Letterbox,
    min_score: float,
    keep_classes: tuple[int, ...] | None,
) -> Detections:
    likely = rows[:, 4] >= min_score
    if keep_classes is not None:
        likely &= np.isin(rows[:, 5], keep_classes)
    rows = rows[likely]
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    return Detections.of(fit.undo(rows[:, :4]), rows[:, 4], rows[:, 5].astype(np.int32))


def suppress(
    boxes_xyxy: NDArray[np.float32],
    score: NDArray[np.float32],
    class_id: NDArray[np.int32],
    *,
    max_iou: float,
) -> NDArray[np.int64]:
    """Non-maximum suppression per class; returns kept row indices, best score first."""
    xywh = boxes_xyxy.copy()
    xywh[:, 2:] -= xywh[:, :2]
    kept = cv2.dnn.NMSBoxesBatched(xywh.tolist(), score.tolist(), class_id.tolist(), 0.0, max_iou)
    kept_rows = np.asarray(kept, np.int64).reshape(-1)
    return kept_rows[np.argsort(-score[kept_rows], kind="stable")]


def iou_matrix(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union, ``(n, m)``, of boxes ``a`` ``(n, 4)`` with ``b`` ``(m, 4)``."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    area_a = (a[:, 2:] - a[:, :2]).prod(axis=1)
    area_b = (b[:, 2:] - b[:, :2]).prod(axis=1)
    union = area_a[:, None] + area_b[None, :] - shared
    return np.where(union > 0, shared / np.maximum(union, 1e-9), 0).astype(np.float32)
