"""Owns what the verdict dialog is filled with. A page that includes ``verdict.html`` passes this.

The dialog itself is ``templates/verdict.html`` with ``static/verdict.js``; it posts to
``/api/alerts/ID/moves`` like every script.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from dashboards.texts import Language, catalogue
from pipelines.alerts.grounds import grounds
from pipelines.alerts.moves import GROUND_LIMIT
from pipelines.alerts.states import MOVES, REASON_CODES

ACTIONS = ("confirm", "dismiss", "unsure", "remind", "hand_back", "reopen")
"""What the dialog asks words for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialog:
    """What the template needs.

    Attributes:
        grounds: JSON: a list of ``{action, reason, rules, words}`` in the reader's language.
        words: JSON: what the script says, by key.
    """

    grounds: str
    words: str
    actions: tuple[str, ...] = ACTIONS
    reasons: tuple[str, ...] = REASON_CODES
    limit: int = GROUND_LIMIT


def verdict_of(language: Language) -> Dialog:
    """The dialog in a language."""
    listed = [
        {"action": g.action, "reason": g.reason, "rules": g.rules, "words": getattr(g, language)}
        for g in grounds()
    ]
    texts = catalogue(language)
    said = {
        key.partition(".")[2]: words
        for key, words in texts.items()
        if key.startswith(("verdict.", "problem."))
    }
    said |= {f"state_{name}": texts[f"state.{name}"] for name in _states()}
    return Dialog(grounds=json.dumps(listed), words=json.dumps(said))


def _states() -> set[str]:
    return {move.to for move in MOVES.values() if move.to} | {"sealing"}
