"""Owns the gate's data: limits with their sources, what disturbs, and every reason in words."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Literal

import msgspec

from detectors.catalogue.entry import Confidence, Text

POINTS = ("clear", "continuous", "stable", "complete", "time", "place", "subject", "act")
"""OFF-13 and OFF-16 in the order in which they are told."""


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One figure; its unit is the end of its name."""

    value: float
    source: str
    confidence: Confidence


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every figure of the gate; see ``gate.toml`` for what each means."""

    brightness_min_luma: Limit
    brightness_max_luma: Limit
    contrast_min_luma: Limit
    sharpness_min_luma2: Limit
    sharpness_min_share: Limit
    contrast_min_share: Limit
    usual_min_n: Limit
    short_side_min_px: Limit
    subject_min_px: Limit
    gap_max_ms: Limit
    uneven_max_share: Limit
    edge_max_ms: Limit
    clock_max_ms: Limit
    arrival_max_ms: Limit
    flagged_max_share: Limit
    readings_min_n: Limit
    step_max_intervals: Limit
    missing_max_share: Limit


class Disturbs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events and device rules that make a span unstable; ``clock`` rules make its time doubtful."""

    events: tuple[str, ...]
    camera: tuple[str, ...]
    sensor: tuple[str, ...]
    clock: tuple[str, ...]


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a point fails.

    Attributes:
        code: ``point.reason``.
        said: what is wrong.
        mend: how it may be mended.
        advice: told, but it hinders no case by itself.
    """

    code: str
    said: Text
    mend: Text
    advice: bool = False


class Criteria(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of ``gate.toml``."""

    version: str
    limits: Limits
    disturbs: Disturbs
    shows: dict[str, Literal["person", "place"]]
    reason: tuple[Reason, ...]

    def of(self, code: str, reason: str) -> Reason | None:
        """What is known of a failing point; None of a reason that this program does not know."""
        wanted = f"{code}.{reason}"
        return next((one for one in self.reason if one.code == wanted), None)


@lru_cache(maxsize=1)
def criteria() -> Criteria:
    """The bundled data."""
    text = files("pipelines.quality").joinpath("gate.toml").read_bytes()
    return msgspec.toml.decode(text, type=Criteria)
