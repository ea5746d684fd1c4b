"""Owns what officers are told of a clock, in zh-CN and English. Pure; must not read or send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pipelines.clocks.due import Telling
from pipelines.clocks.keep import terms_of
from pipelines.notices.words import beijing

_PAGES = {"alert": "alerts", "clue": "clues"}
_CONFIDENCE = {
    "V": ("原文已核对", "read in the text"),
    "P": ("见于摘录", "read in an excerpt"),
    "GK": ("一般知识，未核对原文", "general knowledge, not read"),
    "eng": ("系统默认值，法规未载明", "our default; no text names a figure"),
}


class Message(NamedTuple):
    """A message's two parts."""

    subject: str
    body: str


def confidence(code: str) -> tuple[str, str]:
    """How sure we are, in zh-CN and English."""
    return _CONFIDENCE.get(code, (code, code))


def message(clock: Mapping[str, Any], telling: Telling, *, public_url: str) -> Message:
    """What to say of a clock that is near its end or past it.

    Args:
        clock: a row of ``clocks_to_look_at``.
    """
    terms = terms_of(dict(clock))
    over = telling.action == "escalated"
    zh, en = ("已逾期", "Overdue") if over else ("将到期", "Nearly due")
    where = f"{public_url.rstrip('/')}{page_of(clock)}"
    sure_zh, sure_en = confidence(terms.length_confidence)
    body = (
        f"{terms.title.zh}：{zh}\n期限：{beijing(clock['due_ms'])}（{terms.length}，{sure_zh}）\n"
        f"依据：{terms.law.zh}\n{where}\n\n"
        f"{terms.title.en}: {en.lower()}\nDue: {beijing(clock['due_ms'])} Beijing time"
        f" ({terms.length}; {sure_en})\nLaw: {terms.law.en}\n{where}"
    )
    return Message(f"{zh}：{terms.title.zh} / {en}: {terms.title.en}", body)


def page_of(clock: Mapping[str, Any]) -> str:
    """The page of the site on which a clock's step is taken."""
    room = _PAGES.get(str(clock["subject_kind"]))
    if room is not None:
        return f"/{room}/{clock['subject_id']}"
    return f"/alerts/{clock['alert_id']}" if clock["alert_id"] else "/clocks"
