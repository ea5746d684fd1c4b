"""Owns the detectors of art. 13: duties perhaps performed against the law. Pure; leads only."""

from __future__ import annotations

from pipelines.accountability.lead import Lead, Measured
from pipelines.accountability.observed import Matter, Observed
from pipelines.accountability.omission import VERDICTS
from pipelines.accountability.spread import apart, far, rate

DECIDING_ROLES = frozenset({"officer", "reviewer", "leader"})
COMPLAINT_KINDS = frozenset({"clue_receipt", "clue_result", "objection", "take_on", "payment"})
"""Clocks that art. 12 speaks of; the others are art. 13 (6)."""


def ultra_vires(observed: Observed) -> list[Lead]:
    """Art. 13 (1): decided without a post on record, by an auxiliary, or from another unit."""
    found = []
    for matter in observed.matters:
        for fact in matter.acts(*VERDICTS, "reopened", "reminded"):
            why = _no_power(observed, fact.fact_id, fact.actor)
            if why and fact.human:
                found.append(
                    Lead(
                        code="ultra_vires", article="13.1", subject_kind="alert",
                        subject_id=matter.alert_id, officer_id=fact.actor, at_ms=fact.at_ms,
                        facts=(fact.fact_id,), measured={"why": why, "action": fact.action},
                    )
                )  # fmt: skip
    return found


def _no_power(observed: Observed, fact_id: str, actor: str) -> str:
    role = observed.officers.get(actor)
    if role is None:
        return "other_unit"
    if role not in DECIDING_ROLES:
        return "role"
    if fact_id in observed.by_auxiliary:
        return "auxiliary"
    # without a kept register nothing can be said of posts
    return "no_post" if observed.register_kept and fact_id in observed.unposted else ""


def skipped_procedure(observed: Observed) -> list[Lead]:
    """Art. 13 (2): a case without both reviews by two people, the legal one not the handler's."""
    found = []
    for matter in observed.matters:
        made = matter.acts("case_made")
        if not made:
            continue
        before = [f for f in matter.acts("review_legal", "review_technical")
                  if f.at_ms <= made[0].at_ms and f.reason_code == "passed"]  # fmt: skip
        missing = sorted({"review_legal", "review_technical"} - {f.action for f in before})
        verdicts = matter.acts("confirmed")
        whom = verdicts[-1].actor if verdicts else ""
        legal, technical = (
            {f.actor for f in before if f.action == f"review_{kind}"}
            for kind in ("legal", "technical")
        )
        both = legal & technical if min(len(legal), len(technical)) == 1 else set()
        same = sorted(both | (legal & {whom}))
        if missing or same:
            found.append(
                Lead(
                    code="skipped_procedure", article="13.2", subject_kind="case",
                    subject_id=matter.case_id, officer_id=whom, at_ms=made[0].at_ms,
                    facts=tuple(f.fact_id for f in (*verdicts[-1:], *before, made[0])),
                    measured={"missing": " ".join(missing), "same_person": " ".join(same)},
                )
            )  # fmt: skip
    return found


def wrong_basis(observed: Observed) -> list[Lead]:
    """Art. 13 (3): confirmed by a rule that was not in force, or that the catalogue has not."""
    found = []
    for matter in observed.matters:
        verdicts = matter.acts("confirmed")
        if verdicts and matter.in_force is not True:
            why = "no_entry" if matter.in_force is None else "not_in_force"
            found.append(_of(matter, "wrong_basis", "13.3", {"why": why, "rule": matter.rule_id}))
    return found


def thin_evidence(observed: Observed) -> list[Lead]:
    """Art. 13 (4): a case though nothing was sealed, or what was is no evidence."""
    found = []
    for matter in observed.matters:
        if not matter.case_id or not matter.acts("confirmed"):
            continue
        why = "nothing_sealed" if matter.sealed == 0 else ""
        why = why or ("" if matter.grade == "evidence" else f"grade_{matter.grade}")
        if why:
            said: Measured = {"why": why, "objects": matter.sealed}
            found.append(_of(matter, "thin_evidence", "13.4", said))
    return found


def discretion_outlier(observed: Observed) -> list[Lead]:
    """Art. 13 (5): dismissals or fines far from the peers', told with n and interval."""
    return [*_dismissals(observed), *_fines(observed)]


def deadline_breach(observed: Observed) -> list[Lead]:
    """Art. 13 (6): another step that the law or the house sets a time for came too late."""
    return [
        Lead(
            code="deadline_breach", article="13.6", subject_kind=clock.subject_kind,
            subject_id=clock.subject_id, officer_id=clock.officer_id, at_ms=clock.due_ms,
            facts=(f"clock:{clock.clock_id}",),
            measured={"clock": clock.kind, "state": clock.state},
        )
        for clock in observed.clocks
        if clock.late and not clock.by_party and clock.kind not in COMPLAINT_KINDS
    ]  # fmt: skip


def _dismissals(observed: Observed) -> list[Lead]:
    decided: dict[str, list[tuple[bool, str]]] = {}
    for matter in observed.matters:
        for fact in matter.acts(*VERDICTS):
            mine = decided.setdefault(fact.actor, [])
            mine.append((fact.action == "dismissed", fact.fact_id))
    found = []
    for who, mine in sorted(decided.items()):
        others = [one for other, all_ in decided.items() if other != who for one in all_]
        own, peers = rate([d for d, _ in mine]), rate([d for d, _ in others])
        if apart(own, peers):
            found.append(
                Lead(
                    code="discretion_outlier", article="13.5", subject_kind="officer",
                    subject_id=who, officer_id=who, at_ms=observed.to_ms,
                    facts=tuple(fact_id for _, fact_id in mine),
                    measured={"of": "dismissals", "share": own.share, "n": own.n, "low": own.low,
                              "high": own.high, "peers_share": peers.share, "peers_n": peers.n,
                              "peers_low": peers.low, "peers_high": peers.high},
                )
            )  # fmt: skip
    return found


def _fines(observed: Observed) -> list[Lead]:
    found = []
    for amount in observed.amounts:
        peers = [one.yuan for one in observed.amounts
                 if one.rule_id == amount.rule_id and one.case_id != amount.case_id]  # fmt: skip
        away = far(amount.yuan, peers)
        if away is not None:
            found.append(
                Lead(
                    code="discretion_outlier", article="13.5", subject_kind="case",
                    subject_id=amount.case_id, officer_id=amount.officer_id, at_ms=amount.at_ms,
                    facts=(f"case:{amount.case_id}",),
                    measured={"of": "fines", "yuan": amount.yuan, "peers_n": away.n,
                              "peers_median": away.median, "peers_low": away.low,
                              "peers_high": away.high},
                )
            )  # fmt: skip
    return found


def _of(matter: Matter, code: str, article: str, measured: Measured) -> Lead:
    verdict = matter.acts("confirmed")[-1]
    return Lead(
        code=code, article=article, subject_kind="alert", subject_id=matter.alert_id,
        officer_id=verdict.actor, at_ms=verdict.at_ms, facts=(verdict.fact_id,), measured=measured,
    )  # fmt: skip
