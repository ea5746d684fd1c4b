"""Owns how long a thing must be seen before a spell opens and unseen before it closes.

Must not know what is seen. Looks come when something moves or a timed look is due, so time between
two of them that exceeds a gap is unknown and does not count as lasting. It does count as clear when
both looks are: a still picture brings few looks, and a spell must be able to end.
"""

from __future__ import annotations

import msgspec

from detectors.catalogue import Entry
from detectors.catalogue.entry import FAR_MS
from detectors.types import Phase, Scene, Signal

NEVER_MS = -FAR_MS


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """Where one rule stands in one zone.

    Attributes:
        last_ms: the last look it judged.
        recent: (time_ms, figure) of the last judged looks, oldest first.
        since_ms: when the thing was first seen, unbroken; ``NEVER_MS`` for not seen.
        clear_ms: while a spell is open, when it was first not seen, unbroken.
        start_ms: of the open spell.
        worst: the worst figure of the spell.
        limit: the limit the open spell was judged by, where the zone sets it.
        memory: what else the rule remembers of the zone, in its own form.
    """

    last_ms: int = NEVER_MS
    recent: tuple[tuple[int, float], ...] = ()
    since_ms: int = NEVER_MS
    clear_ms: int = NEVER_MS
    start_ms: int = NEVER_MS
    worst: float = 0.0
    limit: float | None = None
    memory: bytes = b""

    @property
    def is_open(self) -> bool:
        """Whether a spell is open."""
        return self.start_ms != NEVER_MS


class VisionState(msgspec.Struct, frozen=True, kw_only=True):
    """State of one rule at one camera: its watches by zone, ``""`` for the whole picture."""

    last_ms: int = NEVER_MS
    zones: dict[str, Watch] = {}


def remember(watch: Watch, time_ms: int, figure: float, entry: Entry) -> Watch:
    """Adds a look's figure to the last ``looks_n``; a gap leaves nothing known before it."""
    before = () if is_gap(watch, time_ms, entry) else watch.recent
    recent = (*before, (time_ms, figure))[-int(entry.parameters["looks_n"]) :]
    return msgspec.structs.replace(watch, recent=recent)


def advance(
    watch: Watch, time_ms: int, entry: Entry, *, bad: bool, since_ms: int, figure: float
) -> tuple[Watch, Phase | None]:
    """Goes one look on.

    Args:
        bad: whether the thing is seen at this look.
        since_ms: when it was first seen, if this look starts it.
        figure: how bad; the greatest is the spell's worst.

    Returns:
        The watch after the look, and what happened to the spell.
    """
    if is_gap(watch, time_ms, entry):
        watch = msgspec.structs.replace(watch, since_ms=NEVER_MS)
    if bad:
        since = since_ms if watch.since_ms == NEVER_MS else watch.since_ms
        worst = figure if watch.since_ms == NEVER_MS and not watch.is_open else watch.worst
        watch = msgspec.structs.replace(
            watch, last_ms=time_ms, since_ms=since, clear_ms=NEVER_MS, worst=max(worst, figure)
        )
        if watch.is_open or time_ms - since < entry.lasts_s * 1000:
            return watch, None
        return msgspec.structs.replace(watch, start_ms=since), Phase.OPENED
    clear = watch.clear_ms if watch.clear_ms != NEVER_MS else time_ms
    watch = msgspec.structs.replace(watch, last_ms=time_ms, since_ms=NEVER_MS)
    if not watch.is_open:
        return watch, None
    if time_ms - clear < entry.clears_s * 1000:
        return msgspec.structs.replace(watch, clear_ms=clear), None
    return msgspec.structs.replace(watch, clear_ms=clear), Phase.CLOSED


def is_gap(watch: Watch, time_ms: int, entry: Entry) -> bool:
    """Whether the look before is too long ago to prove anything of the time between."""
    return time_ms - watch.last_ms > entry.parameters["looks_gap_s"] * 1000


def ended(watch: Watch) -> Watch:
    """The watch after its spell closed: nothing is seen; what was looked at stays known."""
    return Watch(last_ms=watch.last_ms, recent=watch.recent, memory=watch.memory)


def signal(
    entry: Entry,
    scene: Scene,
    phase: Phase,
    watch: Watch,
    *,
    at_ms: int,
    zone_id: str,
    value: float,
    inputs: dict[str, float],
) -> Signal:
    """A signal of this entry about this camera, with the times every rule has."""
    fixed = {
        "lasted_s": (at_ms - watch.start_ms) / 1000,
        "lasts_s": entry.lasts_s,
        "clears_s": entry.clears_s,
    }
    return Signal(
        phase=phase,
        rule_id=entry.id,
        rule_version=entry.version,
        severity=entry.severity,
        party_id=scene.party_id,
        site_id=scene.site_id,
        place=scene.place,
        subject=scene.camera_id,
        start_ms=watch.start_ms,
        at_ms=at_ms,
        unit=entry.unit,
        value=value,
        low=entry.low,
        high=entry.high if watch.limit is None else watch.limit,
        camera_id=scene.camera_id,
        zone_id=zone_id or None,
        staged=entry.staged,
        inputs=fixed | {name: float(number) for name, number in inputs.items()},
    )


def close(
    entry: Entry, scene: Scene, watch: Watch, *, at_ms: int, zone_id: str, reason: str
) -> Signal:
    """Ends an open spell that is no longer judged; ``reason`` becomes an input set to 1."""
    return signal(
        entry,
        scene,
        Phase.CLOSED,
        watch,
        at_ms=at_ms,
        zone_id=zone_id,
        value=watch.worst,
        inputs={"worst": watch.worst, reason: 1.0},
    )
