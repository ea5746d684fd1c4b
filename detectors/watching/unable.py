"""Owns what happens when a camera cannot see: one trouble, one spell, and nothing learned from it.

Must not hold rules: each says of a look whether its own trouble is there. All are asked, the
weightiest first; the first whose trouble has lasted gets the spell. While a spell is open its rule
keeps it until no rule finds any trouble: a hand that slides off the lens is not three alerts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec
import numpy as np

from detectors.catalogue import Entry
from detectors.types import Look, Scene, Signal
from detectors.watching.rounds import settle
from detectors.watching.spell import NEVER_MS, VisionState, Watch
from detectors.watching.usual import Sight, Usual, compared, learned, named, printed


class Verdict(NamedTuple):
    """What a rule says of one look.

    Attributes:
        watch: the rule's watch, with what it remembers of the look.
        bad: whether its trouble is there; None where this look cannot tell.
        figure: how bad.
        inputs: the arithmetic of the decision.
    """

    watch: Watch
    bad: bool | None
    figure: float = 0.0
    inputs: Mapping[str, float] = {}


class UnableRule(Protocol):
    """What a module of ``detectors/vision`` offers whose trouble keeps a camera from seeing.

    Attributes:
        AT_ONCE: a look with this trouble shows nothing that other rules could judge; without it
            they are held up only once a spell is open.
        FIXED: its bounds are fixed, whatever the camera usually shows.
    """

    RULE: str
    PARAMETERS: frozenset[str]
    AT_ONCE: bool
    FIXED: bool

    def judge(self, sight: Sight, watch: Watch, scene: Scene, entry: Entry) -> Verdict:
        """Says whether its trouble is there."""
        ...


Rules = Sequence[tuple[Entry, UnableRule]]
States = Mapping[str, VisionState]
Verdicts = Mapping[str, Verdict]


class Watched(NamedTuple):
    """What came of one look: next states by entry key, what is usual now, whether it sees."""

    states: dict[str, VisionState]
    usual: Usual
    signals: list[Signal]
    sees: bool


def watch_over(rules: Rules, states: States, usual: Usual, look: Look, scene: Scene) -> Watched:
    """Judges one look by all rules about seeing, given in order of weight.

    Rules on trial are a company of their own: they take no spell from those that officers are told
    of, and hold up no other rule.
    """
    if usual.reference != (name := named(scene.reference)):
        usual = Usual(reference=name)  # an officer signed a new view: what is usual begins anew
    sight = compared(usual, look)
    verdicts = {
        entry.key: rule.judge(sight, _watch(states, entry), scene, entry) for entry, rule in rules
    }
    told = [(entry, rule) for entry, rule in rules if not entry.staged]
    blind = any(bool(verdicts[entry.key].bad) for entry, rule in told if rule.AT_ONCE)
    if not site_open(scene, look.time_ms):
        verdicts |= {e.key: _excused(verdicts[e.key]) for e, _ in rules if e.when == "open"}
    after, signals = _decide(told, verdicts, states, look, scene)
    blind |= any(watch.is_open for state in after.values() for watch in state.zones.values())
    trial, more = _decide([r for r in rules if r[0].staged], verdicts, states, look, scene)
    teaches = _teaches(rules, verdicts, states, sight)
    usual = printed(learned(usual, look) if teaches else usual, look)
    return Watched(after | trial, usual, signals + more, not blind)


def _teaches(rules: Rules, verdicts: Verdicts, states: States, sight: Sight) -> bool:
    """A fixed bound may be left slowly, as at dusk; then what is usual must follow."""
    by_usual = [entry for entry, rule in rules if not rule.FIXED]
    if any(_watch(states, entry).is_open or verdicts[entry.key].bad for entry in by_usual):
        return False
    return not (sight.dimmed and any(verdict.bad for verdict in verdicts.values()))


def site_open(scene: Scene, time_ms: int) -> bool:
    """Whether the camera's site is open."""
    return bool(scene.hours.open_at(np.array([time_ms], np.int64))[0])


def _decide(
    rules: Rules, verdicts: Verdicts, states: States, look: Look, scene: Scene
) -> tuple[dict[str, VisionState], list[Signal]]:
    """What comes of the verdicts of one company of rules."""
    own = {entry.key: verdicts[entry.key] for entry, _ in rules}
    holder = _holder(rules, states)
    if holder is None:
        return _await(rules, own, look, scene)
    return _hold(holder, own, look, scene)


def _hold(
    holder: Entry, verdicts: Verdicts, look: Look, scene: Scene
) -> tuple[dict[str, VisionState], list[Signal]]:
    """Goes on with the open spell; the others begin anew once it is over."""
    own = verdicts[holder.key]
    others = any(verdict.bad for key, verdict in verdicts.items() if key != holder.key)
    bad = own.bad or others
    after = {key: _state(verdict.watch, look) for key, verdict in verdicts.items()}
    if own.bad is None and not others:
        return after, []
    figure = own.figure if own.bad else 0.0
    inputs = dict(own.inputs) | ({"other_trouble": 1.0} if others and not own.bad else {})
    found = (own.watch, bool(bad), look.time_ms, figure, inputs)
    watch, signals = settle(found, look.time_ms, scene, holder, "")
    after = {key: _state(_unseen(verdict.watch), look) for key, verdict in verdicts.items()}
    return after | {holder.key: _state(watch, look)}, signals


def _await(
    rules: Rules, verdicts: Verdicts, look: Look, scene: Scene
) -> tuple[dict[str, VisionState], list[Signal]]:
    """Every rule counts how long its trouble lasts; the first to have lasted opens, alone."""
    after: dict[str, VisionState] = {}
    opened: list[Signal] = []
    for entry, _ in rules:
        verdict = verdicts[entry.key]
        if verdict.bad is None:
            after[entry.key] = _state(verdict.watch, look)
            continue
        found = (verdict.watch, verdict.bad, look.time_ms, verdict.figure, dict(verdict.inputs))
        watch, signals = settle(found, look.time_ms, scene, entry, "")
        if signals and opened:
            watch, signals = _unseen(verdict.watch), []
        opened += signals
        after[entry.key] = _state(watch, look)
    return after, opened


def _holder(rules: Rules, states: States) -> Entry | None:
    return next((entry for entry, _ in rules if _watch(states, entry).is_open), None)


def _watch(states: States, entry: Entry) -> Watch:
    state = states.get(entry.key)
    return Watch() if state is None else state.zones.get("", Watch())


def _excused(verdict: Verdict) -> Verdict:
    return verdict._replace(bad=False)


def _unseen(watch: Watch) -> Watch:
    return msgspec.structs.replace(watch, since_ms=NEVER_MS)


def _state(watch: Watch, look: Look) -> VisionState:
    return VisionState(last_ms=look.time_ms, zones={"": watch})
