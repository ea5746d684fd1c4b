"""Owns who prevails: local corrections, local profiles, mandatory national limits (OFF-25).

* A **correction** is a version of a bundled entry written in a local folder. It ends the bundled
  version on the day it begins.
* A **profile** is a set of stricter local limits under one name, judged only from the day on which
  the authority enables it. An entry of a profile takes the place of those it ``overrides``, but a
  lead never takes the place of a breach: then both judge, so no breach is lost. A profile that is
  looser than a mandatory national limit is refused: the national rule prevails.

Must not read files.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

import msgspec

from detectors.catalogue.entry import ANY, FAR_MS, Entry

Wrong = tuple[str, str]
"""The id of an entry and what is wrong with it."""

_WEIGHT = {"device": 0, "lead": 1, "warning": 2, "breach": 3}


def corrected(bundled: Iterable[Entry], local: Iterable[Entry]) -> tuple[list[Entry], list[Wrong]]:
    """Bundled entries ended where a local version of them begins, and what is wrong with that."""
    begins: dict[str, dt.date] = {}
    for entry in local:
        begins[entry.id] = min(entry.valid_from, begins.get(entry.id, entry.valid_from))
    ended: list[Entry] = []
    wrong: list[Wrong] = []
    for entry in bundled:
        begin = begins.get(entry.id)
        if begin is None or (entry.valid_to is not None and entry.valid_to <= begin):
            ended.append(entry)
        elif begin <= entry.valid_from:
            said = f"the local version must begin after {entry.valid_from}, as {entry.key} does"
            wrong.append((entry.id, said))
        else:
            ended.append(msgspec.structs.replace(entry, valid_to=begin))
    return ended, wrong


def loosened(entries: Iterable[Entry], correcting: Iterable[str]) -> list[Wrong]:
    """Corrections that are looser than the mandatory version before them.

    Acceptable where the older figure was a mistake; a local rule may not do it.

    Args:
        correcting: keys of the versions to look at.
    """
    keys = set(correcting)
    by_begin = sorted(entries, key=lambda e: (e.id, e.from_ms))
    return [
        (after.id, said)
        for before, after in pairwise(by_begin)
        if before.id == after.id and after.key in keys
        for said in _looser(after, before)
    ]


def profile_problems(entries: Iterable[Entry], offered: Iterable[Entry]) -> list[Wrong]:
    """What is wrong with profiles beside the entries that hold everywhere."""
    by_id: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_id[entry.id].append(entry)
    wrong: list[Wrong] = []
    for entry in offered:
        for overridden in entry.overrides:
            if overridden not in by_id:
                wrong.append((entry.id, f"it overrides {overridden!r}, which there is not"))
            wrong += [
                (entry.id, f"of profile {entry.profile}: {said}")
                for version in by_id.get(overridden, [])
                if entry.from_ms < version.to_ms and version.from_ms < entry.to_ms
                for said in _against(entry, version)
            ]
    return wrong


def _against(entry: Entry, national: Entry) -> list[str]:
    """Why one entry may not stand in for another."""
    if (entry.kind, entry.quantity, entry.unit) != (
        national.kind,
        national.quantity,
        national.unit,
    ):
        return [f"it judges something else than {national.key}"]
    found = []
    if ANY not in entry.site_kinds and not set(national.site_kinds) <= set(entry.site_kinds):
        found.append(f"it holds at fewer kinds of site than {national.key}")
    return found + [f"{said}, which prevails" for said in _looser(entry, national)]


def _looser(entry: Entry, national: Entry) -> list[str]:
    """Bounds that allow what a mandatory limit does not."""
    found = []
    if national.kind_of_finding == "breach":
        if national.low is not None and (entry.low is None or entry.low < national.low):
            found.append(f"low is looser than {national.low:g} of {national.key}")
        if national.high is not None and (entry.high is None or entry.high > national.high):
            found.append(f"high is looser than {national.high:g} of {national.key}")
    return found


def settle(
    entries: Iterable[Entry], offered: Iterable[Entry], enabled: Mapping[str, dt.date]
) -> tuple[Entry, ...]:
    """What judges once profiles are enabled, each from its day on."""
    active = []
    for entry in offered:
        if entry.profile in enabled:
            begin = max(entry.valid_from, enabled[entry.profile])
            if entry.valid_to is None or begin < entry.valid_to:
                active.append(msgspec.structs.replace(entry, valid_from=begin))
    settled = list(entries)
    for stricter in active:
        settled = [piece for entry in settled for piece in _beside(entry, stricter)]
    return (*settled, *active)


def _beside(entry: Entry, stricter: Entry) -> list[Entry]:
    """The parts of an entry that a stricter one leaves: before it begins and after it ends."""
    weaker = _WEIGHT[stricter.kind_of_finding] < _WEIGHT[entry.kind_of_finding]
    apart = stricter.to_ms <= entry.from_ms or entry.to_ms <= stricter.from_ms
    if entry.id not in stricter.overrides or weaker or apart:
        return [entry]
    left = []
    if entry.from_ms < stricter.from_ms:
        left.append(msgspec.structs.replace(entry, valid_to=stricter.valid_from))
    if stricter.to_ms < min(entry.to_ms, FAR_MS) and stricter.valid_to is not None:
        version = f"{entry.version}-after-{stricter.profile}"
        left.append(msgspec.structs.replace(entry, version=version, valid_from=stricter.valid_to))
    return left
