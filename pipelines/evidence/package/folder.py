"""Owns writing a package's folder: objects, papers, the verifier, and the signed list of sums."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from pipelines.evidence import standalone
from pipelines.evidence.canonical import sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.evidence.package.papers import (
    Facts,
    Piece,
    explanation,
    file_index,
    index_rows,
    readme,
)
from pipelines.evidence.package.types import NotExported
from pipelines.vault.types import Vault

SUMS = "SHA256SUMS"
_VERIFIER = Path(standalone.__file__).parent / "verify.py"


def write_folder(
    folder: Path, objects: Vault, facts: Facts, files: Mapping[str, bytes], keys: Keys
) -> str:
    """Writes the package and returns the SHA-256 of its list of sums. Blocks.

    Raises:
        NotExported: an object is gone or changed.
    """
    sums: dict[str, str] = {}
    (folder / "objects").mkdir(parents=True)
    for item in facts.manifest.objects:
        name = f"objects/{item.name}"
        sums[name] = _copied(objects, item.sha256, folder / name)
    for name, data in {**files, "verify.py": _VERIFIER.read_bytes()}.items():
        sums[name] = _written(folder / name, data)
    sums["explanation.html"] = _written(folder / "explanation.html", explanation(facts))
    sums["README.md"] = _written(folder / "README.md", readme(facts))
    pieces = [
        Piece(name=name, sha256=sums[name], size_bytes=(folder / name).stat().st_size)
        for name in _order(sums)
    ]
    sums["index.csv"] = _written(folder / "index.csv", index_rows(facts, pieces))
    sums["index.html"] = _written(folder / "index.html", file_index(facts, pieces))
    listed = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
    _written(folder / SUMS, listed)
    _written(folder / f"{SUMS}.sig", keys.sign(listed))
    return sha256_hex(listed)


def zipped(folder: Path) -> Path:
    """The folder as a zip file beside it; what it holds is compressed already, so it is not."""
    target = folder.with_suffix(".zip")
    with zipfile.ZipFile(target, "x", zipfile.ZIP_STORED) as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                file.write(path, f"{folder.name}/{path.relative_to(folder).as_posix()}")
    return target


def _order(sums: Mapping[str, str]) -> list[str]:
    """What a reader wants first comes first: explanation, manifest, objects, then the proofs."""
    ranks = ("explanation.html", "manifest.", "objects/", "log/", "keys/")

    def rank(name: str) -> tuple[int, str]:
        found = (at for at, start in enumerate(ranks) if name.startswith(start))
        return next(found, len(ranks)), name

    return sorted(sums, key=rank)


def _copied(objects: Vault, sha256: str, target: Path) -> str:
    digest = hashlib.sha256()
    try:
        with target.open("xb") as file:
            for data in objects.chunks(sha256):
                digest.update(data)
                file.write(data)
    except FileNotFoundError as error:
        raise NotExported(
            f"object {sha256} ({target.name}) is gone; `vigil evidence verify` says more"
        ) from error
    if digest.hexdigest() != sha256:
        raise NotExported(
            f"{target.name}: object {sha256} now has the digest {digest.hexdigest()};"
            " `vigil evidence verify` says what is still provable"
        )
    return sha256


def _written(target: Path, data: bytes) -> str:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return sha256_hex(data)
