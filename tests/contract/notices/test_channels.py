"""One suite over every way out, each against a real server (OFF-15: SMS, phone, inquiry)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipelines.cases.signing import doubt
from pipelines.notices.channels import Channel, Notice, NotSent
from pipelines.notices.gateway import HttpGateway
from pipelines.notices.through_apprise import Apprise
from pipelines.runtime import wall_clock_ms
from tests.contract.notices.conftest import SECRET, Gateway

NOTICE = Notice(
    notice_id="n1", recipient="13800138000", subject="监测提示", body="余氯 1.62 mg/L", queued_ms=0,
    short="请看并答复：https://vigil.example/p/x",
)  # fmt: skip

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # apprise's own import
Make = Callable[[Gateway], Channel]


def _http(gateway: Gateway) -> Channel:
    return HttpGateway("sms", url=gateway.url, secret=SECRET, timeout_s=2.0)


def _eagle(gateway: Gateway) -> Channel:
    return Apprise("sms", address=f"smseagle://token@127.0.0.1:{gateway.port}/{{to}}")


def _json(gateway: Gateway) -> Channel:
    return Apprise("voice", address=f"json://127.0.0.1:{gateway.port}/call/{{to}}")


ALL = pytest.mark.parametrize("make", [_http, _eagle, _json])


@ALL
async def test_hands_over_what_it_says_it_hands_over(make: Make, gateway: Gateway) -> None:
    """OFF-15: the words arrive, and are on file beforehand as the same bytes each time."""
    gateway.answer = b'{"id": "prov-1", "result": [{"status": "ok", "message_id": 1}]}'
    channel = make(gateway)
    assert channel.content(NOTICE) == channel.content(NOTICE)
    await channel.send(NOTICE)
    (_, _, body) = gateway.calls[0]
    said = body.decode()
    assert NOTICE.short in said or NOTICE.short.encode("unicode_escape").decode() in said
    assert any("13800138000" in part for part in (said, gateway.calls[0][0]))


@ALL
async def test_says_that_it_was_not_taken(make: Make, gateway: Gateway) -> None:
    """OFF-15: a refusal is never taken for a notice."""
    gateway.status = 503
    with pytest.raises(NotSent) as refused:
        await make(gateway).send(NOTICE)
    assert not refused.value.for_good
    assert len(gateway.calls) == 1


async def test_a_call_is_signed_and_known_again(gateway: Gateway) -> None:
    """The platform can check who calls, and sees that a repeated call is the same notice."""
    channel = _http(gateway)
    handed = await channel.send(NOTICE)
    await channel.send(NOTICE)
    assert handed.provider_id == "prov-1"
    ids = {headers["webhook-id"] for _, headers, _ in gateway.calls}
    assert ids == {NOTICE.message_id}
    for _, headers, body in gateway.calls:
        assert body == channel.content(NOTICE)
        assert doubt(SECRET, headers, body, now_ms=wall_clock_ms()) == ""


@pytest.mark.parametrize(
    ("status", "for_good"), [(404, True), (422, True), (429, False), (500, False)]
)
async def test_what_will_never_work_is_told_apart(
    gateway: Gateway, status: int, for_good: bool
) -> None:
    """A number that does not exist is not tried again; a busy platform is."""
    gateway.status, gateway.answer = status, b"why"
    with pytest.raises(NotSent) as refused:
        await _http(gateway).send(NOTICE)
    assert (refused.value.for_good, refused.value.answer) == (for_good, b"why")


async def test_a_slow_platform_is_not_waited_for(gateway: Gateway) -> None:
    """It may have taken it: that is tried again under the same id."""
    gateway.slow_s = 1.5
    hurried = HttpGateway("sms", url=gateway.url, secret=SECRET, timeout_s=0.2)
    with pytest.raises(NotSent, match="Timeout"):
        await hurried.send(NOTICE)


@pytest.mark.parametrize("address", ["json://127.0.0.1/x", "nothing", "file:///etc/passwd", ""])
async def test_an_address_of_the_register_reaches_no_other_hosts(address: str) -> None:
    """Only groups of known services may stand in the register."""
    with pytest.raises(NotSent) as refused:
        await Apprise("app").send(
            Notice(notice_id="n", recipient=address, subject="s", body="b", queued_ms=0)
        )
    assert refused.value.for_good
