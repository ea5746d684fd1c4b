"""Owns what a verification says. Must not check anything itself."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Wrong(StrEnum):
    """In which way something is wrong."""

    CHANGED = "changed"
    MISSING = "missing"
    EXTRA = "extra"
    REORDERED = "reordered"
    BAD_SIGNATURE = "bad signature"


_CHINESE = {
    Wrong.CHANGED: "被改动",
    Wrong.MISSING: "缺失",
    Wrong.EXTRA: "多出",
    Wrong.REORDERED: "顺序被改",
    Wrong.BAD_SIGNATURE: "签名无效",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as it was sealed.

    Attributes:
        object: what it is: a stored object with its name, a row, a log entry.
        proves: what it is there to prove: the alert, its rule, place and time.
        detail: what was expected and what was found.
        provable: what can still be proved without it.
        alert_id: the alert it belongs to; empty when it belongs to none.
    """

    object: str
    proves: str
    wrong: Wrong
    detail: str
    provable: str
    alert_id: str = ""


class Report(msgspec.Struct, kw_only=True):
    """What was checked and what was found.

    Attributes:
        objects: distinct stored objects that were hashed.
        leftovers: intact objects that no manifest names: of pins a crash cut off. Not a problem.
    """

    evidence: int = 0
    objects: int = 0
    log_entries: int = 0
    raw_messages: int = 0
    leftovers: int = 0
    problems: list[Problem] = []

    @property
    def ok(self) -> bool:
        """Whether everything is as it was sealed."""
        return not self.problems


def render(report: Report) -> str:
    """The report as text for a terminal."""
    lines = [
        f"evidence 证据: {report.evidence}",
        f"objects 对象: {report.objects}",
        f"log entries 日志: {report.log_entries}",
        f"raw messages 原始报文: {report.raw_messages}",
    ]
    if report.leftovers:
        lines.append(f"named by no manifest 未引用: {report.leftovers}")
    for number, problem in enumerate(report.problems, 1):
        lines += [
            "",
            f"{number}. {problem.wrong.value.upper()} {_CHINESE[problem.wrong]}: {problem.object}",
            f"   proves 证明: {problem.proves}",
            f"   wrong 问题: {problem.detail}",
            f"   still provable 仍可证明: {problem.provable}",
        ]
    found = len(report.problems)
    lines += ["", "OK 完好" if report.ok else f"{found} problem(s) 个问题"]
    return "\n".join(lines)
