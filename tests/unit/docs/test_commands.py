"""What the documents tell people to type exists, and the READMEs name every command."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from pipelines import cli
from tests.unit.docs.pages import DOCUMENTS, READMES, ROOT, called, row, shell

_VIGIL = re.compile(r"(?:^|[\s;&|])vigil((?: +[\w./=:$-]+)+)")
_MAKE = re.compile(r"(?:^|[\s;&|])make +([\w-]+)")


def _tree() -> dict[str, Any]:
    """Every command by its words, e.g. ``evidence verify``."""
    cli._mount(None)
    found: dict[str, Any] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        below = getattr(command, "commands", None)
        if below is None:
            found[" ".join(words)] = command
            return
        for name, one in below.items():
            walk(one, (*words, name))

    walk(typer.main.get_command(cli.app), ())
    return found


COMMANDS = _tree()
TARGETS = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def _said(page: Path) -> list[tuple[str, list[str]]]:
    """Every ``vigil ...`` of a page: the command it means, and its options."""
    found = []
    for line in shell(page):
        for match in _VIGIL.finditer(line):
            words = match.group(1).split()
            paths = [" ".join(words[:depth]) for depth in (3, 2, 1)]
            name = next((path for path in paths if path in COMMANDS), words[0])
            found.append((name, [w for w in words if w.startswith("--")]))
    return found


def test_the_tree_was_read() -> None:
    assert {"demo", "evidence verify", "model train"} <= set(COMMANDS)
    assert {"demo", "test", "bench", "check"} <= TARGETS


@pytest.mark.parametrize("page", DOCUMENTS, ids=called)
def test_every_command_that_is_told_exists(page: Path) -> None:
    for name, options in _said(page):
        assert name in COMMANDS, f"{page.name}: there is no `vigil {name}`"
        known = {flag for one in COMMANDS[name].params for flag in one.opts}
        unknown = set(options) - known
        assert not unknown, f"{page.name}: `vigil {name}` has no {sorted(unknown)}"


@pytest.mark.parametrize("page", READMES, ids=called)
def test_the_readme_tells_something(page: Path) -> None:
    """Guards the test above against a reader that finds nothing."""
    assert {"gateway", "capture", "boards push", "cases conform"} <= {n for n, _ in _said(page)}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("page", READMES, ids=called)
def test_every_command_has_a_row(page: Path, name: str) -> None:
    assert row(page, f"vigil {name}"), f"{page.name} does not list `vigil {name}`"


@pytest.mark.parametrize("page", READMES, ids=called)
def test_every_option_of_the_demo_is_named(page: Path) -> None:
    cells = row(page, "vigil demo")[1]
    assert {f"`{p.opts[0]}`" for p in COMMANDS["demo"].params} <= set(re.findall(r"`[^`]+`", cells))


@pytest.mark.parametrize("page", DOCUMENTS, ids=called)
def test_every_make_target_that_is_told_exists(page: Path) -> None:
    told = {match for line in shell(page) for match in _MAKE.findall(line)}
    assert told <= TARGETS


def test_the_readmes_name_every_target() -> None:
    for page in READMES:
        told = {match for line in shell(page) for match in _MAKE.findall(line)}
        assert told >= TARGETS - {"help"}
