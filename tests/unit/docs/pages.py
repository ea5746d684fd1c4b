"""Owns reading the six documents: their text, their links, what they name in code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
DOCUMENTS = (
    *READMES,
    ROOT / "ARCHITECTURE.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "infra/README.md",
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def called(page: Path) -> str:
    """A document's path in the repository: names the case of a test."""
    return str(page.relative_to(ROOT))


def text(page: Path) -> str:
    """The whole of a document."""
    return page.read_text(encoding="utf-8")


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and content of every fenced block."""
    return _FENCE.findall(text(page))


def prose(page: Path) -> str:
    """The document without its fenced blocks."""
    return _FENCE.sub("", text(page))


def spans(page: Path) -> list[str]:
    """What stands between single backticks."""
    return _SPAN.findall(prose(page))


def shell(page: Path) -> list[str]:
    """Every line that a reader may type: of shell blocks, and spans."""
    lines = [line for kind, body in blocks(page) if kind == "sh" for line in body.splitlines()]
    return [line.partition("#")[0] for line in [*lines, *spans(page)]]


def links(page: Path) -> list[str]:
    """Targets of links and pictures, as written."""
    return _LINK.findall(_SPAN.sub("", prose(page)))


def row(page: Path, first: str) -> list[str]:
    """The cells of the table row that begins with a code span; empty when there is none."""
    for line in text(page).splitlines():
        if line.startswith(f"| `{first}` |"):
            return [cell.strip() for cell in line.strip("|").split(" | ")]
    return []


def anchors(page: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", head.lower()) for head in heads)
    return {head.strip().replace(" ", "-") for head in kept}
