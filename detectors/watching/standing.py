"""Owns what stands in a zone that was not there before, over looks. Must not know spells.

A blob (``detectors.watching.ground``) that stays where it is and as it looks is followed. The clock
of a thing runs from look to look while it is seen and nobody is within reach, and rests while
somebody is: who stands beside their bag has not left it, who walks past has not fetched it. What is
only lit differently, was taken away, or was moved within the zone belongs to the background again;
so does all of it once most of the zone changed at a time and stayed so.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from detectors.watching.ground import UNKNOWN, Change, Plane, View, change
from detectors.watching.spell import NEVER_MS
from detectors.watching.things import SETTLED_MS, Thing, matched, paused, settled

_LEARN_MS = 1_000
_LEARN_MOST_LUMA = 5
_CHANGED_MOST = 0.5


class Ground(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """All that is remembered of a zone.

    Attributes:
        background: uint8 cells, row by row; ``UNKNOWN`` where only people were seen.
        learned_ms: when the background last went a step towards what is seen.
        changed_ms: since when most of it is different; ``NEVER_MS`` when it is not.
    """

    rows: int
    columns: int
    background: bytes
    learned_ms: int
    changed_ms: int = NEVER_MS
    things: tuple[Thing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one look says.

    Attributes:
        left: the thing that stood alone longest, seen at this look; None when nothing has.
        known: False when this look cannot tell whether anything stands there.
    """

    left: Thing | None = None
    known: bool = True
    gain: float = 1.0


def follow_things(
    ground: Ground | None,
    view: View,
    time_ms: int,
    *,
    gap: bool,
    still_ms: int,
    lost_ms: int,
    differs_luma: float,
    area_min: float,
) -> tuple[Ground, Standing]:
    """Goes one look on."""
    if ground is None or (ground.rows, ground.columns) != view.luma.shape:
        return _fresh(view, time_ms), Standing(known=False)
    background = _plane(ground)
    found = change(view, background, differs_luma=differs_luma, area_min=area_min)
    if found is None:
        return _resting(ground), Standing(known=False)
    if found.share > _CHANGED_MOST:
        since = time_ms if ground.changed_ms == NEVER_MS else ground.changed_ms
        if time_ms - since >= SETTLED_MS:
            return _fresh(view, time_ms), Standing(known=False)
        return msgspec.structs.replace(ground, changed_ms=since), Standing(known=False)
    blobs = [blob for blob in found.blobs if not blob.lit]
    things, owners = matched(
        ground.things, blobs, view, time_ms, gap=gap, lost_ms=lost_ms, gain=found.gain
    )
    told, absorbed = settled(things, owners, still_ms=still_ms, differs_luma=differs_luma)
    elapsed_ms = time_ms - ground.learned_ms
    learned = _learned(
        background,
        view,
        found,
        absorbed=absorbed,
        kept={blob.label for blob in blobs},
        most=min(elapsed_ms // 1000, _LEARN_MOST_LUMA),
    )
    after = Ground(
        rows=ground.rows,
        columns=ground.columns,
        background=learned.astype(np.uint8).tobytes(),
        learned_ms=ground.learned_ms if elapsed_ms < _LEARN_MS else time_ms,
        things=told,
    )
    return after, _said(told, time_ms, found.gain)


def _said(things: tuple[Thing, ...], time_ms: int, gain: float) -> Standing:
    seen = [thing for thing in things if thing.told and thing.seen_ms == time_ms]
    if seen:
        return Standing(left=max(seen, key=lambda thing: thing.alone_ms), gain=gain)
    return Standing(known=not any(thing.told for thing in things), gain=gain)


def _plane(ground: Ground) -> Plane:
    flat = np.frombuffer(ground.background, np.uint8).astype(np.float32)
    return flat.reshape(ground.rows, ground.columns)


def _fresh(view: View, time_ms: int) -> Ground:
    """The first look: what is there belongs there; what people hide is seen later."""
    cells = np.where(view.hidden, UNKNOWN, np.rint(view.luma)).astype(np.uint8)
    return Ground(
        rows=cells.shape[0],
        columns=cells.shape[1],
        background=cells.tobytes(),
        learned_ms=time_ms,
    )


def _resting(ground: Ground) -> Ground:
    """A look that saw too little: clocks rest."""
    things = tuple(paused(thing) for thing in ground.things)
    return msgspec.structs.replace(ground, things=things)


def _learned(
    background: Plane,
    view: View,
    found: Change,
    *,
    absorbed: set[int],
    kept: set[int],
    most: int,
) -> Plane:
    """The background nearer to what is seen, by at most ``most`` luma (sigma-delta).

    Cells of things stay as they were before the things came; what is absorbed is taken whole.
    """
    target = np.clip(np.rint(view.luma / found.gain), 1, 255)
    free = view.zone & ~view.hidden
    at_once = (free & (background == UNKNOWN)) | np.isin(found.labels, sorted(absorbed))
    slowly = free & ~np.isin(found.labels, sorted(kept))
    step = np.where(slowly, np.clip(target - background, -most, most), 0)
    return np.where(at_once, target, background + step).astype(np.float32)
