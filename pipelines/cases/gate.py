"""Owns why a finding does not become a candidate case, and how that can be mended. Pure.

A finding that is withheld here can still start a visit; it lowers no official credit either, for
records that may not be evidence (行政处罚法 art. 41) may not cost anybody anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import msgspec
from stdnum.cn import uscc

from detectors.catalogue.entry import Text
from pipelines.cases.types import Dossier, Hindrance, Package
from pipelines.evidence.manifest import Point
from pipelines.quality.criteria import criteria
from pipelines.quality.gate import hindering
from pipelines.quality.review import missing, standing


class _Known(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: str
    said: Text
    mend: Text
    by: str
    how: tuple[str, ...]


class _Data(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hindrance: tuple[_Known, ...]


@lru_cache(maxsize=1)
def _known() -> dict[str, _Known]:
    text = files("pipelines.cases").joinpath("hindrances.toml").read_bytes()
    return {one.code: one for one in msgspec.toml.decode(text, type=_Data).hindrance}


def codes() -> tuple[str, ...]:
    """Every code there is."""
    return tuple(_known())


def hindrances(dossier: Dossier) -> list[Hindrance]:
    """Every reason to withhold the case, each with how it is mended; empty when it may go."""
    found = [*_standing(dossier), *_law(dossier), *_evidence(dossier)]
    if dossier.package is not None:
        found += [*_quality(dossier), *_reviews(dossier, dossier.package)]
    return found


def _made(code: str, detail: str, about: str = "") -> Hindrance:
    known = _known()[code]

    def filled(text: str) -> str:
        return text.replace("{detail}", detail).replace("{about}", about)

    return Hindrance(
        code=code, detail=detail, about=about, by=known.by, how=known.how,
        said=Text(zh=filled(known.said.zh), en=filled(known.said.en)),
        mend=Text(zh=filled(known.mend.zh), en=filled(known.mend.en)),
    )  # fmt: skip


def _standing(dossier: Dossier) -> Iterable[Hindrance]:
    alert = dossier.alert
    if alert["grade"] != "evidence":
        reasons = [str(r) for r in alert["grade_reasons"]]
        detail = ", ".join(reasons) or "no reason given"
        yield _made("not_evidence_grade", f"{alert['grade']} ({detail})")
        for reason in reasons:
            why, _, paper = reason.partition(":")
            if paper:
                yield _made("paper_missing", why, paper)
    if alert["staged"]:
        yield _made("staged_rule", f"{alert['rule_id']} is on trial and is never routed")
    if not uscc.is_valid(alert["uscc"]):
        detail = f"{alert['uscc']!r} is no unified social credit code (GB 32100-2015)"
        yield _made("uscc_invalid", detail)


def _law(dossier: Dossier) -> Iterable[Hindrance]:
    alert, entry = dossier.alert, dossier.entry
    if entry is None:
        detail = f"the catalogue has no {alert['rule_id']}@{alert['rule_version']}"
        yield _made("rule_unknown", detail)
        return
    if not entry.in_force(alert["start_ms"]):
        yield _made("not_in_force", f"{entry.key} was not in force when it happened")
    if entry.kind_of_finding != "breach":
        detail = f"{entry.key} finds a {entry.kind_of_finding}, no breach of a law that was read"
        yield _made("not_a_breach", detail)
    elif entry.penalty is None:
        yield _made("no_penalty", f"{entry.key} names no penalty")


def _evidence(dossier: Dossier) -> Iterable[Hindrance]:
    package = dossier.package
    if package is None:
        yield _made("not_sealed", "no evidence was sealed")
        return
    if not package.objects:
        yield _made("nothing_pinned", "the manifest names no object")
    if not package.public_key_pem:
        yield _made("key_unknown", f"no public key {package.key_id}", package.key_id)


def _quality(dossier: Dossier) -> Iterable[Hindrance]:
    if not dossier.quality:
        yield _made("quality_failed", "the evidence was never judged")
    for point in hindering(dossier.quality):
        yield _of_point(point)


def _of_point(point: Point) -> Hindrance:
    """In the words of the quality gate where it knows the reason."""
    plain = _made("quality_failed", f"{point.code} {point.reason}", f"{point.code}.{point.reason}")
    reason = criteria().of(point.code, point.reason)
    if reason is None:
        return plain
    return Hindrance(
        code=plain.code, detail=plain.detail, about=plain.about, by=plain.by, how=plain.how,
        said=reason.said, mend=reason.mend,
    )  # fmt: skip


def _reviews(dossier: Dossier, package: Package) -> Iterable[Hindrance]:
    """Unreviewed records are no evidence (行政处罚法 art. 41); two people review."""
    stand = standing(dossier.reviews, package.manifest_sha256)
    for kind in missing(stand):
        yield _made("review_missing", f"{kind} review", kind)
    for kind, review in stand.items():
        if not review.passed:
            yield _made("review_failed", f"{kind} review by {review.officer_id}", kind)
    if len({review.officer_id for review in stand.values()}) < len(stand):
        yield _made("review_failed", "one person signed both reviews")
    if missing(stand):
        for why in dossier.untrusted:
            yield _made("review_failed", why)
