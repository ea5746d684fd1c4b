"""Owns what can be measured: names, units and what is physically possible. Must not hold limits.

Read from ``quantities.toml``. A figure outside ``low`` to ``high`` cannot be true whatever the
place: the probe or the message is wrong. Those ranges are engineering defaults.
"""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from detectors.catalogue.entry import Text

PATH = Path(__file__).with_name("quantities.toml")


class Quantity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One measured quantity.

    Attributes:
        unit: the one in which Vigil keeps and judges it.
        low: below it no such figure can be true.
        high: above it no such figure can be true.
        sampling: ``online``, ``event`` (a figure when something happens) or ``laboratory``.
        interval_s: how often it usually comes; 0 when that is unknown.
    """

    name: str
    title: Text
    unit: str
    low: float = -math.inf
    high: float = math.inf
    sampling: Literal["online", "event", "laboratory"]
    interval_s: int = 0


def _read(path: Path) -> dict[str, Quantity]:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: msgspec.convert({"name": name, **said}, Quantity) for name, said in table.items()}


QUANTITIES: dict[str, Quantity] = _read(PATH)


def quantity(name: str) -> Quantity:
    """What is known of a quantity; an unknown one bears its name and has no bounds and no unit."""
    known = QUANTITIES.get(name)
    if known is None:
        return Quantity(name=name, title=Text(zh=name, en=name), unit="", sampling="online")
    return known
