"""Owns a made-up case that passes every check: for `conform` and the contract's examples."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from detectors.catalogue import Citation
from pipelines.cases.envelope import CONTRACT, STATUS, STATUS_SCHEMA, instant
from pipelines.cases.procedure import suggest
from pipelines.cases.types import History

USCC = "113307023369256057"  # the authority's own code: valid, and of no supervised party
AT_MS = 1_767_225_600_000  # 2026-01-01
_PENALTY = Citation(name="公共场所卫生管理条例", article="第十四条")


def sample_status(case_id: str, status: str = "accepted", **fields: object) -> dict[str, Any]:
    """A step of a case as a call back tells it."""
    return {
        "specversion": "1.0",
        "id": f"msg_{case_id}_{status}",
        "source": "/conformance",
        "type": STATUS,
        "subject": case_id,
        "time": instant(AT_MS),
        "datacontenttype": "application/json",
        "dataschema": STATUS_SCHEMA,
        "data": {"case_id": case_id, "revision": 1, "status": status, **fields},
    }


def _pem(key: Ed25519PrivateKey) -> str:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public.decode()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _review(
    key: Ed25519PrivateKey, kind: str, officer: str, manifest_sha256: str
) -> dict[str, Any]:
    statement = json.dumps(
        {"kind": kind, "officer_id": officer, "passed": True, "manifest_sha256": manifest_sha256},
        sort_keys=True,
    ).encode()
    return {
        "review_id": f"review-{kind}", "kind": kind, "officer_id": officer, "name_zh": "测试",
        "name_en": "Test", "role": "reviewer", "at_ms": AT_MS, "passed": True, "words": "",
        "statement_base64": _base64(statement), "signature_base64": _base64(key.sign(statement)),
        "key_id": "conformance", "public_key_pem": _pem(key),
    }  # fmt: skip


def sample_case(case_id: str, objects: Sequence[bytes], *, seed: bytes = b"") -> dict[str, Any]:
    """A candidate case's data, signed by a key of its own; with a seed always by the same."""
    listed = [
        {
            "name": f"sample-{index}.bin",
            "role": "raw",
            "sha256": hashlib.sha256(content).hexdigest(),
            "size_bytes": len(content),
            "media_type": "application/octet-stream",
        }
        for index, content in enumerate(objects)
    ]
    key = Ed25519PrivateKey.from_private_bytes(
        hashlib.sha256(seed or case_id.encode() + b"".join(objects)).digest()
    )
    manifest = json.dumps({"objects": listed}, sort_keys=True).encode()
    manifest_sha256 = hashlib.sha256(manifest).hexdigest()
    names = {"name_zh": "符合性测试（非真实案件）", "name_en": "Conformance test, not a real case"}
    return {
        "contract": CONTRACT,
        "case_id": case_id,
        "revision": 1,
        "revision_reason": "confirmed",
        "party": {"party_id": "conformance", "uscc": USCC, **names},
        "site": {"site_id": "conformance", "kind": "pool", "district_id": "330702", **names},
        "facts": {
            "start_ms": AT_MS,
            "end_ms": None,
            "detected_ms": AT_MS,
            "place_zh": "测试",
            "place_en": "test",
            "person_concerned": USCC,
            "form_zh": "测试",
            "form_en": "test",
        },
        "finding": {
            "alert_id": "conformance",
            "rule_id": "conformance",
            "rule_version": "1",
            "severity": "low",
            "device_id": "conformance",
            "unit": "mg/L",
            "value": 1.2,
            "low": 0.3,
            "high": 1.0,
            "arithmetic": {"median": 1.2},
        },
        "law": {
            "breaks": {"name": "测试 test", "article": "-"},
            "penalty": {"name": "测试 test", "article": "-"},
            "source": "conformance test",
            "confidence": "eng",
            "note": "",
        },
        "suggestion": suggest(_PENALTY, "low", History(window_days=730)),
        "confirmation": {"officer_id": "test", "at_ms": AT_MS, "reason_code": "test", **names},
        "evidence": {
            "evidence_id": "conformance",
            "manifest_base64": base64.b64encode(manifest).decode(),
            "manifest_sha256": manifest_sha256,
            "signature_base64": base64.b64encode(key.sign(manifest)).decode(),
            "key_id": "conformance",
            "public_key_pem": _pem(key),
            "sealed_at_ms": AT_MS,
            "objects": listed,
            "quality": [{"code": "clear", "holds": True, "reason": ""}],
            "reviews": [
                _review(key, "legal", "test-a", manifest_sha256),
                _review(key, "technical", "test-b", manifest_sha256),
            ],
        },
        "actors": [
            {"step": "confirmed", "officer_id": "test", "role": "officer", "at_ms": AT_MS, **names}
        ],
        "papers": [
            {"kind": "installation_consent", "number": "1", "issued_by": "test",
             "signed_by": "test", "valid_from_ms": AT_MS, "valid_to_ms": None}
        ],
        "notices": [],
        "party_answers": [],
        "incident": None,
        "clocks": [],
    }  # fmt: skip
