"""The published contract and the reference case system say the same, and it keeps what it says."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from pipelines.cases.conform import conform
from tests.contract.cases.world import ROOT, SECRET, case_system


async def test_the_reference_system_publishes_the_contract_and_conforms(tmp_path: Path) -> None:
    published = ROOT / "pipelines/cases/contract/openapi.json"
    with case_system(tmp_path) as url:
        async with httpx.AsyncClient(trust_env=False) as client:
            answered = (await client.get(f"{url}/openapi.json")).json()
        checks = await conform(url, SECRET)
        strangers = await conform(url, "whsec_" + "BBBB" * 8)
    assert answered == json.loads(published.read_text(encoding="utf-8"))
    assert len(checks) == 17
    assert [check for check in checks if not check.passed] == []
    assert not all(check.passed for check in strangers), "the checks can fail"
