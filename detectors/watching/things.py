"""Owns things that were not there before: known again from look to look, their clocks, their fate.

Must not know the background.
"""

from __future__ import annotations

import msgspec

from detectors.watching.ground import Blob, Cells, View, overlap, swapped
from detectors.watching.spell import NEVER_MS

_SAME_PLACE = 0.4
SETTLED_MS = 5_000
"""What stays for less is passing."""


class Thing(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Something that was not there before.

    Attributes:
        box: cells, as first seen; so are the figures beside it.
        gain: of the light then.
        left_ms: when it was first seen with nobody near; ``NEVER_MS`` before.
        alone_ms: how long it was seen with nobody near, in all.
        alone_at_ms: the last look at it with nobody near; ``NEVER_MS`` after one with somebody.
        seen_ms: when it was last seen.
        moved: it looks like something that stood nearby and does not any more.
        told: it stood long enough; from then on people passing by change nothing.
    """

    box: Cells
    luma: float
    was_luma: float
    area: int
    gain: float
    seen_ms: int
    left_ms: int = NEVER_MS
    alone_ms: int = 0
    alone_at_ms: int = NEVER_MS
    moved: bool = False
    told: bool = False


def matched(
    things: tuple[Thing, ...],
    blobs: list[Blob],
    view: View,
    time_ms: int,
    *,
    gap: bool,
    lost_ms: int,
    gain: float,
) -> tuple[list[Thing], list[Blob | None]]:
    """Things after this look, and the blob each was seen as."""
    left = list(blobs)
    kept: list[Thing] = []
    seen_as: list[Blob | None] = []
    for thing in things:
        blob = max(left, key=lambda blob: overlap(thing.box, blob.box), default=None)
        if blob is not None and _same(thing, blob, gain):
            left.remove(blob)
            kept.append(_seen(thing, view, time_ms, gap=gap))
            seen_as.append(blob)
        elif _is_hidden(thing, view) or time_ms - thing.seen_ms < lost_ms:
            kept.append(paused(thing))
            seen_as.append(None)
    for blob in left:
        new = Thing(
            box=blob.box,
            luma=blob.luma,
            was_luma=blob.was_luma,
            area=blob.area,
            gain=gain,
            seen_ms=time_ms,
        )
        kept.append(_seen(new, view, time_ms, gap=gap))
        seen_as.append(blob)
    return kept, seen_as


def _same(thing: Thing, blob: Blob, gain: float) -> bool:
    stood_out = (thing.luma - thing.was_luma) / thing.gain
    return (
        overlap(thing.box, blob.box) >= _SAME_PLACE
        and 0.5 <= blob.area / thing.area <= 2.0  # noqa: PLR2004
        and abs((blob.luma - blob.was_luma) / gain - stood_out) < 0.5 * abs(stood_out) + 10
    )


def _seen(thing: Thing, view: View, time_ms: int, *, gap: bool) -> Thing:
    if any(overlap(thing.box, reach) > 0 for reach in view.reach):
        return msgspec.structs.replace(paused(thing), seen_ms=time_ms)
    unknown = gap or thing.alone_at_ms == NEVER_MS
    return msgspec.structs.replace(
        thing,
        seen_ms=time_ms,
        left_ms=time_ms if thing.left_ms == NEVER_MS else thing.left_ms,
        alone_ms=thing.alone_ms + (0 if unknown else time_ms - thing.alone_at_ms),
        alone_at_ms=time_ms,
    )


def paused(thing: Thing) -> Thing:
    """Its clock rests."""
    return msgspec.structs.replace(thing, alone_at_ms=NEVER_MS)


def _is_hidden(thing: Thing, view: View) -> bool:
    left, top, right, bottom = thing.box
    return bool(view.hidden[top:bottom, left:right].mean() > 0.2)  # noqa: PLR2004


def settled(
    things: list[Thing], seen_as: list[Blob | None], *, still_ms: int, differs_luma: float
) -> tuple[tuple[Thing, ...], set[int]]:
    """Things after this look, some of them told, and the labels of what is background again."""
    still = [
        blob
        for thing, blob in zip(things, seen_as, strict=True)
        if blob is not None and thing.alone_ms >= SETTLED_MS
    ]
    kept: list[Thing] = []
    absorbed: set[int] = set()
    for thing, blob in zip(things, seen_as, strict=True):
        if blob is None or thing.told or thing.alone_ms < SETTLED_MS:
            kept.append(thing)
            continue
        moved = thing.moved or any(
            swapped(blob, other, differs_luma=differs_luma)
            or swapped(other, blob, differs_luma=differs_luma)
            for other in still
            if other is not blob
        )
        over = thing.alone_ms >= still_ms
        if over and (moved or blob.gone):
            absorbed.add(blob.label)
        else:
            kept.append(msgspec.structs.replace(thing, moved=moved, told=over))
    return tuple(kept), absorbed
