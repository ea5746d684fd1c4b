"""Owns what the case system checks of a candidate case. It only reads."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import ValidationError

from infra.case_system.wire import CaseEvent, Evidence, Problem, Review

Digest = Callable[[str], tuple[str, int] | None]


def parse(body: bytes) -> CaseEvent | list[Problem]:
    """The case, or every place where the body departs from the schema."""
    try:
        return CaseEvent.model_validate_json(body)
    except ValidationError as error:
        return [
            Problem(
                code="schema",
                where=".".join(str(part) for part in problem["loc"]),
                detail=problem["msg"],
            )
            for problem in error.errors(include_url=False, include_input=False)
        ]


def addressed(event: CaseEvent, key: str, message_id: str) -> list[Problem]:
    """What does not fit between the envelope, its headers and the case."""
    case, found = event.data, []
    wanted = f"{case.case_id}-r{case.revision}"
    for where, given in (
        ("id", event.id), ("idempotency-key", key), ("webhook-id", message_id),
    ):  # fmt: skip
        if given != wanted:
            detail = f"{given!r} is not {wanted}"
            found.append(Problem(code="idempotency_key", where=where, detail=detail))
    if event.subject != case.case_id:
        found.append(Problem(code="schema", where="subject", detail="not the case"))
    return found


def problems(event: CaseEvent, digest: Digest) -> list[Problem]:
    """Everything that is wrong with the evidence; empty when nothing is."""
    evidence = event.data.evidence
    return [*_manifest(evidence), *_reviews(evidence), *_objects(evidence, digest)]


def _manifest(evidence: Evidence) -> list[Problem]:
    where = "evidence.manifest_base64"
    try:
        manifest = base64.b64decode(evidence.manifest_base64, validate=True)
        signature = base64.b64decode(evidence.signature_base64, validate=True)
    except binascii.Error as error:
        return [Problem(code="schema", where="evidence", detail=f"not base64: {error}")]
    found = []
    if hashlib.sha256(manifest).hexdigest() != evidence.manifest_sha256:
        found.append(
            Problem(code="digest_mismatch", where=where, detail="manifest_sha256 is of other bytes")
        )
    why = _forged(evidence.public_key_pem, signature, manifest)
    if why:
        found.append(Problem(code="manifest_signature", where=where, detail=why))
    named = _named(manifest)
    found += [
        Problem(
            code="manifest_mismatch",
            where=f"evidence.objects.{index}",
            detail=f"the manifest does not name {item.sha256}",
        )
        for index, item in enumerate(evidence.objects)
        if item.sha256 not in named
    ]
    found += [
        Problem(code="manifest_mismatch", where="evidence.objects", detail=f"{sha256} is left out")
        for sha256 in sorted(named - {item.sha256 for item in evidence.objects})
    ]
    return found


def _reviews(evidence: Evidence) -> list[Problem]:
    """Both kinds, passed, by two people, each signed and over this very manifest."""
    found = []
    if {one.kind for one in evidence.reviews} != {"legal", "technical"}:
        detail = "a legal and a technical review are needed"
        found.append(Problem(code="review_signature", where="evidence.reviews", detail=detail))
    if len({one.officer_id for one in evidence.reviews}) < len(evidence.reviews):
        detail = "one person signed more than one"
        found.append(Problem(code="review_signature", where="evidence.reviews", detail=detail))
    for index, one in enumerate(evidence.reviews):
        why = _unreviewed(one, evidence.manifest_sha256)
        if why:
            where = f"evidence.reviews.{index}"
            found.append(Problem(code="review_signature", where=where, detail=why))
    return found


def _unreviewed(review: Review, manifest_sha256: str) -> str:
    try:
        statement = base64.b64decode(review.statement_base64, validate=True)
        signature = base64.b64decode(review.signature_base64, validate=True)
        said = json.loads(statement)
        same = (said["manifest_sha256"], said["kind"], said["officer_id"], said["passed"]) == (
            manifest_sha256, review.kind, review.officer_id, review.passed,
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        return f"the statement cannot be read: {error}"
    if not same:
        return "the statement says something else, or is of another manifest"
    if not review.passed:
        return "it did not pass"
    return _forged(review.public_key_pem, signature, statement)


def _forged(pem: str, signature: bytes, manifest: bytes) -> str:
    """Why the signature is not one by this key over this manifest; empty when it is."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        return f"the public key cannot be read: {error}"
    if not isinstance(key, Ed25519PublicKey):
        return "the public key is not an Ed25519 key"
    try:
        key.verify(signature, manifest)
    except InvalidSignature:
        return "the signature does not fit manifest and key"
    return ""


def _named(manifest: bytes) -> set[str]:
    """The digests under ``objects`` of the manifest."""
    try:
        body = json.loads(manifest)
        return {str(item["sha256"]) for item in body["objects"]}
    except (ValueError, KeyError, TypeError):
        return set()


def _objects(evidence: Evidence, digest: Digest) -> list[Problem]:
    found = []
    for index, item in enumerate(evidence.objects):
        where, held = f"evidence.objects.{index}", digest(item.sha256)
        if held is None:
            detail = f"{item.sha256} was not uploaded"
            found.append(Problem(code="missing_object", where=where, detail=detail))
        elif held != (item.sha256, item.size_bytes):
            detail = f"held are {held[1]} bytes of {held[0]}"
            found.append(Problem(code="digest_mismatch", where=where, detail=detail))
    return found
