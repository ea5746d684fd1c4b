"""Owns filling ``Observed`` from the database. Judges nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from detectors.catalogue import Catalogue
from pipelines.accountability.facts import Fact, fact_of
from pipelines.accountability.observed import Amount, Check, Clock, Matter, Observed, Visit
from pipelines.accountability.posts import Posts, posts
from pipelines.clocks.ledger import ledger
from pipelines.records.coverage import Covered
from pipelines.records.statistics import read_span
from pipelines.store import Database, Transaction
from pipelines.store.database import Row

MOST_MATTERS = 20_000
FEN = 100


async def observe(
    database: Database, catalogue: Catalogue, *, unit_id: str, from_ms: int, to_ms: int, now_ms: int
) -> Observed:
    """A unit's period: what was found or done in it, and what still waits."""
    span: dict[str, Any] = {"unit_id": unit_id, "from_ms": from_ms, "to_ms": to_ms}
    async with database.transaction() as tx:
        register = await posts(tx)
        matters = await _matters(tx, catalogue, span)
        clocks = [_clock(row) for row in await tx.rows("duty_clocks", **span)]
        names = await tx.rows("duty_officers_of", unit_id=unit_id)
        overruled = await tx.rows("duty_overruled", **span)
        answers = await tx.rows("duty_case_answers", **span)
        checks = await tx.rows("duty_checks", now_ms=now_ms, **span)
    duties = await ledger(database, unit_id=unit_id, from_ms=from_ms, to_ms=min(to_ms, now_ms))
    month = await read_span(database, from_ms, to_ms, unit_id=unit_id)
    facts = [fact for matter in matters for fact in matter.facts if fact.human]
    return Observed(
        **span, now_ms=now_ms, matters=tuple(matters), clocks=tuple(clocks),
        duties=tuple(duties), cut=len(matters) == MOST_MATTERS,
        visits=tuple(_visit(act) for act in month.acts),
        checks=tuple(Check(**row) for row in checks), amounts=tuple(_amounts(answers, matters)),
        officers={row["officer_id"]: row["role"] for row in names},
        register_kept=any(register.of(row["officer_id"], now_ms) for row in names),
        unposted=frozenset(f.fact_id for f in facts if not register.of(f.actor, f.at_ms)),
        by_auxiliary=_by_auxiliary(facts, register),
        overruled=tuple(
            (row["objection_id"], row["officer_id"], row["superior"], row["at_ms"])
            for row in overruled
        ),
    )  # fmt: skip


async def _matters(tx: Transaction, catalogue: Catalogue, span: dict[str, Any]) -> list[Matter]:
    rows = await tx.rows("duty_matters", most=MOST_MATTERS, **span)
    ids = [row["alert_id"] for row in rows]
    facts: dict[str, list[Fact]] = {}
    for row in await tx.rows("duty_facts_of_many", ids=ids):
        facts.setdefault(row["alert_id"], []).append(fact_of(row))
    looks: dict[str, dict[str, int]] = {}
    for row in await tx.rows("duty_looks", ids=ids):
        looks.setdefault(row["target_id"], {})[row["officer_id"]] = row["first_ms"]
    return [_matter(row, catalogue, facts, looks) for row in rows]


def _matter(
    row: Row, catalogue: Catalogue, facts: dict[str, list[Fact]], looks: dict[str, dict[str, int]]
) -> Matter:
    try:
        in_force = catalogue.entry(row["rule_id"], row["rule_version"]).in_force(row["start_ms"])
    except KeyError:
        in_force = None
    shown = {n: v for n, v in row.items() if n not in ("rule_version", "start_ms")}
    alert_id = row["alert_id"]
    return Matter(
        **shown, in_force=in_force, looked_ms=looks.get(alert_id, {}),
        facts=tuple(sorted(facts.get(alert_id, []), key=lambda f: (f.at_ms, f.fact_id))),
    )  # fmt: skip


def _clock(row: Row) -> Clock:
    return Clock(**row)


def _visit(act: Covered) -> Visit:
    return Visit(
        act_id=act.act_id, kind=act.kind, officers=act.officers, start_ms=act.start_ms,
        fault=act.fault, records=act.records,
    )  # fmt: skip


def _amounts(answers: Sequence[Row], matters: Sequence[Matter]) -> list[Amount]:
    """Fines as the case system told of them; an answer of another shape has none."""
    confirmed = {m.alert_id: f.actor for m in matters for f in m.acts("confirmed")}
    found = []
    for row in answers:
        try:
            data = json.loads(bytes(row["body"]))["data"]
        except (ValueError, KeyError, TypeError):
            continue
        fen = data.get("amount_fen") if isinstance(data, dict) else None
        if data.get("status") == "decided" and isinstance(fen, int):
            found.append(
                Amount(
                    case_id=row["case_id"], alert_id=row["alert_id"], rule_id=row["rule_id"],
                    officer_id=confirmed.get(row["alert_id"], ""), at_ms=row["at_ms"],
                    yuan=fen / FEN,
                )
            )  # fmt: skip
    return found


def _by_auxiliary(facts: Sequence[Fact], register: Posts) -> frozenset[str]:
    return frozenset(f.fact_id for f in facts if register.auxiliary(f.actor, f.at_ms))
