"""Every outcome has a line that explains it, and none is a second name of another."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise

import pytest
from prometheus_client import REGISTRY

from pipelines.gateways import outcomes
from pipelines.gateways.outcomes import Outcome, count


def explained() -> dict[str, str]:
    """Names of the outcomes with the string that follows each."""
    tree = ast.parse(inspect.getsource(outcomes))
    (body,) = [n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Outcome"]
    found = {}
    for line, following in pairwise(body):
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            assert isinstance(following, ast.Expr), f"{line.targets[0].id} is not explained"
            found[line.targets[0].id] = str(ast.literal_eval(following.value))
    return found


def test_every_outcome_is_explained() -> None:
    said = explained()
    assert set(said) == {outcome.name for outcome in Outcome}
    assert len(set(said.values())) == len(said)


@pytest.mark.parametrize("outcome", Outcome)
def test_it_is_counted_by_gateway(outcome: Outcome) -> None:
    labels = {"gateway": "http", "outcome": outcome.value}
    name = "vigil_gateway_messages_total"
    before = REGISTRY.get_sample_value(name, labels) or 0
    count("http", outcome)
    assert REGISTRY.get_sample_value(name, labels) == before + 1
