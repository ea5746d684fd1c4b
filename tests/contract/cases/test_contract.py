"""The published contract, our messages and the reference case system say the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from pipelines.cases.conform import conform
from pipelines.cases.envelope import read_status
from pipelines.cases.publish import documents
from tests.contract.cases.world import ROOT, SECRET, World, case_system

CONTRACT = ROOT / "pipelines/cases/contract"


async def test_the_reference_system_publishes_the_contract_and_conforms(tmp_path: Path) -> None:
    """OFF-17: any case system can be fitted by its contract test; the reference one is."""
    with case_system(tmp_path) as url:
        async with httpx.AsyncClient(trust_env=False) as client:
            answered = (await client.get(f"{url}/openapi.json")).json()
        checks = await conform(url, SECRET)
        strangers = await conform(url, "whsec_" + "BBBB" * 8)
    assert answered == json.loads((CONTRACT / "openapi.json").read_text(encoding="utf-8"))
    assert len(checks) == 25
    assert [check for check in checks if not check.passed] == []
    assert not all(check.passed for check in strangers), "the checks can fail"


def test_the_files_are_what_the_reference_system_writes(tmp_path: Path) -> None:
    """OFF-17: OpenAPI and JSON Schemas are made from the code, and lie in the package."""
    subprocess.run(
        [sys.executable, "-m", "infra.case_system", "--contract", str(tmp_path)],
        check=True, cwd=ROOT,
    )  # fmt: skip
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (CONTRACT / path.name).read_bytes(), path.name
    validate(json.loads((CONTRACT / "openapi.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", sorted(n for n in documents() if n.startswith("examples/")))
def test_the_examples_validate(name: str) -> None:
    """OFF-17: every example is valid by the schema, and what it was before."""
    kind = "case" if name == "examples/case.json" else "status"
    schema = json.loads(documents()[f"{kind}.schema.json"])
    jsonschema_rs.Draft202012Validator(schema).validate(json.loads(documents()[name]))
    assert (CONTRACT / name).read_bytes() == documents()[name]
    if kind == "status":
        assert read_status(documents()[name]).data.case_id == "example-case"


async def test_a_real_case_validates(world: World) -> None:
    """OFF-16, OFF-17: what is sent carries facts, law, both reviews, papers and actors."""
    world.alert("a1")
    await world.confirm("a1")
    event = json.loads(bytes(world.case()["payload"]))
    jsonschema_rs.Draft202012Validator(json.loads(documents()["case.schema.json"])).validate(event)
    data = event["data"]
    assert event["id"] == f"{data['case_id']}-r1"
    assert {one["kind"] for one in data["evidence"]["reviews"]} == {"legal", "technical"}
    assert {one["step"] for one in data["actors"]} == {
        "review_legal", "review_technical", "confirmed",
    }  # fmt: skip
    assert data["facts"]["person_concerned"] == "113307023369256057"
    assert len(data["evidence"]["quality"]) == 8
