"""What the callback door lets in, and what it does not."""

from __future__ import annotations

import json

import pytest

from pipelines.cases.callback import accept
from pipelines.cases.signing import headers_for
from pipelines.errors import BadMessage

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW_MS = 1_790_000_000_000
BODY = json.dumps(
    {
        "type": "case.decided",
        "id": "msg_1",
        "timestamp": "2026-09-21T14:13:20.500Z",
        "data": {"case_id": "c1", "decision": "filed", "reason": "立案"},
    },
    ensure_ascii=False,
).encode()


def test_a_right_call_is_accepted_whatever_the_case_of_its_headers() -> None:
    headers = headers_for(SECRET, "msg_1", BODY, now_ms=NOW_MS)
    answer = accept({k.upper(): v for k, v in headers.items()}, BODY, SECRET, NOW_MS)
    assert (answer.answer_id, answer.case_id, answer.body) == ("msg_1", "c1", BODY)
    assert answer.at_ms == NOW_MS + 500


def test_several_signatures_while_a_secret_is_rotated() -> None:
    headers = headers_for(SECRET, "msg_1", BODY, now_ms=NOW_MS)
    headers["webhook-signature"] = "v1,AAAA " + headers["webhook-signature"]
    assert accept(headers, BODY, SECRET, NOW_MS).answer_id == "msg_1"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("webhook-signature", "v1,AAAA"),
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
    headers = {**headers_for(SECRET, "msg_1", BODY, now_ms=NOW_MS), name: change}
    with pytest.raises(BadMessage) as caught:
        accept(headers, BODY, SECRET, NOW_MS)
    assert caught.value.reason == "bad_signature"


def test_a_changed_body_a_stale_replay_and_no_secret() -> None:
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
    ],
)
def test_signed_nonsense_is_a_bad_callback(body: bytes) -> None:
    headers = headers_for(SECRET, "msg_1", body, now_ms=NOW_MS)
    with pytest.raises(BadMessage) as caught:
        accept(headers, body, SECRET, NOW_MS)
    assert caught.value.reason == "bad_callback"
