"""What the callback door lets in, and what it does not. OFF-17."""

from __future__ import annotations

import base64
import datetime as dt

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from standardwebhooks import Webhook

from pipelines.cases.callback import accept
from pipelines.cases.sample import sample_status
from pipelines.cases.signing import BadSecret, doubt, headers_for, keys_of
from pipelines.errors import BadMessage

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW_MS = 1_790_000_000_000
TOLD = sample_status("c1", "filed") | {"id": "msg_1", "time": "2026-09-21T14:13:20.500Z"}
BODY = msgspec.json.encode(TOLD)


def test_a_right_call_is_accepted_whatever_the_case_of_its_headers() -> None:
    """OFF-17: verified, read, named by the webhook's id."""
    headers = headers_for(SECRET, "msg_1", BODY, now_ms=NOW_MS)
    answer = accept({k.upper(): v for k, v in headers.items()}, BODY, SECRET, NOW_MS)
    assert (answer.answer_id, answer.case_id, answer.body) == ("msg_1", "c1", BODY)
    assert answer.at_ms == NOW_MS + 500


def test_our_signature_is_the_librarys() -> None:
    """Standard Webhooks: v1 as the reference library makes it."""
    moment = dt.datetime.fromtimestamp(NOW_MS / 1000, dt.UTC)
    theirs = Webhook(SECRET).sign("msg_1", moment, BODY.decode())
    assert headers_for(SECRET, "msg_1", BODY, now_ms=NOW_MS)["webhook-signature"] == theirs


def test_keys_are_replaced_without_a_gap() -> None:
    """Standard Webhooks: several signatures while rotating; either side may be first."""
    new = "whsec_" + base64.b64encode(b"n" * 24).decode()
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signs = "whsk_" + base64.b64encode(private.private_bytes_raw()).decode()
    checks = "whpk_" + base64.b64encode(public).decode()
    for ours, theirs in (
        (f"{new} {SECRET}", SECRET), (SECRET, f"{new} {SECRET}"), (f"{SECRET} {signs}", checks),
        (signs, checks),
    ):  # fmt: skip
        headers = headers_for(ours, "m", BODY, now_ms=NOW_MS)
        assert doubt(theirs, headers, BODY, now_ms=NOW_MS) == ""
        assert doubt(theirs, headers, BODY + b" ", now_ms=NOW_MS) == "no signature fits"


@pytest.mark.parametrize("secret", ["plain", "whsec_ü", "whpk_AAAA", "whsec_"])
def test_a_key_that_cannot_be_read_is_told_without_the_key(secret: str) -> None:
    """A wrong setting is an error that repeats no secret."""
    with pytest.raises(BadSecret) as caught:
        keys_of(secret)
    assert secret not in str(caught.value) or secret == "whsec_"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("webhook-signature", "v1,AAAA"),
        ("webhook-signature", "v1a,AAAA"),
        ("webhook-signature", "nonsense"),
        ("webhook-signature", "签名"),
        ("webhook-signature", ""),
        ("webhook-timestamp", "not a time"),
        ("webhook-timestamp", "²"),
        ("webhook-timestamp", str(NOW_MS // 1000 - 301)),
        ("webhook-timestamp", str(NOW_MS // 1000 + 301)),
        ("webhook-id", "msg_2"),
    ],
)
def test_a_wrong_header_is_a_bad_signature(name: str, change: str) -> None:
    """A wrong signature or an old time stamp: refused."""
    headers = {**headers_for(SECRET, "msg_1", BODY, now_ms=NOW_MS), name: change}
    with pytest.raises(BadMessage) as caught:
        accept(headers, BODY, SECRET, NOW_MS)
    assert caught.value.reason == "bad_signature"


def test_a_changed_body_a_stale_replay_and_no_secret() -> None:
    """A replay after five minutes is refused."""
    headers = headers_for(SECRET, "msg_1", BODY, now_ms=NOW_MS)
    for body, secret, now_ms in (
        (BODY + b" ", SECRET, NOW_MS),
        (b"\xff", SECRET, NOW_MS),
        (BODY, SECRET, NOW_MS + 301_000),
        (BODY, "", NOW_MS),
        (BODY, "whsec_AAAAAAAA", NOW_MS),
    ):
        with pytest.raises(BadMessage) as caught:
            accept(headers, body, secret, now_ms)
        assert caught.value.reason == "bad_signature"


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"no json",
        BODY.replace(b"filed", b"guilty"),
        BODY.replace(b"0.500Z", b"0.500"),
        BODY.replace(b"msg_1", b"msg_9"),
        BODY.replace(b'"subject":"c1"', b'"subject":"c2"'),
        BODY.replace(b"2026-09-21", b"2027-09-21"),
        BODY.replace(b'"1.0"', b'"0.3"'),
        BODY.replace(b'"filed"', b'"refused"'),
        BODY.replace(b'"filed"', b'"decided"'),
        BODY.replace(b"2.0:status", b"1.0:status"),
    ],
)
def test_signed_nonsense_is_a_bad_callback(body: bytes) -> None:
    """OFF-17: no reason, no decision, another case, the future: not taken."""
    headers = headers_for(SECRET, "msg_1", body, now_ms=NOW_MS)
    with pytest.raises(BadMessage) as caught:
        accept(headers, body, SECRET, NOW_MS)
    assert caught.value.reason == "bad_callback"
