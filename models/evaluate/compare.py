"""Owns the comparison of two models on one set. Both meet the same pictures and the same draws."""

from __future__ import annotations

import numpy as np

from models.evaluate.score import HIGH, LOW, look, matches_of, shared_classes
from models.evaluate.subject import Subject
from models.evaluate.yolo_set import YoloSet

Comparison = dict[str, float | int | str]


def compare(
    first: Subject, second: Subject, data: YoloSet, said: dict[str, str] | None = None
) -> Comparison:
    """AP50 of both by class both know, the second's gain, and its 95 % bootstrap interval.

    A gain whose interval holds 0 may be chance. Keys: ``CLASS.first``, ``.second``, ``.gain``,
    ``.gain_low``, ``.gain_high``; and the median milliseconds of both.

    Raises:
        ModelError: no class in common, or no readable picture.
    """
    known = shared_classes(second, data, said)
    names = [name for name in shared_classes(first, data, said) if name in known]
    seen = [look(one, data) for one in (first, second)]
    found: Comparison = {
        "first": first.card.name,
        "second": second.card.name,
        "pictures": len(seen[0].found),
        "ms_median_first": round(float(np.median(seen[0].ms)), 2),
        "ms_median_second": round(float(np.median(seen[1].ms)), 2),
    }
    for name in names:
        both = [
            matches_of(subject, data, one, name, said)
            for subject, one in zip((first, second), seen, strict=True)
        ]
        ap50 = [matches.average_precision() for matches in both]
        draws = [matches.resampled(0.0)[:, 0] for matches in both]
        low, high = np.percentile(draws[1] - draws[0], [LOW, HIGH])
        found |= {
            f"{name}.first": round(ap50[0], 4),
            f"{name}.second": round(ap50[1], 4),
            f"{name}.gain": round(ap50[1] - ap50[0], 4),
            f"{name}.gain_low": round(float(low), 4),
            f"{name}.gain_high": round(float(high), 4),
        }
    return found
