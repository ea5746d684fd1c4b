"""Owns the teachers: models that label what nobody drew. They never judge."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models import yolo
from models.training.labels import Look
from models.training.recipe import FaceTeacher, PersonTeacher
from models.training.train import load_checkpoint

PERSON = 0  # in COCO's order
STRIDE_PX = 32


def person_look(teacher: PersonTeacher, weights: Path) -> Look:
    """Finds persons in a BGR picture: ``(n, 4)`` corners in its own pixels."""
    network = load_checkpoint(weights)

    def look(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        height, width = picture.shape[:2]
        scale = min(1.0, teacher.longest_px / max(height, width))
        size = [max(1, round(side * scale / STRIDE_PX)) * STRIDE_PX for side in (width, height)]
        fitted = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        output = network(fitted)
        output[:4] *= np.array([width / size[0], height / size[1]] * 2, np.float32)[:, None]
        score = output[4 + PERSON]
        likely = score >= teacher.min_score
        middle, half = output[:2, likely].T, output[2:4, likely].T / 2
        boxes = np.concatenate([middle - half, middle + half], axis=1)
        boxes = np.clip(boxes, 0, [width, height] * 2).astype(np.float32)
        kept = yolo.suppress(boxes, score[likely], np.zeros(len(boxes), np.int32), max_iou=0.6)
        found: NDArray[np.float32] = boxes[kept]
        return found

    return look


def face_look(teacher: FaceTeacher, weights: Path) -> Look:
    """Finds faces in a BGR picture with YuNet: ``(n, 4)`` corners in its own pixels."""
    network = cv2.FaceDetectorYN.create(str(weights), "", (320, 320), teacher.min_score)

    def look(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        height, width = picture.shape[:2]
        found = [np.zeros((0, 5), np.float32)]
        for side in teacher.sides_px:
            scale = side / max(height, width)
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            network.setInputSize(size)
            faces = network.detect(cv2.resize(picture, size))[1]
            if faces is not None:
                corners = np.concatenate([faces[:, :2], faces[:, :2] + faces[:, 2:4]], axis=1)
                found.append(np.concatenate([corners / scale, faces[:, -1:]], axis=1))
        rows = np.concatenate(found).astype(np.float32)
        boxes = np.clip(rows[:, :4], 0, [width, height] * 2).astype(np.float32)
        kept = yolo.suppress(boxes, rows[:, 4], np.zeros(len(rows), np.int32), max_iou=0.4)
        boxes = boxes[kept]
        return boxes[boxes[:, 3] - boxes[:, 1] >= teacher.smallest_px]

    return look
