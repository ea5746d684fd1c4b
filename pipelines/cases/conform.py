"""Owns the checks that any case system must pass: the contract, exercised from outside."""

from __future__ import annotations

import copy
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from pipelines.cases.sample import sample_case
from pipelines.cases.signing import headers_for

_STALE_MS = 600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing the contract asks for, and whether it was so."""

    name: str
    passed: bool
    detail: str = ""


class _Probe:
    """One run: a fresh sample case with two objects, so that runs do not disturb each other."""

    def __init__(self, client: httpx.AsyncClient, url: str, secret: str) -> None:
        self._client, self._url, self._secret = client, url.rstrip("/"), secret
        self.objects = [secrets.token_bytes(2048), secrets.token_bytes(64)]
        self.case = sample_case(f"conform-{secrets.token_hex(8)}", self.objects)
        self.body = msgspec.json.encode(self.case)
        self.receipt = ""

    async def put(
        self, sha256: str, content: bytes, *, secret: str = "", skew_ms: int = 0
    ) -> httpx.Response:
        headers = self._signed(f"obj_{sha256}", sha256.encode(), secret, skew_ms)
        url = f"{self._url}/v1/objects/{sha256}"
        return await self._client.put(url, content=content, headers=headers)

    async def post(
        self, body: bytes, *, secret: str = "", skew_ms: int = 0, signed: bytes | None = None
    ) -> httpx.Response:
        headers = self._signed("conform", body if signed is None else signed, secret, skew_ms)
        headers["content-type"] = "application/json"
        return await self._client.post(f"{self._url}/v1/cases", content=body, headers=headers)

    async def get(self, case_id: str) -> httpx.Response:
        headers = self._signed("conform", case_id.encode(), "", 0)
        return await self._client.get(f"{self._url}/v1/cases/{case_id}", headers=headers)

    def changed(self, change: Callable[[dict[str, Any]], object]) -> bytes:
        """The sample's body after a change to a copy of it."""
        other = copy.deepcopy(self.case)
        change(other)
        return msgspec.json.encode(other)

    def _signed(self, name: str, content: bytes, secret: str, skew_ms: int) -> dict[str, str]:
        now_ms = time.time_ns() // 1_000_000 + skew_ms
        return headers_for(secret or self._secret, name, content, now_ms=now_ms)


async def conform(url: str, secret: str) -> list[Check]:
    """Runs every check in order; a check that cannot be made counts as failed."""
    async with httpx.AsyncClient(timeout=15, trust_env=False) as client:
        probe = _Probe(client, url, secret)
        return [await _one(name, check(probe)) for name, check in _CHECKS]


async def _one(name: str, answer: Awaitable[str]) -> Check:
    try:
        detail = await answer
    except (TimeoutError, httpx.HTTPError, msgspec.DecodeError, KeyError, TypeError) as e:
        detail = f"{type(e).__name__}: {e}"
    return Check(name=name, passed=not detail, detail=detail)


def _status(answer: httpx.Response, wanted: int, code: str = "") -> str:
    """What is wrong with an answer; empty when nothing is."""
    if answer.status_code != wanted:
        return f"answered {answer.status_code}, not {wanted}: {answer.text[:200]}"
    if code:
        codes = {problem["code"] for problem in answer.json()["problems"]}
        if code not in codes:
            return f"problems are {sorted(codes)}, without {code}"
    return ""


async def _missing_object(probe: _Probe) -> str:
    return _status(await probe.post(probe.body), 422, "missing_object")


async def _wrong_digest(probe: _Probe) -> str:
    sha256 = hashlib.sha256(probe.objects[0]).hexdigest()
    return _status(await probe.put(sha256, probe.objects[1]), 422, "digest_mismatch")


async def _unsigned_object(probe: _Probe) -> str:
    sha256 = hashlib.sha256(probe.objects[0]).hexdigest()
    return _status(await probe.put(sha256, probe.objects[0], secret=_other_secret()), 401)


