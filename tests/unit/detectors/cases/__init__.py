"""Owns the tables of cases: what goes into a rule and which spells must come out."""

from __future__ import annotations

from tests.unit.detectors.cases import bags, bins, devices, limits, masks, vision, watching
from tests.unit.detectors.cases.shape import Case
from tests.unit.detectors.early import cases as early
from tests.unit.detectors.groups import cases as groups

ALL_CASES: tuple[Case | watching.WatchCase | early.EarlyCase, ...] = (
    *limits.CASES,
    *devices.CASES,
    *bags.CASES,
    *vision.CASES,
    *watching.CASES,
    *masks.CASES,
    *bins.CASES,
    *groups.CASES,
    *groups.COUNTERS,
    *early.CASES,
)
