"""Owns the standard grounds that officers may take over, as data. Must not decide anything.

They lie in ``grounds.toml``: short words for clear cases, shown for change before they count.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

import msgspec

from pipelines.alerts.states import MOVES, REASON_CODES


class Ground(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words for one move.

    Attributes:
        action: a key of ``MOVES``.
        reason: of dismissing; empty fits every reason.
        rules: rule ids by shell pattern.
    """

    action: str
    zh: str
    en: str
    reason: str = ""
    rules: tuple[str, ...] = ("*",)

    def fits(self, rule_id: str) -> bool:
        """Whether it is offered for a rule."""
        return any(fnmatchcase(rule_id, pattern) for pattern in self.rules)


class _Grounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ground: tuple[Ground, ...]


@cache
def grounds() -> tuple[Ground, ...]:
    """All of them in order.

    Raises:
        ValueError: one is of no move or of no reason.
    """
    text = files(__package__).joinpath("grounds.toml").read_text("utf-8")
    found = msgspec.toml.decode(text, type=_Grounds).ground
    for each in found:
        if each.action not in MOVES or each.reason not in ("", *REASON_CODES):
            raise ValueError(f"grounds.toml: no such move or reason: {each.action}, {each.reason}")
    return found


def offered(action: str, rule_id: str) -> tuple[Ground, ...]:
    """What is offered for a move on an alert of a rule, the most particular first."""
    return tuple(g for g in grounds() if g.action == action and g.fits(rule_id))
