"""Every module says what it owns."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.unit.docs.pages import ROOT

ROOMS = ("models", "detectors", "pipelines", "dashboards", "infra")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def _called(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_modules_were_found() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=_called)
def test_every_module_has_a_docstring(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said, f"{_called(path)} does not say what it owns"
    assert said[0].isupper() or not said[0].isalpha()


@pytest.mark.parametrize("path", MODULES, ids=_called)
def test_every_public_name_has_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, kinds) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []
