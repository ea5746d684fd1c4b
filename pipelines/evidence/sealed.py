"""Owns checking one sealed alert: manifest, signature, rows and objects against one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pipelines.evidence.canonical import number, sha256_hex
from pipelines.evidence.claims import Gone, Logged, Sealed, sources
from pipelines.evidence.manifest import Manifest, SealedObject, iso
from pipelines.evidence.report import LetGo, Problem, Unwitnessed, Wrong
from pipelines.transparency.leaf import Kind

Row = dict[str, Any]
_MOST_NAMED = 6
_OBJECT_FIELDS = ("role", "sha256", "sm3", "size_bytes", "media_type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found of one sealed alert."""

    problems: list[Problem] = field(default_factory=list)
    let_go: list[LetGo] = field(default_factory=list)
    unwitnessed: list[Unwitnessed] = field(default_factory=list)


def check_sealed(
    sealed: Sealed,
    digest_of: Callable[[str], str | None],
    *,
    removed: Mapping[str, Gone],
    witnessed: Callable[[Kind, str], bool],
) -> Checked:
    """Everything there is to say of one sealed alert.

    Args:
        digest_of: what a stored object hashes to now; None when it is gone.
        removed: objects that were let go under a certificate, by digest.
        witnessed: whether the log holds a leaf of that kind and subject.
    """
    checked = Checked(problems=list(_seal(sealed)))
    manifest = sealed.manifest
    if manifest is None:
        return checked
    bad = {i.name: digest_of(i.sha256) for i in manifest.objects if digest_of(i.sha256) != i.sha256}
    logged = sealed.logged
    vouched = sealed.signed and logged is not None and logged.manifest_sha256 == _digest(sealed)
    rest = _rest(manifest, set(bad), vouched=vouched)
    for item in manifest.objects:
        if item.name in bad:
            if bad[item.name] is None and item.sha256 in removed:
                checked.let_go.append(_let_go(manifest, item, removed[item.sha256]))
            else:
                checked.problems.append(_object(manifest, item, bad[item.name], rest))
    checked.unwitnessed.extend(
        _unwitnessed(manifest, item, kind, logged)
        for item, kind in sources(manifest.objects)
        if not witnessed(kind, item.sha256)
    )
    checked.problems.extend(_rows(manifest, sealed, rest))
    checked.problems.extend(_alert(manifest, sealed.alert, rest))
    return checked


def _digest(sealed: Sealed) -> str:
    return sha256_hex(sealed.data)


def _let_go(manifest: Manifest, item: SealedObject, gone: Gone) -> LetGo:
    return LetGo(
        object=f"object {item.sha256} ({item.role} {item.name})",
        certificate_id=gone.certificate_id,
        at_ms=gone.at_ms,
        basis=gone.basis,
        alert_id=manifest.alert_id,
    )


def _unwitnessed(
    manifest: Manifest, item: SealedObject, kind: Kind, logged: Logged | None
) -> Unwitnessed:
    since = f"the log knows it from {logged.place} on" if logged else "the log does not know it"
    return Unwitnessed(
        object=f"{item.role} {item.name} ({item.sha256})",
        detail=f"no {kind} leaf from when it came; {since}, when alert {manifest.alert_id} was"
        " sealed",
        alert_id=manifest.alert_id,
    )


def _seal(sealed: Sealed) -> Iterator[Problem]:
    row, actual, logged = sealed.row, _digest(sealed), sealed.logged
    called = f"manifest of evidence {row['evidence_id']}"
    by_log = logged is not None and logged.manifest_sha256 == actual
    standing = (
        "that these bytes were sealed, by the log's leaf"
        if by_log
        else "the objects' bytes by the digests in their rows; not that they were sealed so"
    )
    proves = _proves(sealed.manifest, row["alert_id"])

    def say(wrong: Wrong, detail: str, what: str = called, provable: str = standing) -> Problem:
        return Problem(
            object=what,
            proves=proves,
            wrong=wrong,
            detail=detail,
            provable=provable,
            alert_id=row["alert_id"],
        )

    if not sealed.signed:
        if not sealed.keys.knows(row["key_id"]):
            yield say(Wrong.BAD_SIGNATURE, f"signed by key {row['key_id']}, which is not ours")
        elif actual != row["manifest_sha256"]:
            yield say(Wrong.CHANGED, f"sealed as {row['manifest_sha256']}, now {actual}")
        else:
            yield say(Wrong.BAD_SIGNATURE, f"signature by key {row['key_id']} does not hold")
    elif actual != row["manifest_sha256"]:
        detail = f"the row says {row['manifest_sha256']}, the signed manifest is {actual}"
        yield say(Wrong.CHANGED, detail, f"digest in the row of evidence {row['evidence_id']}")
    if logged is None:
        what = f"log leaf of evidence {row['evidence_id']}"
        by_signature = "the manifest by its signature; not when it was sealed among others"
        yield say(Wrong.MISSING, "no leaf says that it was sealed", what, by_signature)
    elif not by_log and logged.manifest_sha256 is not None:
        yield say(
            Wrong.CHANGED,
            f"{logged.place} of the log holds the digest {logged.manifest_sha256}, it is {actual}",
        )


