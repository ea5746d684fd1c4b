"""Runs in a bare Python: damages a package in many ways, and has the verifier in it look.

    python bare.py PACKAGE ROUNDS

Prints a JSON list: what was done, to which file, the verifier's status, whether it named the file.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import random
import shutil
import sys
from pathlib import Path
from typing import Any


def damage(folder: Path, rng: random.Random) -> tuple[str, str]:
    """Does one thing; returns what, and to which file."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    name = rng.choice(names)
    how = rng.choice(["flip", "cut", "insert", "delete", "swap", "plant", "rename"])
    path = folder / name
    data = path.read_bytes()
    at = rng.randrange(len(data))
    if how == "flip":
        path.write_bytes(data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :])
    elif how == "cut":
        path.write_bytes(data[:at])
    elif how == "insert":
        path.write_bytes(data[:at] + b"?" + data[at:])
    elif how == "delete":
        path.unlink()
    elif how == "swap":
        other = folder / rng.choice([one for one in names if (folder / one).read_bytes() != data])
        path.write_bytes(other.read_bytes())
        other.write_bytes(data)
    elif how == "rename":
        path.rename(path.with_name(path.name + ".bak"))
    else:
        name = f"objects/planted-{at}.mp4"
        (folder / name).write_bytes(b"planted")
    return how, name


def main() -> None:
    """Damages a copy of the package, again and again."""
    package, rounds = Path(sys.argv[1]), int(sys.argv[2])
    spec = importlib.util.spec_from_file_location("verifier", package / "verify.py")
    assert spec is not None
    assert spec.loader is not None
    verifier = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(verifier)
    found: list[dict[str, Any]] = []
    copy = package.with_name("damaged")
    for seed in range(rounds):
        shutil.copytree(package, copy)
        how, name = damage(copy, random.Random(seed))
        sys.argv = ["verify.py", str(copy)]
        said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = verifier.main()
        said.seek(0)
        text = said.read()
        found.append({"how": how, "name": name, "status": status, "named": name in text})
        shutil.rmtree(copy)
    sys.__stdout__.write(json.dumps(found))  # type: ignore[union-attr]


if __name__ == "__main__":
    main()
