"""Owns the words of a notice, in zh-CN and English. Pure: must not read, store or send.

Sources of what it says of the law: 行政处罚法 art. 41 (findings of electronic monitoring are told
promptly; inquiry, statement and defence are open) and art. 45 (a defence never makes it worse).
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.notices.words import LINK, Text, beijing, brief


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a notice tells. Empty texts are left out of it.

    Attributes:
        low, high: the limits, in ``unit``.
        law_zh: law and article; empty when the rule breaks none that was read.
        number: what the party quotes when it answers.
        photographed: whether footage belongs to the evidence.
    """

    number: str
    party_zh: str
    party_en: str
    site_zh: str
    site_en: str
    place_zh: str
    place_en: str
    title_zh: str
    title_en: str
    start_ms: int
    detected_ms: int
    value: float | None
    unit: str
    low: float | None
    high: float | None
    law: str
    photographed: bool
    answer_to: str


def compose(seen: Seen) -> Text:
    """The notice of a machine's finding: first Chinese, then the same in English."""
    subject = f"监测提示 / Monitoring notice: {seen.site_zh} {seen.title_zh} [{seen.number}]"
    body = "\n".join([*_chinese(seen), "", "-" * 40, "", *_english(seen), ""])
    short = brief(f"{seen.site_zh}{seen.title_zh}：")
    return Text(subject=subject, body=body, short=short)


def _chinese(seen: Seen) -> list[str]:
    lines = [
        f"{seen.party_zh}：",
        "",
        "卫生监督在线监测系统发现以下情况，现予告知。",
        f"发现内容：{seen.title_zh}",
        f"地点：{seen.site_zh}，{seen.place_zh}",
        f"时间：{beijing(seen.start_ms)} 起，{beijing(seen.detected_ms)} 发现（北京时间）",
    ]
    if seen.value is not None:
        lines.append(f"测得：{_figure(seen.value, seen.unit)}")
    if limit := _limit(seen, "不低于 {}", "不高于 {}", "，"):
        lines.append(f"限值：{limit}")
    if seen.law:
        lines.append(f"依据：{seen.law}")
    kept = "监测数据和现场录像" if seen.photographed else "监测数据"
    lines += [
        "",
        f"本提示由机器自动作出，不是处罚决定。有关{kept}已固定保存，将由卫生监督员人工审核。",
        "请尽快自查，必要时立即改正。",
        (
            "依照《中华人民共和国行政处罚法》第四十一条，您可以查询、陈述和申辩；"
            "依照第四十五条，不会因您陈述、申辩而给予更重的处罚。"
        ),
        f"在线查看、确认、申辩或提交改正证明：{LINK}",
        f"也可致函 {seen.answer_to}，注明编号 {seen.number}。",
    ]
    return lines


def _english(seen: Seen) -> list[str]:
    lines = [
        f"{seen.party_en}:",
        "",
        "The online monitoring of health supervision has seen the following.",
        f"What: {seen.title_en}",
        f"Where: {seen.site_en}, {seen.place_en}",
        f"When: from {beijing(seen.start_ms)}, found at {beijing(seen.detected_ms)} (UTC+8)",
    ]
    if seen.value is not None:
        lines.append(f"Measured: {_figure(seen.value, seen.unit)}")
    if limit := _limit(seen, "not below {}", "not above {}", ", "):
        lines.append(f"Limit: {limit}")
    if seen.law:
        lines.append(f"Basis: {seen.law}")
    kept = "The measurements and the footage" if seen.photographed else "The measurements"
    lines += [
        "",
        (
            "This is a finding by a machine, not a decision on a penalty. "
            f"{kept} have been preserved, and an officer will look at them."
        ),
        "Please check at once, and put right what needs it.",
        (
            "Under article 41 of the Administrative Penalty Law you may inquire, state your case "
            "and defend yourself; under article 45 no penalty becomes heavier because you do."
        ),
        f"To look, confirm, dispute or hand in proof that it was put right: {LINK}",
        f"Or write to {seen.answer_to}, quoting number {seen.number}.",
    ]
    return lines


def _limit(seen: Seen, low: str, high: str, comma: str) -> str:
    parts = []
    if seen.low is not None:
        parts.append(low.format(_figure(seen.low, seen.unit)))
    if seen.high is not None:
        parts.append(high.format(_figure(seen.high, seen.unit)))
    return comma.join(parts)


def _figure(value: float, unit: str) -> str:
    return f"{value:.4g} {unit}".rstrip()