async def _upload(probe: _Probe) -> str:
    answers = [
        await probe.put(hashlib.sha256(item).hexdigest(), item)
        for item in (*probe.objects, probe.objects[0])  # the last one: a second time
    ]
    return next(filter(None, (_status(answer, 200) for answer in answers)), "")


async def _wrong_signature(probe: _Probe) -> str:
    return _status(await probe.post(probe.body, secret=_other_secret()), 401, "bad_signature")


async def _changed_body(probe: _Probe) -> str:
    return _status(await probe.post(probe.body + b" ", signed=probe.body), 401, "bad_signature")


async def _stale(probe: _Probe) -> str:
    return _status(await probe.post(probe.body, skew_ms=-_STALE_MS), 401, "bad_signature")


async def _schema(probe: _Probe) -> str:
    return _status(await probe.post(probe.changed(lambda c: c.pop("party"))), 422, "schema")


async def _no_json(probe: _Probe) -> str:
    return _status(await probe.post(b"this is no JSON"), 422, "schema")


async def _manifest(probe: _Probe) -> str:
    other = sample_case("other", probe.objects)["evidence"]["signature_base64"]
    body = probe.changed(lambda c: c["evidence"].update(signature_base64=other))
    return _status(await probe.post(body), 422, "manifest_signature")


async def _left_out(probe: _Probe) -> str:
    body = probe.changed(lambda c: c["evidence"]["objects"].pop())
    return _status(await probe.post(body), 422, "manifest_mismatch")


async def _wrong_size(probe: _Probe) -> str:
    body = probe.changed(lambda c: c["evidence"]["objects"][0].update(size_bytes=1))
    return _status(await probe.post(body), 422, "digest_mismatch")


async def _taken(probe: _Probe) -> str:
    answer = await probe.post(probe.body)
    if not (wrong := _status(answer, 202)):
        probe.receipt = answer.json()["receipt"]
        wrong = "" if answer.json()["case_id"] == probe.case["case_id"] else "another case_id"
    return wrong


async def _taken_again(probe: _Probe) -> str:
    answer = await probe.post(probe.body)
    wrong = _status(answer, 202)
    same = not wrong and answer.json()["receipt"] == probe.receipt
    return wrong or ("" if same else "another receipt for the same body")


async def _other_body(probe: _Probe) -> str:
    body = probe.changed(lambda c: c["party"].update(name_en="somebody else"))
    return _status(await probe.post(body), 409, "conflict")


async def _status_of_case(probe: _Probe) -> str:
    answer = await probe.get(probe.case["case_id"])
    wrong = _status(answer, 200)
    same = not wrong and answer.json()["payload_sha256"] == hashlib.sha256(probe.body).hexdigest()
    return wrong or ("" if same else "payload_sha256 is not that of the body")


async def _unknown_case(probe: _Probe) -> str:
    return _status(await probe.get("nobody-knows-this-case"), 404, "not_found")


def _other_secret() -> str:
    return "whsec_" + "AAAA" * 8


_CHECKS: tuple[tuple[str, Callable[[_Probe], Awaitable[str]]], ...] = (
    ("a case whose objects were not uploaded is refused", _missing_object),
    ("an object that is not what its name says is refused", _wrong_digest),
    ("an object signed with another secret is refused", _unsigned_object),
    ("objects are taken, twice is once", _upload),
    ("a case signed with another secret is refused", _wrong_signature),
    ("a body changed after signing is refused", _changed_body),
    ("a stale timestamp is refused", _stale),
    ("a case without its party is refused by the schema", _schema),
    ("a body that is no JSON is refused by the schema", _no_json),
    ("a manifest signed by another key is refused", _manifest),
    ("an object the manifest names may not be left out", _left_out),
    ("an object of another size is refused", _wrong_size),
    ("a right case is taken", _taken),
    ("the same body again gets the same receipt", _taken_again),
    ("another body for the same case is a conflict", _other_body),
    ("the state of a case can be asked for", _status_of_case),
    ("an unknown case is not found", _unknown_case),
)
