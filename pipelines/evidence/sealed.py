"""Owns checking one sealed alert: manifest, signature, rows and objects against one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from pipelines.evidence.canonical import number, sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import Manifest, SealedObject, decode, iso
from pipelines.evidence.report import Problem, Wrong

Row = dict[str, Any]
_MOST_NAMED = 6
_OBJECT_FIELDS = ("role", "sha256", "size_bytes", "media_type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The rows of one piece of evidence.

    Attributes:
        alert: the alert's row; empty when it is gone.
        logged: place and manifest digest of its entry in the log; None when there is none.
    """

    row: Row
    objects: list[Row]
    alert: Row
    logged: tuple[int, str] | None

    def manifest(self) -> Manifest | None:
        """The manifest, where it can be read."""
        try:
            return decode(bytes(self.row["manifest"]))
        except ValueError:
            return None

    def claimed(self) -> list[SealedObject]:
        """The objects as the manifest names them; none when it cannot be read."""
        manifest = self.manifest()
        return manifest.objects if manifest else []


def check_sealed(
    sealed: Sealed, keys: Keys, digest_of: Callable[[str], str | None]
) -> list[Problem]:
    """Everything that is wrong with one sealed alert.

    Args:
        digest_of: what a stored object hashes to now; None when it is gone.
    """
    data, row = bytes(sealed.row["manifest"]), sealed.row
    signed = keys.verify(row["key_id"], data, bytes(row["signature"]))
    found = list(_seal(sealed, keys, data, signed=signed))
    manifest = sealed.manifest()
    if manifest is None:
        return found
    bad = {item.name: digest_of(item.sha256) for item in manifest.objects}
    bad = {i.name: bad[i.name] for i in manifest.objects if bad[i.name] != i.sha256}
    vouched = signed and sealed.logged is not None and sealed.logged[1] == sha256_hex(data)
    rest = _rest(manifest, set(bad), vouched=vouched)
    found += [
        _object(manifest, item, bad[item.name], rest)
        for item in manifest.objects
        if item.name in bad
    ]
    found += _rows(manifest, sealed, rest)
    found += _alert(manifest, sealed.alert, rest)
    return found


def _seal(sealed: Sealed, keys: Keys, data: bytes, *, signed: bool) -> Iterator[Problem]:
    row, actual = sealed.row, sha256_hex(data)
    called = f"manifest of evidence {row['evidence_id']}"
    by_log = sealed.logged is not None and sealed.logged[1] == actual
    standing = (
        "that these bytes were sealed, by the log's entry"
        if by_log
        else "the objects' bytes by the digests in their rows; not that they were sealed so"
    )
    proves = _proves(sealed.manifest(), row["alert_id"])

    def say(wrong: Wrong, detail: str, what: str = called, provable: str = standing) -> Problem:
        return Problem(
            object=what,
            proves=proves,
            wrong=wrong,
            detail=detail,
            provable=provable,
            alert_id=row["alert_id"],
        )

    if not signed:
        if not keys.knows(row["key_id"]):
            yield say(Wrong.BAD_SIGNATURE, f"signed by key {row['key_id']}, which is not ours")
        elif actual != row["manifest_sha256"]:
            yield say(Wrong.CHANGED, f"sealed as {row['manifest_sha256']}, now {actual}")
        else:
            yield say(Wrong.BAD_SIGNATURE, f"signature by key {row['key_id']} does not hold")
    elif actual != row["manifest_sha256"]:
        detail = f"the row says {row['manifest_sha256']}, the signed manifest is {actual}"
        yield say(Wrong.CHANGED, detail, f"digest in the row of evidence {row['evidence_id']}")
    if sealed.logged is None:
        what = f"log entry of evidence {row['evidence_id']}"
        by_signature = "the manifest by its signature; not when it was sealed among others"
        yield say(Wrong.MISSING, "no entry says that it was sealed", what, by_signature)
    elif not by_log:
        detail = f"log entry {sealed.logged[0]} holds the digest {sealed.logged[1]}, it is {actual}"
        yield say(Wrong.CHANGED, detail)


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
