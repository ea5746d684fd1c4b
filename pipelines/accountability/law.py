"""Owns the regulation on responsibility as data: ``law.toml``. Must not judge by it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from detectors.catalogue.entry import Text

Performance = Literal["non_performance", "illegal"]
Need = tuple[str, str, str]
"""What a ground's own words require: code, Chinese, English."""


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One paragraph; ``code`` is article.paragraph.

    Attributes:
        modal: ``may`` where the text leaves it open (可以), ``shall`` where it does not.
        needs: of a ground, what must be shown.
        performance: of a fault: duty not performed (art. 12) or against the law (art. 13).
        of_unit: of an outcome: units may meet with it too (art. 17).
        kinds: of diligence: kinds of entries that show it.
    """

    code: str
    zh: str
    en: str
    modal: Literal["", "may", "shall"] = ""
    needs: tuple[Need, ...] = ()
    performance: Literal["", "non_performance", "illegal"] = ""
    of_unit: bool = False
    kinds: tuple[str, ...] = ()

    @property
    def text(self) -> Text:
        """Both languages."""
        return Text(zh=self.zh, en=self.en)


class Law(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of it.

    Attributes:
        circulate_days: within which a sanction is circulated (art. 20).
        innovation_needs: what every case of art. 9 requires.
    """

    title_zh: str
    title_en: str
    circulate_days: int
    innovation_needs: tuple[Need, ...]
    activity: tuple[Item, ...]
    fault: tuple[Item, ...]
    exemption: tuple[Item, ...]
    innovation: tuple[Item, ...]
    mitigation: tuple[Item, ...]
    aggravation: tuple[Item, ...]
    outcome: tuple[Item, ...]
    diligence: tuple[Item, ...]

    @property
    def grounds(self) -> tuple[Item, ...]:
        """Everything that may be claimed for or against somebody: art. 8, 9, 14 and 15."""
        return (*self.exemption, *self.innovation, *self.mitigation, *self.aggravation)

    def needs_of(self, item: Item) -> tuple[Need, ...]:
        """All that a ground requires; of art. 9 also what its first sentence does."""
        return (*(self.innovation_needs if item in self.innovation else ()), *item.needs)


@cache
def law() -> Law:
    """The bundled text."""
    text = files(__package__).joinpath("law.toml").read_text("utf-8")
    return msgspec.toml.decode(text, type=Law)


def item(items: Iterable[Item], code: str) -> Item | None:
    """The paragraph of this code."""
    return next((one for one in items if one.code == code), None)
