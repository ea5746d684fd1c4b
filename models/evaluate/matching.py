"""Owns what a hit is, and average precision, precision and recall with their intervals.

Average precision is the area under the precision envelope at IoU 0.5, every point (PASCAL VOC
2010 on); a box is matched to the best free drawn box of its class in its picture. Intervals come
from a bootstrap over pictures, because boxes of one picture are not independent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import yolo

SAME_IOU = 0.5
LOWEST_SCORE = 0.01
RESAMPLES = 1000
SEED = 20261123

Floats = NDArray[np.float64]
Found = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matches:
    """All boxes of one class over all pictures, best score first.

    Attributes:
        score: float32 ``(n,)``.
        hit: bool ``(n,)``, whether the box found a drawn one.
        picture: int64 ``(n,)``, the picture it is in.
        drawn: int64 ``(pictures,)``, how many boxes are drawn in each.
    """

    score: NDArray[np.float32]
    hit: NDArray[np.bool_]
    picture: NDArray[np.int64]
    drawn: NDArray[np.int64]

    def average_precision(self, weight: NDArray[np.int64] | None = None) -> float:
        """Area under the precision envelope, 0 to 1; ``weight`` counts each picture so often."""
        times = np.ones(len(self.hit), np.int64) if weight is None else weight[self.picture]
        drawn = int(self.drawn.sum() if weight is None else weight @ self.drawn)
        hits = np.cumsum(self.hit * times)
        if not drawn or not len(hits):
            return 0.0
        recall = hits / drawn
        precision = hits / np.maximum(1, np.cumsum(times))
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float(np.sum(np.diff(np.concatenate([[0.0], recall])) * envelope))

    def at(self, threshold: float) -> tuple[float, float]:
        """Precision and recall when boxes below ``threshold`` are dropped."""
        kept = self.hit[self.score >= threshold]
        hits = int(kept.sum())
        return hits / max(1, len(kept)), hits / max(1, int(self.drawn.sum()))

    def best_threshold(self) -> float:
        """The threshold with the highest F1."""
        hits = np.cumsum(self.hit)
        f1 = 2 * hits / (np.arange(1, len(hits) + 1) + self.drawn.sum())
        return float(self.score[int(f1.argmax())]) if len(f1) else LOWEST_SCORE

    def resampled(self, threshold: float, *, resamples: int = RESAMPLES) -> Floats:
        """``(resamples, 3)``: average precision, precision and recall on pictures drawn anew.

        Two models scored on the same pictures meet the same draws, so rows can be subtracted.
        """
        rng = np.random.default_rng(SEED)
        n = len(self.drawn)
        kept = self.score >= threshold
        hits = np.bincount(self.picture[kept], self.hit[kept], n)
        boxes = np.bincount(self.picture[kept], None, n)
        rows = np.empty((resamples, 3))
        for row in rows:
            weight = np.bincount(rng.integers(0, n, n), minlength=n)
            found = float(weight @ hits)
            row[:] = (
                self.average_precision(weight),
                found / max(1.0, float(weight @ boxes)),
                found / max(1.0, float(weight @ self.drawn)),
            )
        return rows


def match(pictures: Iterable[tuple[Found, NDArray[np.float32]]]) -> Matches:
    """Matches boxes of one class, ``((boxes (n, 4), score (n,)), drawn (m, 4))`` a picture."""
    scores, hits, owners, drawn = [], [], [], []
    for number, ((found, score), boxes) in enumerate(pictures):
        order = np.argsort(-score, kind="stable")
        scores.append(score[order])
        hits.append(_hits(found[order], boxes))
        owners.append(np.full(len(score), number))
        drawn.append(len(boxes))
    score = np.concatenate([np.zeros(0, np.float32), *scores])
    order = np.argsort(-score, kind="stable")
    return Matches(
        score=score[order],
        hit=np.concatenate([np.zeros(0, np.bool_), *hits])[order],
        picture=np.concatenate([np.zeros(0, np.int64), *owners])[order],
        drawn=np.array(drawn, np.int64),
    )


def _hits(found: NDArray[np.float32], drawn: NDArray[np.float32]) -> NDArray[np.bool_]:
    hit = np.zeros(len(found), np.bool_)
    if not len(drawn) or not len(found):
        return hit
    overlap = yolo.iou_matrix(found, drawn)
    for row in range(len(found)):
        best = int(overlap[row].argmax())
        if overlap[row, best] >= SAME_IOU:
            hit[row] = True
            overlap[:, best] = -1
    return hit
