"""Owns what a detector model says about a picture. Must not know rules, cameras or storage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_TRACK = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detections:
    """Everything found in one picture, as columns of equal length ``n``.

    Attributes:
        boxes_xyxy: float32 ``(n, 4)``, corners in pixels of the original picture.
        score: float32 ``(n,)``, 0 to 1.
        class_id: int32 ``(n,)``, index into the model's class names.
        track_id: int64 ``(n,)``, ``NO_TRACK`` where no tracker has run.
    """

    boxes_xyxy: NDArray[np.float32]
    score: NDArray[np.float32]
    class_id: NDArray[np.int32]
    track_id: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = len(self.score)
        if self.boxes_xyxy.shape != (n, 4) or len(self.class_id) != n or len(self.track_id) != n:
            raise ValueError(f"columns of unequal length: boxes {self.boxes_xyxy.shape}, score {n}")

    def __len__(self) -> int:
        return len(self.score)

    @classmethod
    def of(
        cls,
        boxes_xyxy: NDArray[np.float32],
        score: NDArray[np.float32],
        class_id: NDArray[np.int32],
    ) -> Detections:
        """Builds untracked detections from their three measured columns."""
        return cls(
            boxes_xyxy=boxes_xyxy,
            score=score,
            class_id=class_id,
            track_id=np.full(len(score), NO_TRACK, dtype=np.int64),
        )

    @classmethod
    def none(cls) -> Detections:
        """An empty picture."""
        return cls.of(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int32))

    def where(self, keep: NDArray[np.bool_]) -> Detections:
        """Keeps the rows for which ``keep`` (bool ``(n,)``) is true."""
        return Detections(
            boxes_xyxy=self.boxes_xyxy[keep],
            score=self.score[keep],
            class_id=self.class_id[keep],
            track_id=self.track_id[keep],
        )

    @property
    def feet_xy(self) -> NDArray[np.float32]:
        """float32 ``(n, 2)``: bottom centre of each box, where a person stands."""
        x = (self.boxes_xyxy[:, 0] + self.boxes_xyxy[:, 2]) / 2
        return np.stack([x, self.boxes_xyxy[:, 3]], axis=1).astype(np.float32)
