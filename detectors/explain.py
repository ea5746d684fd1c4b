"""Owns putting a signal's decision into words, zh and en. Must not judge or translate law."""

from __future__ import annotations

import msgspec

from detectors.catalogue import Catalogue, Citation, Entry, Text
from detectors.explain_early import SAY_EARLY
from detectors.explain_groups import SAY_GROUPS
from detectors.explain_looks import SAY_LOOKS
from detectors.explain_readings import SAY_READINGS
from detectors.explain_watching import SAY_WATCHING
from detectors.figures import Sentences, clock
from detectors.types import Phase, Signal


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer needs to follow a signal.

    Attributes:
        kind_of_finding: ``breach``, ``warning``, ``lead`` or ``device``.
        zh, en: sentences, in order, with the same figures.
        law: what it rests on; ``penalty`` only for a breach.
        confidence: how sure the limit is: ``V``, ``P``, ``GK`` or ``eng``.
    """

    title: Text
    kind_of_finding: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    law: Citation
    penalty: Citation | None
    confidence: str
    source: str
    note: str
    runbook: Text


_SAY = SAY_READINGS | SAY_GROUPS | SAY_EARLY
_SAY_VISION = SAY_LOOKS | SAY_WATCHING


def explain(signal: Signal, catalogue: Catalogue) -> Explanation:
    """Puts the decision behind a signal into sentences.

    Raises:
        KeyError: the catalogue does not hold the rule version that decided it.
    """
    entry = catalogue.entry(signal.rule_id, signal.rule_version)
    say = _SAY_VISION[entry.rule] if entry.kind == "vision" else _SAY[entry.kind]
    pairs = (*say(signal, entry), *_ended(signal), *_standing(entry))
    return Explanation(
        title=entry.title,
        kind_of_finding=entry.kind_of_finding,
        zh=tuple(zh for zh, _ in pairs),
        en=tuple(en for _, en in pairs),
        law=entry.law,
        penalty=entry.penalty,
        confidence=entry.confidence,
        source=entry.source,
        note=entry.note,
        runbook=entry.runbook,
    )


def _ended(signal: Signal) -> Sentences:
    if signal.phase is not Phase.CLOSED:
        return ()
    minutes = f"{(signal.at_ms - signal.start_ms) / 60_000:g}"
    return (
        (
            f"本次情况于 {clock(signal.at_ms)} 结束，共 {minutes} 分钟。",
            f"It ended at {clock(signal.at_ms)} after {minutes} min.",
        ),
    )


def _standing(entry: Entry) -> Sentences:
    """What the finding is worth: never more than a lead until an officer decides."""
    said = {
        "breach": (
            "在线数据仅为线索，须经人工审核并按标准方法确认后方可认定违法。",
            "Online figures are a lead: a breach needs an officer's review and a confirmed test.",
        ),
        "warning": ("此为预警，尚不构成违法。", "This is an early warning, not a breach."),
        "lead": (
            "此为线索，未见其本身构成违法的规定。",
            "This is a lead; no law was read that it breaks by itself.",
        ),
        "device": (
            "此为监管设备异常，不作为处罚依据。",
            "This is a monitoring device at fault; it grounds no penalty.",
        ),
    }
    return (said[entry.kind_of_finding],)
