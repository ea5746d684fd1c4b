"""Owns the sample case that conformance checks send: right in form, plainly not a real finding."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pipelines.cases.types import CONTRACT, REVISION

_USCC = "113307023369256057"  # the authority's own code: valid, and of no supervised party
_AT_MS = 1_767_225_600_000  # 2026-01-01


def sample_case(case_id: str, objects: Sequence[bytes]) -> dict[str, Any]:
    """A candidate case with a manifest that a fresh key signed."""
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
    key = Ed25519PrivateKey.generate()
    manifest = json.dumps({"objects": listed}, sort_keys=True).encode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    names = {"name_zh": "符合性测试（非真实案件）", "name_en": "Conformance test, not a real case"}
    return {
        "contract": CONTRACT,
        "case_id": case_id,
        "revision": REVISION,
        "party": {"party_id": "conformance", "uscc": _USCC, **names},
        "site": {"site_id": "conformance", "kind": "pool", "district_id": "330702", **names},
        "facts": {
            "start_ms": _AT_MS,
            "end_ms": None,
            "detected_ms": _AT_MS,
            "place_zh": "测试",
            "place_en": "test",
            "person_concerned": _USCC,
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
        "procedure": {"suggested": "general", "reason": "test", "basis": "-"},
        "confirmation": {"officer_id": "test", "at_ms": _AT_MS, "reason_code": "test", **names},
        "evidence": {
            "evidence_id": "conformance",
            "manifest_base64": base64.b64encode(manifest).decode(),
            "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
            "signature_base64": base64.b64encode(key.sign(manifest)).decode(),
            "key_id": "conformance",
            "public_key_pem": public.decode(),
            "sealed_at_ms": _AT_MS,
            "objects": listed,
        },
    }
