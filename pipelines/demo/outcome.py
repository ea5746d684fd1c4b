"""Owns what the demo reports: counts from the database, checked against what was planted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from detectors.catalogue import bundled
from pipelines.store import Database

FORMS = {"json", "msgpack+gzip", "hj212"}
"""How the synthetic day's messages lie in the database, whichever way MQTT's came."""


@dataclass(slots=True, kw_only=True)
class Planted:
    """What the synthetic day holds that must, and must not, be found.

    Attributes:
        alerts: by rule, how many alerts there must be.
    """

    messages: int = 0
    garbage: int = 0
    duplicates: int = 0
    late: int = 0
    alerts: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """The figures of a run and what is wrong with them."""

    figures: dict[str, Any] = field(default_factory=dict)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


async def gather(
    database: Database, *, evidence_verified: int, seconds: float, by_gateway: Mapping[str, int]
) -> Outcome:
    """Reads the figures of the report from the database; what is given is passed on."""
    counts = await database.row("demo_counts") or {}
    latency: dict[str, dict[str, float]] = {}
    for row in await database.rows("demo_latency"):
        name = "reading_to_alert" if row["from_reading"] else "frame_to_alert"
        latency[name] = {"p50": round(row["p50"], 1), "p95": round(row["p95"], 1)}
    rules = {r["rule_id"]: r["alerts"] for r in await database.rows("demo_alerts_by_rule")}
    letters = {r["reason"]: r["letters"] for r in await database.rows("demo_dead_letters")}
    counters = {r["name"]: r["value"] for r in await database.rows("demo_counters")}
    forms = {r["wire"]: r["messages"] for r in await database.rows("demo_forms")}
    gaps = {r["gap"]: r["seconds"] for r in await database.rows("demo_gaps")}
    events = {r["what"]: r["events"] for r in await database.rows("demo_camera_events")}
    figures = {
        **counts,
        "by_gateway": dict(by_gateway),
        "messages_by_form": forms,
        "evidence_verified": evidence_verified,
        "latency_ms": latency,
        "seconds": round(seconds, 1),
        "alerts_by_rule": rules,
        "gap_seconds": gaps,
        "camera_events": events,
        "dead_letters_by_reason": letters,
        "messages_duplicate": counters.get("messages_duplicate", 0),
        "readings_late": counters.get("readings_late", 0),
    }
    return Outcome(figures=figures, alerts=await database.rows("demo_alerts"))


def judge(outcome: Outcome, planted: Planted | None) -> None:
    """Notes every promise the run did not keep; ``planted`` is None when the input was not ours."""
    found = outcome.figures
    _expect(outcome, found["evidence_sealed"] == found["evidence_verified"], "evidence unverified")
    _expect(outcome, found["cases_acknowledged"] == found["cases_sent"], "a case unacknowledged")
    if planted is None:
        return
    rules = found["alerts_by_rule"]
    for rule_id, wanted in planted.alerts.items():
        alerts = rules.get(rule_id, 0)
        _expect(outcome, alerts == wanted, f"{alerts} alerts of {rule_id}, {wanted} planted")
    taken = sum(found["by_gateway"].values())
    _expect(outcome, taken == planted.messages, f"{taken} of {planted.messages} messages taken")
    _expect(outcome, set(found["messages_by_form"]) == FORMS, "not every form of message came")
    _expect(outcome, found["cases_acknowledged"] > 0, "no case was acknowledged")
    _expect(outcome, found["cases_decided"] == found["cases_sent"], "a case undecided")
    letters, duplicates = found["dead_letters"], found["messages_duplicate"]
    _expect(outcome, letters == planted.garbage, f"{letters} dead letters of {planted.garbage}")
    _expect(outcome, duplicates == planted.duplicates, f"{duplicates} duplicates counted")


def _expect(outcome: Outcome, holds: bool, otherwise: str) -> None:
    if not holds:
        outcome.failures.append(otherwise)


def show(outcome: Outcome, console: Console) -> None:
    """Prints the tables for people."""
    alerts = Table(title="Alerts 预警", header_style="bold")
    kinds = {entry.id: entry.kind_of_finding for entry in bundled().entries}
    for column in ("risk", "rule", "finding", "site / place", "grade", "state", "case"):
        alerts.add_column(column, justify="right" if column == "risk" else "left")
    for row in outcome.alerts:
        case = " ".join(filter(None, (row["case_state"], row["decision"])))
        where = f"{row['site_id']} / {row['place']}"
        alerts.add_row(
            f"{row['risk']:.0f}", row["rule_id"], kinds.get(row["rule_id"], ""), where,
            row["grade"], row["state"], case,
        )  # fmt: skip
    console.print(alerts)
    figures = Table(title="The run 运行结果", show_header=False)
    for name, value in outcome.figures.items():
        shown = (
            ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        )
        figures.add_row(name.replace("_", " "), str(shown))
    console.print(figures)
    for failure in outcome.failures:
        console.print(f"[bold red]not as promised:[/] {failure}")
