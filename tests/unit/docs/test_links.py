"""No link leads nowhere, pictures are small, and both READMEs say the same in the same order."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.unit.docs.pages import DOCUMENTS, READMES, ROOT, anchors, blocks, called, links, prose

MOST_BYTES = 300_000


@pytest.mark.parametrize("page", DOCUMENTS, ids=called)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / unquote(path)).resolve() if path else page
        assert target.is_relative_to(ROOT), f"{page.name}: {link} leaves the repository"
        assert target.exists(), f"{page.name}: {link} is not there"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link} has no such heading"


def test_the_readmes_link_to_the_other_documents() -> None:
    wanted = {"LICENSE", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"}
    for page in READMES:
        assert wanted <= {link.partition("#")[0] for link in links(page)}


def test_screenshots_are_small_and_used() -> None:
    pictures = list((ROOT / "dashboards/screenshots").glob("*.png"))
    assert pictures
    assert [p.name for p in pictures if p.stat().st_size > MOST_BYTES] == []
    used = {Path(link).name for page in READMES for link in links(page)}
    assert {p.name for p in pictures} <= used


def test_both_readmes_have_the_same_parts() -> None:
    shapes = []
    for page in READMES:
        levels = re.findall(r"^(#+) ", prose(page), re.MULTILINE)
        rows = [line.count("|") for line in prose(page).splitlines() if line.startswith("|")]
        shapes.append((levels, rows))
    assert shapes[0] == shapes[1]


def test_both_readmes_give_the_same_commands() -> None:
    first, second = (
        [(kind, re.sub(r"\s*#.*", "", body)) for kind, body in blocks(page)] for page in READMES
    )
    assert first == second


def test_the_licence_is_the_whole_agpl() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE")
    assert "13. Remote Network Interaction" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
