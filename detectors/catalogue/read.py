"""Owns turning TOML texts into entries, collecting every problem. Must not decide what is in force.

Units are converted here, once: an entry that leaves this module has its bounds in the unit of its
quantity, and keeps in ``written`` what stood in the file.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from detectors.catalogue.check import problems
from detectors.catalogue.entry import Entry
from detectors.catalogue.kinds import KINDS, WIDTHS
from detectors.catalogue.quantities import QUANTITIES
from detectors.units import conversion, spelled

NOT_ENTRIES = frozenset({"quantities.toml", "unjudged.toml"})
"""Files of a catalogue's folder that hold other things."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What a set of files holds.

    Attributes:
        placed: (file, entry) in the order of the files.
        problems: each names its file and entry.
    """

    placed: list[tuple[str, Entry]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def texts_of(folder: Path) -> dict[str, str]:
    """Text by file name of every ``*.toml`` with entries; bytes that are no UTF-8 show as �."""
    return {
        path.name: path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(folder.glob("*.toml"))
        if path.name not in NOT_ENTRIES
    }


def gather(texts: dict[str, str]) -> Found:
    """Every acceptable entry and every problem of TOML texts by file name."""
    found = Found()
    for name, text in texts.items():
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found.problems.append(f"{name}: not TOML: {error}")
            continue
        found.problems += [
            f"{name}: unknown top-level key {key!r}; entries are [[entry]]"
            for key in sorted(table.keys() - {"entry"})
        ]
        listed = table.get("entry", [])
        if not isinstance(listed, list):
            found.problems.append(f"{name}: entry is not an array of tables; write [[entry]]")
            continue
        for number, raw in enumerate(listed, 1):
            _take(found, name, number, raw)
    return found


def _take(found: Found, name: str, number: int, raw: Any) -> None:
    said = raw.get("id") if isinstance(raw, dict) else None
    called = f"{name}: entry {said or f'number {number}'}"
    try:
        entry = msgspec.convert(raw, Entry)
    except msgspec.ValidationError as error:
        found.problems.append(f"{called}: {error}")
        return
    wrong = problems(entry)
    if wrong:
        found.problems.append(f"{called}: {'; '.join(wrong)}")
        return
    found.placed.append((name, converted(entry)))


def converted(entry: Entry) -> Entry:
    """The same entry with its bounds in the unit of its quantity, where it measures one."""
    unit = spelled(entry.unit)
    if KINDS[entry.kind].measures:
        unit = QUANTITIES[entry.quantity].unit
    if unit is None or unit == entry.unit:
        return entry
    turn = conversion(entry.unit, unit)
    shift = 0.0 if entry.kind in WIDTHS else turn.offset
    low = None if entry.low is None else _figure(turn.scale * entry.low + shift)
    high = None if entry.high is None else _figure(turn.scale * entry.high + shift)
    return msgspec.structs.replace(
        entry,
        low=low,
        high=high,
        hysteresis=_figure(turn.scale * entry.hysteresis),
        unit=unit,
        written=bounds(entry.low, entry.high, entry.unit),
    )


def _figure(value: float) -> float:
    return float(f"{value:.12g}")


def bounds(low: float | None, high: float | None, unit: str) -> str:
    """Limits as people write them: ``0.3 – 1 mg/L``, ``≤ 0.1 %``; empty without any."""
    named = "" if unit == "pH" else f" {unit}".rstrip()
    if low is not None and high is not None:
        return f"{low:.12g} – {high:.12g}{named}"
    if low is not None:
        return f"≥ {low:.12g}{named}"
    return "" if high is None else f"≤ {high:.12g}{named}"
