"""Owns what is remembered of tracks between two looks. Must not move or match them."""

from __future__ import annotations

from statistics import median

import msgspec

SCORES_N = 5
"""The score of a track is the median of so many looks: one strong mistake proves nobody."""


class Motion(msgspec.Struct, frozen=True, kw_only=True):
    """Where a box is and how it moves, as the Kalman filter left it at the last look.

    Attributes:
        place: centre x, centre y, width, height; px.
        speed: how fast each changes; px/s.
        spread: variance of place, covariance of place and speed, variance of speed; in heights
            of the box (squared, per second, per second squared). The same for all four figures.
    """

    place: tuple[float, float, float, float]
    speed: tuple[float, float, float, float]
    spread: tuple[float, float, float]

    @property
    def height_px(self) -> float:
        """Of the box, at least one pixel."""
        return max(self.place[3], 1.0)


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One person, or one face, over looks.

    Attributes:
        track_id: unique for the camera, for ever.
        last_ms: when it was last seen; ``motion`` is of that moment.
        hits: looks it was seen in.
        scores: of the last ``SCORES_N`` of them, oldest first.
        owner_id: of a face, the person it was last seen on; 0 for nobody yet.
    """

    track_id: int
    first_ms: int
    last_ms: int
    hits: int
    scores: tuple[float, ...]
    motion: Motion
    owner_id: int = 0

    @property
    def score(self) -> float:
        """The median of its last scores, 0 to 1."""
        return float(median(self.scores))


class Tracks(msgspec.Struct, frozen=True, kw_only=True):
    """All tracks of one camera.

    Attributes:
        last_ms: the last look; None before the first.
        next_id: what the next track is called; never goes back.
    """

    last_ms: int | None = None
    next_id: int = 1
    persons: tuple[Track, ...] = ()
    faces: tuple[Track, ...] = ()
