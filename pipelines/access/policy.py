"""Owns the answer to "may they?": pure, from one table. Must not read the database.

The table is ``policy.toml``. Grants are an argument: whoever asks looks up which are in force.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from pipelines.registry.types import Role

_ROLES = frozenset(role.value for role in Role)

Rule = Literal["allowed", "grant", "refused"]
Scope = Literal["own", "unit", "other"]
Kind = Literal["alert", "record", "unit"]
SCOPES: tuple[Scope, ...] = ("own", "unit", "other")


class Action(StrEnum):
    """What somebody wants to do."""

    LIST = "list"
    VIEW_COPY = "view_copy"
    VIEW_ORIGINAL = "view_original"
    DOWNLOAD_OBJECT = "download_object"
    DECIDE = "decide"
    REQUEST_ACCESS = "request_access"
    APPROVE_ACCESS = "approve_access"
    EXPORT = "export"
    APPROVE_EXPORT = "approve_export"
    HOLD = "hold"
    RELEASE = "release"
    KEEP_PERMANENTLY = "keep_permanently"
    PROPOSE_PRUNE = "propose_prune"
    APPROVE_PRUNE = "approve_prune"
    IMPORT_RECORD = "import_record"
    APPROVE_DELAY = "approve_delay"
    ISSUE_EQUIPMENT = "issue_equipment"
    DRAW_CHECK = "draw_check"
    ANSWER_CHECK = "answer_check"
    REVIEW_LEGAL = "review_legal"
    REVIEW_TECHNICAL = "review_technical"
    SIGN_VIEW = "sign_view"
    SEE_CASES = "see_cases"
    RESEND_CASE = "resend_case"
    SEE_FIGURES = "see_figures"
    SEE_HEALTH = "see_health"
    SEE_CLOCKS = "see_clocks"
    MOVE_CLOCK = "move_clock"
    HANDLE_CLUE = "handle_clue"
    SILENCE = "silence"
    SILENCE_CRITICAL = "silence_critical"
    SEE_DUTY = "see_duty"
    RECORD_DUTY = "record_duty"
    PROVE_DILIGENCE = "prove_diligence"
    SEE_FAULT = "see_fault"
    HANDLE_FAULT = "handle_fault"
    DECIDE_FAULT = "decide_fault"
    REVIEW_CASE_FILE = "review_case_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks."""

    officer_id: str
    role: str
    unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What it is done to.

    Attributes:
        kind: ``unit`` stands for what is neither alert nor record, such as a unit's figures, a
            camera or a case; actions on alerts or records alone are refused on it.
        owners: officers whose own it is.
        secret: it is classed secret (AV-20).
    """

    kind: Kind
    id: str
    unit_id: str
    owners: frozenset[str] = frozenset()
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether they may, and why or why not.

    Attributes:
        why: ``own``, ``unit``, ``office`` (in any scope) or ``grant`` where allowed; ``role``
            (never for this role), ``scope`` (not in this scope) or ``grant_needed`` where not.
        scope: how the target stands to the actor.
        basis: the regulation's row.
    """

    allowed: bool
    why: str
    scope: Scope
    basis: str


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    action: Action
    of: Literal["alert", "record", "unit", "any"]
    basis: str
    note: str = ""
    officer: tuple[Rule, Rule, Rule] = ("refused", "refused", "refused")
    reviewer: tuple[Rule, Rule, Rule] = ("refused", "refused", "refused")
    leader: tuple[Rule, Rule, Rule] = ("refused", "refused", "refused")
    archivist: tuple[Rule, Rule, Rule] = ("refused", "refused", "refused")
    analyst: tuple[Rule, Rule, Rule] = ("refused", "refused", "refused")
    admin: tuple[Rule, Rule, Rule] = ("refused", "refused", "refused")


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table.

    Attributes:
        longest_days: no grant lasts longer.
        taking_s: how long an exported package may be fetched after the first time.
        secret: what the office alone does not open of what is classed secret.
        grants: what an approved request opens, by what was asked for.
    """

    longest_days: int
    taking_s: int
    secret: tuple[Action, ...]
    grants: dict[str, tuple[Action, ...]]
    rule: tuple[_Row, ...]

    def row(self, action: Action, kind: Kind) -> _Row | None:
        """The row of an action on such a target; None where the action is not for it."""
        return next((r for r in self.rule if r.action == action and r.of in (kind, "any")), None)

    def says(self, role: str, action: Action, kind: Kind, scope: Scope) -> Rule:
        """What is written for a role in a scope."""
        row = self.row(action, kind)
        if row is None or role not in _ROLES:
            return "refused"
        written: tuple[Rule, Rule, Rule] = getattr(row, role)
        return written[SCOPES.index(scope)]


@cache
def policy() -> Policy:
    """The bundled table."""
    text = files(__package__).joinpath("policy.toml").read_text("utf-8")
    return msgspec.toml.decode(text, type=Policy)


def scope_of(actor: Actor, target: Target) -> Scope:
    """How a target stands to somebody."""
    if actor.officer_id in target.owners:
        return "own"
    return "unit" if actor.unit_id == target.unit_id else "other"


def decide(
    actor: Actor, action: Action, target: Target, *, granted: Collection[str] = ()
) -> Decision:
    """Whether they may.

    Args:
        granted: what this actor was granted on this very target and is in force now: ``view``,
            ``export``.
    """
    table, scope = policy(), scope_of(actor, target)
    row = table.row(action, target.kind)
    basis = row.basis if row else ""
    rules: list[Rule] = [table.says(actor.role, action, target.kind, s) for s in SCOPES]
    rule = rules[SCOPES.index(scope)]
    if rule == "allowed" and _closed(actor, action, target, scope):
        rule = "grant"
    if rule == "allowed":
        stands = "office" if set(rules) == {"allowed"} else scope
        return Decision(allowed=True, why=stands, scope=scope, basis=basis)
    if rule == "grant":
        opened = any(action in table.grants.get(given, ()) for given in granted)
        why = "grant" if opened else "grant_needed"
        return Decision(allowed=opened, why=why, scope=scope, basis=basis)
    why = "role" if set(rules) == {"refused"} else "scope"
    return Decision(allowed=False, why=why, scope=scope, basis=basis)


def _closed(actor: Actor, action: Action, target: Target, scope: Scope) -> bool:
    """Whether a secret class takes away what the office would open; one's own stays open."""
    if not target.secret or scope == "own" or action not in policy().secret:
        return False
    return policy().says(actor.role, Action.APPROVE_ACCESS, target.kind, scope) != "allowed"
