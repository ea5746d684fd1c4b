"""Owns the words of every notice but the finding's own, in zh-CN and English. Pure.

Must not read, store or send. What is said of the law is only what was read: 行政处罚法 art. 41
(findings of electronic monitoring are told promptly; inquiry, statement and defence are open) and
art. 45 (a defence never makes it worse).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from detectors.catalogue import bundled
from pipelines.evidence.manifest import Manifest, read

LINK = "⟦link⟧"
"""Stands in stored words for the private link, whose secret is stored nowhere."""

PART = 70  # characters of one short message in UCS-2
_LINK_LENGTH = 46  # https://, a host of 12, /p/ and the 22 characters of the secret
CHINA = timezone(timedelta(hours=8))  # the People's Republic has one time zone and no summer time

_RIGHTS_ZH = (
    "依照《中华人民共和国行政处罚法》第四十一条，您可以查询、陈述和申辩；"
    "依照第四十五条，不会因您陈述、申辩而给予更重的处罚。"
)
_RIGHTS_EN = (
    "Under article 41 of the Administrative Penalty Law you may inquire, state your case "
    "and defend yourself; under article 45 no penalty becomes heavier because you do."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Composed words: of a mail or a sheet, and for a phone."""

    subject: str
    body: str
    short: str


def reminder(alert: Mapping[str, Any], *, at_ms: int) -> Text:
    """Asks to put it right, before anything else is done.

    Args:
        alert: a row of ``notices_alert``.
    """
    zh, en = titles(alert)
    return _text(
        alert, "提醒改正", "Reminder to correct",
        [f"卫生监督员于 {beijing(at_ms)} 查看了以下情况，请您先行改正：", f"情况：{zh}",
         "改正后请通过下面的链接提交说明和照片。本提醒不是处罚决定。", _RIGHTS_ZH],
        [f"On {beijing(at_ms)} an officer looked at the following and asks you to put it right:",
         f"What: {en}", ("Then hand in a few words and photographs by the link below. "
         "This reminder is not a decision on a penalty."), _RIGHTS_EN],
        short=f"请改正“{zh}”并答复：",
    )  # fmt: skip


def clock_warning(alert: Mapping[str, Any], *, due_ms: int) -> Text:
    """Says that the time to answer runs out."""
    zh, en = titles(alert)
    return _text(
        alert, "答复期限将至", "Your time to answer runs out",
        [f"您对“{zh}”的答复期限为 {beijing(due_ms)}。逾期仍可提交，但会注明逾期。", _RIGHTS_ZH],
        [(f"Your answer on “{en}” is due on {beijing(due_ms)}. Later answers are taken too, "
         "and marked as late."), _RIGHTS_EN],
        short=f"答复期限{beijing(due_ms)[5:16]}：",
    )  # fmt: skip


def answered(alert: Mapping[str, Any], *, outcome_zh: str, outcome_en: str, words: str) -> Text:
    """Brings the officer's reply to what the party said."""
    zh, en = titles(alert)
    return _text(
        alert, "对您陈述的答复", "The reply to what you said",
        [f"关于“{zh}”，卫生监督员的答复：{outcome_zh}", words, _RIGHTS_ZH],
        [f"On “{en}” the officer replies: {outcome_en}", words, _RIGHTS_EN],
        short="对您陈述的答复：",
    )  # fmt: skip


def decided(alert: Mapping[str, Any], *, number: str, words: str) -> Text:
    """Tells of a decision by the case system. It is served by the document, not by this message."""
    zh, en = titles(alert)
    return _text(
        alert, "案件进展告知", "What became of the matter",
        [f"关于“{zh}”（案号 {number}）：{words}", "法律文书依法另行送达，以文书为准。"],
        [f"On “{en}” (case {number}): {words}",
         "The document itself is served on you as the law says, and is what counts."],
        short="案件进展：",
    )  # fmt: skip


def fresh_link(alert: Mapping[str, Any]) -> Text:
    """Brings a new private link in place of one that ended or runs out."""
    zh, en = titles(alert)
    return _text(
        alert, "新的查询链接", "A new private link",
        [f"关于“{zh}”的原链接已失效或即将失效，请使用新链接。"],
        [f"The former link on “{en}” has ended or is about to. Please use this one."],
        short="新的查询链接：",
    )  # fmt: skip


def titles(alert: Mapping[str, Any]) -> tuple[str, str]:
    """What was found, zh and en: as it was sealed, else as the catalogue has it, else the id."""
    rule_id = str(alert["rule_id"])
    found = sealed(alert)
    if found is not None and found.rule.law.known:
        return found.rule.law.title_zh, found.rule.law.title_en
    entry = bundled().by_key(f"{rule_id}@{alert['rule_version']}")
    return (entry.title.zh, entry.title.en) if entry else (rule_id, rule_id)


def sealed(alert: Mapping[str, Any]) -> Manifest | None:
    """What was sealed of an alert; None where nothing was, or not in a form that is known."""
    try:
        return read(bytes(alert["manifest"])) if alert["manifest"] else None
    except ValueError:
        return None


def brief(words: str) -> str:
    """Words cut so that they and the link fit into one part of a short message."""
    room = PART - _LINK_LENGTH
    ends = words if words.endswith("：") else words + "："
    kept = ends if len(ends) <= room else ends[: room - 2] + "…："
    return kept + LINK


def beijing(time_ms: int) -> str:
    """A moment as people there write it."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(CHINA)
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _text(
    alert: Mapping[str, Any], zh: str, en: str, zh_lines: list[str], en_lines: list[str], *,
    short: str,
) -> Text:  # fmt: skip
    number = str(alert["alert_id"])[:12]
    where_zh = f"地点：{alert['site_zh']}，{alert['place_zh']}"
    where_en = f"Where: {alert['site_en']}, {alert['place_en']}"
    lines = [
        f"{alert['party_zh']}：", "", where_zh, *zh_lines, f"查看与答复：{LINK}",
        f"编号：{number}", "", "-" * 40, "", f"{alert['party_en']}:", "", where_en, *en_lines,
        f"Look and answer: {LINK}", f"Number: {number}", "",
    ]  # fmt: skip
    return Text(
        subject=f"{zh} / {en}: {alert['site_zh']} [{number}]",
        body="\n".join(line for line in lines if line is not None),
        short=brief(short),
    )
