"""Owns the shape of one catalogue entry: a limit or rule as data. Must not judge anything.

Dates are days of the People's Republic of China: an entry holds from midnight Asia/Shanghai of
``valid_from`` until midnight of ``valid_to`` (excluded).
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

ANY = "any"
FAR_MS = 2**62

Severity = Literal["low", "medium", "high", "critical"]
Finding = Literal["breach", "warning", "lead", "device"]
Confidence = Literal["V", "P", "GK", "eng"]
Moment = Literal["always", "open"]


class Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing said in both languages of the product."""

    zh: str
    en: str


class Citation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A law, regulation or standard and the place in it."""

    name: str
    article: str


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule of the catalogue, in one version.

    Attributes:
        kind: a key of ``kinds.KINDS``.
        kind_of_finding: ``breach`` of a limit with a law, ``warning`` before one, ``lead`` (worth a
            look; no law was read that it breaks), ``device`` (a monitor at fault).
        site_kinds: where it holds; ``any`` for everywhere.
        quantity: the judged quantity.
        quantities: judged quantities of a ``silence`` or ``stuck`` entry; of a rule over groups,
            the companions it needs (the door of a fridge, the exposure of an X-ray room).
        rule: of a ``vision`` entry, the registered rule that judges it.
        unit: of ``low``, ``high`` and ``hysteresis``.
        hysteresis: how far inside the limit a value must be to count as good again.
        average_s: ``statistic`` over this trailing window is judged; 0 judges raw values.
        statistic: ``median`` or ``mean``.
        lasts_s: how long it must persist before a spell opens.
        clears_s: how long it must be good before a spell closes.
        when: ``open`` judges only while the site is open.
        sampling: ``laboratory`` for a figure that a laboratory reports: judged one by one.
        profile: the local profile it belongs to; it judges only where that is enabled.
        overrides: ids of the entries that an entry of a profile is stricter than.
        written: the bounds in the unit they were written in, where that is not the quantity's;
            filled in at load, ``unit`` and bounds are then the converted ones.
        parameters: further figures of the rule, units in their names.
        confidence: ``V`` read in full, ``P`` read in an excerpt, ``GK`` general knowledge,
            ``eng`` an engineering default.
        note: what a reader must know to trust or correct the entry.
        source_zh, note_zh: the same for readers of Chinese; where empty the English is shown.
    """

    id: str
    version: str
    valid_from: dt.date
    valid_to: dt.date | None = None
    kind: str
    kind_of_finding: Finding
    title: Text
    site_kinds: tuple[str, ...]
    quantity: str = ""
    quantities: tuple[str, ...] = ()
    rule: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    hysteresis: float = 0.0
    average_s: float = 0.0
    statistic: Literal["median", "mean"] = "median"
    lasts_s: float = 0.0
    clears_s: float = 0.0
    sampling: Literal["online", "laboratory"] = "online"
    when: Moment = "always"
    severity: Severity
    advisory: bool = False
    staged: bool = False
    profile: str = ""
    overrides: tuple[str, ...] = ()
    written: str = ""
    law: Citation
    penalty: Citation | None = None
    source: str
    confidence: Confidence
    runbook: Text
    parameters: dict[str, float] = {}
    note: str = ""
    source_zh: str = ""
    note_zh: str = ""

    @property
    def key(self) -> str:
        """``id@version``: names the entry in stored state."""
        return f"{self.id}@{self.version}"

    @property
    def from_ms(self) -> int:
        """First moment in force."""
        return day_ms(self.valid_from)

    @property
    def to_ms(self) -> int:
        """First moment no longer in force; ``FAR_MS`` when open-ended."""
        return FAR_MS if self.valid_to is None else day_ms(self.valid_to)

    def in_force(self, at_ms: int) -> bool:
        """Whether it held at that moment."""
        return self.from_ms <= at_ms < self.to_ms

    def covers(self, site_kind: str, quantity: str) -> bool:
        """Whether it judges this quantity at this kind of site."""
        at_site = ANY in self.site_kinds or site_kind in self.site_kinds
        return at_site and (quantity == self.quantity or quantity in self.quantities)


@lru_cache(maxsize=1024)
def day_ms(day: dt.date) -> int:
    """Midnight Asia/Shanghai of ``day`` in epoch milliseconds."""
    midnight = dt.datetime.combine(day, dt.time(), ZoneInfo("Asia/Shanghai"))
    return int(midnight.timestamp() * 1000)