def _object(manifest: Manifest, item: SealedObject, now: str | None, rest: str) -> Problem:
    missing = now is None
    return Problem(
        object=f"object {item.sha256} ({item.role} {item.name})",
        proves=_proves(manifest, manifest.alert_id),
        wrong=Wrong.MISSING if missing else Wrong.CHANGED,
        detail="its file is gone" if missing else f"its bytes now have the digest {now}",
        provable=rest,
        alert_id=manifest.alert_id,
    )


def _rows(manifest: Manifest, sealed: Sealed, rest: str) -> Iterator[Problem]:
    claimed = {item.name: item for item in manifest.objects}
    stored = {row["name"]: row for row in sealed.objects}
    for name in sorted(claimed.keys() | stored.keys()):
        if name not in stored:
            yield _row(manifest, f"object row {name}", Wrong.MISSING, "sealed, but gone", rest)
        elif name not in claimed:
            yield _row(manifest, f"object row {name}", Wrong.EXTRA, "was never sealed", rest)
        else:
            differs = _differing(msgspec.structs.asdict(claimed[name]), stored[name])
            if differs:
                yield _row(manifest, f"object row {name}", Wrong.CHANGED, differs, rest)
    fields = ("evidence_id", "alert_id", "sealed_at_ms")
    differs = _different({f: getattr(manifest, f) for f in fields}, sealed.row)
    if differs:
        yield _row(manifest, "evidence row", Wrong.CHANGED, differs, rest)


def _alert(manifest: Manifest, alert: Row, rest: str) -> Iterator[Problem]:
    called = f"row of alert {manifest.alert_id}"
    if not alert:
        yield _row(manifest, called, Wrong.MISSING, "the alert is gone", rest)
        return
    where, when, measured = manifest.where, manifest.when, manifest.measured
    said: dict[str, object] = {
        "rule_id": manifest.rule.id,
        "rule_version": manifest.rule.version,
        "severity": manifest.rule.severity,
        "party_id": where.party_id,
        "site_id": where.site_id,
        "place": where.place,
        "device_id": where.device_id,
        "start_ms": when.start_ms,
        "detected_ms": when.detected_ms,
        "series_id": measured.series_id,
        "unit": measured.unit,
        "low": measured.low,
        "high": measured.high,
        "inputs": measured.inputs,
        "grade": manifest.standing.grade,
        "grade_reasons": manifest.standing.reasons,
        "staged": manifest.staged,
    }
    if alert["end_ms"] == when.ended_ms:  # a spell's end may replace the value by its worst
        said["value"] = measured.value
    now = {**alert, "inputs": {k: number(v) for k, v in alert["inputs"].items()}}
    now |= {name: number(alert[name]) for name in ("value", "low", "high")}
    differs = _different(said, now)
    if differs:
        yield _row(manifest, called, Wrong.CHANGED, differs, rest)


def _row(manifest: Manifest, what: str, wrong: Wrong, detail: str, rest: str) -> Problem:
    return Problem(
        object=what if manifest.alert_id in what else f"{what} of evidence {manifest.evidence_id}",
        proves=_proves(manifest, manifest.alert_id),
        wrong=wrong,
        detail=detail,
        provable=rest,
        alert_id=manifest.alert_id,
    )


def _differing(said: dict[str, Any], row: Row) -> str:
    return _different({field: said[field] for field in _OBJECT_FIELDS}, row)


def _different(said: dict[str, Any], row: Row) -> str:
    wrong = [f"{k} was sealed as {v!r}, reads {row[k]!r}" for k, v in said.items() if row[k] != v]
    return "; ".join(wrong)


def _proves(manifest: Manifest | None, alert_id: str) -> str:
    if manifest is None:
        return f"alert {alert_id} (its manifest cannot be read)"
    rule, where = f"{manifest.rule.id}@{manifest.rule.version}", manifest.where
    place = f"{where.site_en} / {where.place_en} ({where.site_id}/{where.place})"
    return f"alert {alert_id}: {rule} at {place}, {iso(manifest.when.detected_ms)}"


def _rest(manifest: Manifest, bad: set[str], *, vouched: bool) -> str:
    whole = [f"{i.role} {i.name}" for i in manifest.objects if i.name not in bad]
    shown = ", ".join(whole[:_MOST_NAMED]) + (
        f" and {len(whole) - _MOST_NAMED} more" if len(whole) > _MOST_NAMED else ""
    )
    kept = f"{len(whole)} of {len(manifest.objects)} objects ({shown})" if whole else "no object"
    words = "the manifest's own words (signed and logged)" if vouched else "the manifest by no seal"
    return f"{kept}; {words}"
