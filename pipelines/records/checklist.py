"""Owns the questions answered for a recording, what is missing, and the opening words. Pure."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

ANSWERS = ("yes", "no", "n/a")
_OPENING = (
    "您好！我们是{authority}执法人员{officers}，这是我们的行政执法证（出示执法证），"
    "今天就{matter}事项对你单位进行监督检查。为保护您的合法权益，监督我们的执法行为，"
    "本次执法过程将全程音像记录。"
)
"""Article 15, word for word but for what is filled in."""
_SPOKEN = (
    "现在是{moment}，地点：{place}；执法人员：{officers}；执法行为：{act}；摄录重点：{focus}。"
)
_RESTART = "现在是{moment}，因{reason}中断录制，现恢复录制。"
_BLANK = "＿＿＿＿"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question, see ``checklist.toml``."""

    code: str
    row: str
    article: str
    when: str
    zh: str
    en: str


class BadChecklist(ValueError):
    """Answers that are none; the text says what to write."""


@cache
def questions() -> tuple[Question, ...]:
    """Every question in order."""
    path = Path(__file__).parent / "checklist.toml"
    read = tomllib.loads(path.read_text("utf-8"))["question"]
    return msgspec.convert(read, tuple[Question, ...])


def checked(answers: Mapping[str, object]) -> dict[str, str]:
    """The same answers, known to be ones; true and false stand for yes and no.

    Raises:
        BadChecklist: an unknown question, or an answer but ``yes``, ``no`` and ``n/a``.
    """
    known = {q.code for q in questions()}
    good: dict[str, str] = {}
    for code, answer in answers.items():
        if answer == "":
            continue  # the form as it was printed
        said = (
            {True: "yes", False: "no"}.get(answer, answer) if isinstance(answer, bool) else answer
        )
        if code not in known:
            raise BadChecklist(f"no question {code!r}; they are: {', '.join(sorted(known))}")
        if said not in ANSWERS:
            raise BadChecklist(f"{code}: answer {answer!r}; write yes, no or n/a")
        good[code] = str(said)
    return good


def missing(answers: Mapping[str, str], *, off_office: bool, steps: int = 1) -> list[Question]:
    """Questions that apply and are answered with no, or not at all."""
    applies = {"always": True, "off_office": off_office, "steps": steps > 1}
    return [
        q for q in questions()
        if applies[q.when] and answers.get(q.code, "no") == "no"
    ]  # fmt: skip


def empty_form() -> str:
    """A TOML file to fill in."""
    lines = ['# yes, no or "n/a" 是、否、不适用']
    for q in questions():
        lines += [f"# {q.row}, 第{q.article}条: {q.zh} / {q.en}", f'{q.code} = ""']
    return "\n".join(lines) + "\n"


def script(
    *,
    authority: str = "",
    officers: Sequence[str] = (),
    matter: str = "",
    place: str = "",
    act: str = "",
    focus: str = "",
    now: dt.datetime | None = None,
) -> str:
    """The opening words, what is to be spoken, and what to say after a break."""
    names = "和".join(officers) or f"{_BLANK}和{_BLANK}"
    moment = f"{now:%Y年%m月%d日%H时%M分}" if now else "＿＿年＿月＿日＿时＿分"
    filled = {
        "authority": authority or _BLANK, "officers": names, "matter": matter or _BLANK,
        "place": place or _BLANK, "act": act or _BLANK, "focus": focus or _BLANK, "moment": moment,
        "reason": "＿＿＿＿（设备故障／损坏／天气／电量不足／存储空间不足／检查场所变化）",
    }  # fmt: skip
    parts = (("告知用语", _OPENING), ("语音说明", _SPOKEN), ("中断后恢复录制时", _RESTART))
    return "\n".join(f"【{title}】{words.format(**filled)}" for title, words in parts)
