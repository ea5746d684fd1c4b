"""Owns what a verification says. Must not check anything itself."""

from __future__ import annotations

from collections.abc import Iterator
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
_MOST_NOTES = 20  # of each kind, in the text; the JSON has them all


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as it was sealed.

    Attributes:
        object: what it is: a stored object with its name, a row, a leaf of the log.
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


class LetGo(msgspec.Struct, frozen=True, kw_only=True):
    """An object that is not here because it was removed under a certificate. Not a problem."""

    object: str
    certificate_id: str
    at_ms: int
    basis: str
    alert_id: str


class Unwitnessed(msgspec.Struct, frozen=True, kw_only=True):
    """Something whole that has no leaf of its own from when it was recorded or received.

    Not a problem: the log bears witness to it only from when an alert was sealed with it, or,
    where nothing was, not at all.
    """

    object: str
    detail: str
    alert_id: str = ""


class Report(msgspec.Struct, kw_only=True):
    """What was checked and what was found.

    Attributes:
        objects: distinct stored objects that were hashed, ``size_bytes`` together.
        log_entries: leaves of the log.
        waiting: leaves that wait for the log to number them.
        leftovers: intact objects that no manifest names: of pins a crash cut off. Not a problem.
    """

    evidence: int = 0
    objects: int = 0
    size_bytes: int = 0
    log_entries: int = 0
    waiting: int = 0
    raw_messages: int = 0
    leftovers: int = 0
    let_go: list[LetGo] = []
    unwitnessed: list[Unwitnessed] = []
    problems: list[Problem] = []

    @property
    def ok(self) -> bool:
        """Whether everything is as it was sealed."""
        return not self.problems


def as_json(report: Report) -> bytes:
    """The report for programs: every field, and ``ok``."""
    fields = {"ok": report.ok, **msgspec.structs.asdict(report)}
    return msgspec.json.format(msgspec.json.encode(fields), indent=2)


def render(report: Report) -> str:
    """The report as text for a terminal."""
    lines = [
        f"evidence 证据: {report.evidence}",
        f"objects 对象: {report.objects} ({report.size_bytes / 1e6:,.1f} MB)",
        f"log leaves 日志叶: {report.log_entries}",
        f"raw messages 原始报文: {report.raw_messages}",
        *_notes(report),
    ]
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


def _notes(report: Report) -> Iterator[str]:
    if report.waiting:
        yield f"leaves not numbered yet 待编号日志叶: {report.waiting}"
    if report.leftovers:
        yield f"named by no manifest 未引用: {report.leftovers}"
    if report.let_go:
        yield f"let go under a certificate 依证书删除: {len(report.let_go)}"
        for gone in report.let_go[:_MOST_NOTES]:
            yield f"   {gone.object}: certificate 证书 {gone.certificate_id}, {gone.basis}"
    if report.unwitnessed:
        yield f"without a leaf from the source 来源处无日志叶: {len(report.unwitnessed)}"
        for bare in report.unwitnessed[:_MOST_NOTES]:
            yield f"   {bare.object}: {bare.detail}"
