"""Service on paper: recorded once, with its sheet and what it needs; a link can be ended."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from pipelines.notices.commands import notices
from pipelines.notices.paper import NotServed, Service, serve
from pipelines.vault.opening import open_vault
from tests.contract.dashboards.rows import POOL_ALERT
from tests.contract.notices.conftest import House

HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"how": "direct"}, "received_by"),
        ({"how": "left", "witness": "邻居"}, "witness and a picture"),
        ({"how": "left", "proof": b"jpg"}, "witness and a picture"),
        ({"how": "post"}, "number of the posting"),
        ({"how": "published", "words": " "}, "published"),
    ],
)
async def test_what_a_record_needs(house: House, given: dict[str, object], missing: str) -> None:
    """OFF-19: each way of service has what proves it, and nothing is recorded without."""
    notice_id = await house.queue()
    service = Service(notice_id=notice_id, at_ms=house.now_ms, officer_id="3301", **given)  # type: ignore[arg-type]
    with pytest.raises(NotServed, match=missing):
        await serve(house.database, open_vault(house.settings), service, now_ms=house.now_ms)
    assert house.sql("SELECT count(*) FROM notice_services") == [(0,)]


async def test_served_is_told_once_and_chased_no_more(house: House) -> None:
    """OFF-19: trail by the officer, leaf, clocks, and no electronic way any more."""
    notice_id, vault = await house.queue(), open_vault(house.settings)
    at_ms = house.now_ms - HOUR_MS
    service = Service(
        notice_id=notice_id, how="left", at_ms=at_ms, officer_id="3301", witness="社区 李",
        words="当事人拒收", proof=b"\xff\xd8 picture",
    )  # fmt: skip
    first = await serve(house.database, vault, service, now_ms=house.now_ms)
    assert await serve(house.database, vault, service, now_ms=house.now_ms + 5) == first
    assert house.sql("SELECT state, service, delivered_ms, next_try_ms FROM notices") == [
        ("sent", True, at_ms, 0)
    ]
    assert house.sql(
        "SELECT actor, ground FROM alert_events WHERE alert_id = %s AND action = 'notice_told'",
        POOL_ALERT,
    ) == [("3301", "finding left")]
    assert house.sql("SELECT kind, state FROM clocks WHERE kind = 'party_answer'") == [
        ("party_answer", "running")
    ]
    assert await house.deliverer().deliver_due(house.now_ms + 90 * 24 * HOUR_MS) == 0
    assert house.sql("SELECT count(*) FROM notice_services") == [(1,)]
    for wrong in (
        Service(notice_id="none", how="direct", at_ms=1, officer_id="3301", received_by="x"),
        Service(notice_id=notice_id, how="direct", at_ms=house.now_ms + 1, officer_id="3301",
                received_by="x"),
    ):  # fmt: skip
        with pytest.raises(NotServed):
            await serve(house.database, vault, wrong, now_ms=house.now_ms)


async def test_an_ended_link_opens_nothing(
    house: House, visitor: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OFF-15, OFF-19: by command: the sheet before and after, and the end of a private link."""
    monkeypatch.setenv("VIGIL_DATABASE_URL", house.url)
    monkeypatch.setenv("VIGIL_DATA_DIR", str(house.settings.data_dir))
    token = await house.link()
    ((notice_id,),) = house.sql("SELECT notice_id FROM notices")
    vigil, out = CliRunner(), tmp_path / "sheet.html"
    blank = await asyncio.to_thread(
        vigil.invoke, notices, ["sheet", str(notice_id), "--out", str(out)]
    )
    assert (blank.exit_code, "送达回证" in out.read_text("utf-8")) == (0, True)
    assert "王经理" not in out.read_text("utf-8")
    asked = ["serve-paper", str(notice_id), "--how", "direct", "--officer", "3301"]
    refused = await asyncio.to_thread(vigil.invoke, notices, asked)
    assert (refused.exit_code, "received_by" in refused.stderr) == (1, True)
    done = await asyncio.to_thread(
        vigil.invoke, notices, [*asked, "--received-by", "<b>王经理</b>"]
    )
    assert done.exit_code == 0, done.output
    await asyncio.to_thread(vigil.invoke, notices, ["sheet", str(notice_id), "--out", str(out)])
    assert "&lt;b&gt;王经理&lt;/b&gt;" in out.read_text("utf-8")
    assert (await visitor.get(f"/p/{token}")).status_code == 200
    ended = ["revoke-link", str(notice_id), "--by", "3301"]
    codes = [(await asyncio.to_thread(vigil.invoke, notices, ended)).exit_code for _ in "12"]
    assert codes == [0, 1]
    assert (await visitor.get(f"/p/{token}")).status_code == 410
    nothing = await asyncio.to_thread(vigil.invoke, notices, ["sheet", "no", "--out", str(out)])
    assert nothing.exit_code == 1
