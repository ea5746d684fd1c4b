"""Owns the checks that any case system must pass: the contract, exercised from outside."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from pipelines.cases.envelope import CONTENT_TYPE, handed_over
from pipelines.cases.sample import AT_MS, sample_case
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
        self.body = self.event(self.case)
        self.receipt = ""

    async def put(
        self, sha256: str, content: bytes, *, secret: str = "", skew_ms: int = 0
    ) -> httpx.Response:
        headers = self._signed(f"obj_{sha256}", sha256.encode(), secret, skew_ms)
        url = f"{self._url}/v2/objects/{sha256}"
        return await self._client.put(url, content=content, headers=headers)

    async def head(self, sha256: str) -> httpx.Response:
        headers = self._signed(f"obj_{sha256}", sha256.encode(), "", 0)
        return await self._client.head(f"{self._url}/v2/objects/{sha256}", headers=headers)

    async def post(
        self, body: bytes, *, secret: str = "", skew_ms: int = 0, signed: bytes | None = None,
        key: str = "",
    ) -> httpx.Response:  # fmt: skip
        key = key or f"{self.case['case_id']}-r1"
        headers = self._signed(key, body if signed is None else signed, secret, skew_ms)
        headers |= {"content-type": CONTENT_TYPE, "idempotency-key": key}
        return await self._client.post(f"{self._url}/v2/cases", content=body, headers=headers)

    async def get(self, case_id: str) -> httpx.Response:
        headers = self._signed("conform", case_id.encode(), "", 0)
        return await self._client.get(f"{self._url}/v2/cases/{case_id}", headers=headers)

    def changed(self, change: Callable[[dict[str, Any]], object]) -> bytes:
        """The sample's body after a change to a copy of it."""
        other = copy.deepcopy(self.case)
        change(other)
        return self.event(other)

    @staticmethod
    def event(case: dict[str, Any]) -> bytes:
        """The body that carries a case; one that lacks what an envelope needs keeps the gaps."""
        named = {"case_id": case.get("case_id", ""), "revision": case.get("revision", 1)}
        envelope = msgspec.json.decode(handed_over("/conformance", named, at_ms=AT_MS))
        return msgspec.json.encode({**envelope, "data": case})

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


async def _unreviewed(probe: _Probe) -> str:
    body = probe.changed(lambda c: c["evidence"]["reviews"].pop())
    return _status(await probe.post(body), 422, "schema")


async def _review(probe: _Probe) -> str:
    other = sample_case("other", probe.objects)["evidence"]["reviews"][0]["signature_base64"]
    body = probe.changed(lambda c: c["evidence"]["reviews"][0].update(signature_base64=other))
    return _status(await probe.post(body), 422, "review_signature")


async def _key(probe: _Probe) -> str:
    return _status(await probe.post(probe.body, key="another-r1"), 422, "idempotency_key")


async def _not_held(probe: _Probe) -> str:
    sha256 = hashlib.sha256(probe.objects[0]).hexdigest()
    return _head(await probe.head(sha256), 404)


async def _is_held(probe: _Probe) -> str:
    sha256 = hashlib.sha256(probe.objects[0]).hexdigest()
    return _head(await probe.head(sha256), 200)


def _head(answer: httpx.Response, wanted: int) -> str:
    return "" if answer.status_code == wanted else f"answered {answer.status_code}, not {wanted}"


async def _abreast(probe: _Probe) -> str:
    """What a sender does whose answer was lost: the same again, at the same time."""
    answers = await asyncio.gather(*(probe.post(probe.body) for _ in range(4)))
    wrong = next(filter(None, (_status(answer, 202) for answer in answers)), "")
    receipts = set() if wrong else {answer.json()["receipt"] for answer in answers}
    return wrong or ("" if receipts == {probe.receipt} else "another receipt for the same body")


async def _unknown_fields(probe: _Probe) -> str:
    other = copy.deepcopy(probe.case)
    other |= {"revision": 2, "revision_reason": "corrected", "of_a_later_version": {"a": 1}}
    answer = await probe.post(probe.event(other), key=f"{other['case_id']}-r2")
    return _status(answer, 202)


async def _order(probe: _Probe) -> str:
    """Revision 3 first; then 2 of another case that holds it."""
    objects = probe.objects
    late = sample_case(f"conform-{secrets.token_hex(8)}", objects)
    for revision, wanted, code in ((3, 202, ""), (2, 409, "out_of_order")):
        late |= {"revision": revision}
        answer = await probe.post(probe.event(late), key=f"{late['case_id']}-r{revision}")
        if wrong := _status(answer, wanted, code):
            return f"revision {revision}: {wrong}"
    return ""


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
    ("an object that is not held is not found", _not_held),
    ("objects are taken, twice is once", _upload),
    ("an object that is held is found", _is_held),
    ("a case signed with another secret is refused", _wrong_signature),
    ("a body changed after signing is refused", _changed_body),
    ("a stale timestamp is refused", _stale),
    ("a case without its party is refused by the schema", _schema),
    ("a case without its reviews is refused by the schema", _unreviewed),
    ("a key that is not the case and revision is refused", _key),
    ("a review signed by another key is refused", _review),
    ("a body that is no JSON is refused by the schema", _no_json),
    ("a manifest signed by another key is refused", _manifest),
    ("an object the manifest names may not be left out", _left_out),
    ("an object of another size is refused", _wrong_size),
    ("a right case is taken", _taken),
    ("the same body again gets the same receipt", _taken_again),
    ("the same body several times at once is one case", _abreast),
    ("another body for the same case is a conflict", _other_body),
    ("the state of a case can be asked for", _status_of_case),
    ("fields of a later version are let through; the next revision is taken", _unknown_fields),
    ("an older revision after a newer one is a conflict", _order),
    ("an unknown case is not found", _unknown_case),
)
