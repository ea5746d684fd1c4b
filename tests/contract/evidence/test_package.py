"""Packages that leave the house, checked by a bare Python with nothing but ``cryptography``."""

from __future__ import annotations

import ast
import asyncio
import csv
import json
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.evidence.canonical import sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.evidence.package import Exported, Extraction, NotExported, export
from pipelines.evidence.standalone import __file__ as standalone
from pipelines.transparency.checkpoint import Checkpoint
from pipelines.transparency.leaf import Kind
from pipelines.transparency.note import signed
from pipelines.transparency.place import verifier
from pipelines.transparency.proofs import leaves_of
from pipelines.transparency.rotation import rotate
from tests.contract.evidence.stamping import Authority

if TYPE_CHECKING:
    from tests.contract.evidence.conftest import World

T0 = 1_760_000_000_000
BARE = Path(__file__).with_name("bare.py")
VERIFIER = Path(standalone).with_name("verify.py")


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with ``cryptography`` and what that needs, as installed here."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False)
    site = next(folder.glob("lib/python*/site-packages"))
    for name in ("cryptography", "cffi", "pycparser"):
        found = distribution(name)
        for file in found.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(found.locate_file(file)), site / file)
    return folder / "bin" / "python"


@pytest.fixture
async def sealed(world: World) -> World:
    """One sealed alert with footage, and three officers."""
    world.record(T0 - 3000, told=True)
    world.sensor_alert()
    await world.seal("a1")
    world.sql(
        "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash) VALUES"
        " ('wang', '王芳', 'Wang Fang', 'officer', ''), ('li', '李强', 'Li Qiang', 'leader', ''),"
        " ('zhao', '赵敏', 'Zhao Min', 'archivist', '')"
    )
    return world


def asked(**other: str) -> Extraction:
    """An extraction as it should be, but for what is given."""
    said = {"alert_id": "a1", "extractor": "wang", "approved_by": "li", "reason": "附卷", **other}
    return Extraction(**said, at_ms=T0 + 90_000)


async def packed(world: World, target: Path, *, as_zip: bool = False) -> Exported:
    """A package of the alert."""
    return await export(
        world.database, world.objects, world.keys, asked(), target,
        stored_at="vault 1", as_zip=as_zip,
    )  # fmt: skip


async def checked(python: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The package's own verifier, run by a bare Python."""
    command = [str(python), "-I", str(folder / "verify.py"), *options]
    return await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False
    )


async def test_a_bare_python_has_nothing_of_ours(bare_python: Path) -> None:
    """What the verifier runs on below."""
    code = "import importlib.util as u; print([n for n in ('msgspec', 'pipelines', 'jinja2', 'pip')"
    code += " if u.find_spec(n)])"
    done = await asyncio.to_thread(
        subprocess.run,
        [str(bare_python), "-I", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


async def test_a_package_verifies_without_vigil(
    sealed: World, bare_python: Path, tmp_path: Path
) -> None:
    """OFF-20, AV-30: clip, readings, proofs, keys; true on another machine, in two languages."""
    folder = (await packed(sealed, tmp_path / "out")).path
    done = await checked(bare_python, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("清单由公钥", "the manifest was signed", "NOT PROVEN", "--checkpoint", "HOLDS",
                  "leaves from when they came"):  # fmt: skip
        assert words in done.stdout
    objects = {path.name for path in (folder / "objects").iterdir()}
    assert objects == {item.name for item in sealed.manifest().objects}
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-rawin", "-inkey",
               f"keys/{sealed.keys.key_id}.pub.pem", "-in", "manifest.json",
               "-sigfile", "manifest.sig"]  # fmt: skip
    for one in (command, ["sha256sum", "-c", "SHA256SUMS"]):
        await asyncio.to_thread(subprocess.run, one, cwd=folder, check=True, capture_output=True)


async def test_hundreds_of_damaged_packages_are_refused_by_name(
    sealed: World, bare_python: Path, tmp_path: Path
) -> None:
    """AV-35: each file of a package, damaged in any way, is named by the bare verifier."""
    folder = (await packed(sealed, tmp_path / "out")).path
    done = await asyncio.to_thread(
        subprocess.run, [str(bare_python), "-I", str(BARE), str(folder), "300"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert len(found) == 300
    assert len({one["name"] for one in found}) > 15
    assert [one for one in found if one["status"] != 1 or not one["named"]] == []


async def test_another_key_or_another_log_is_refused(
    sealed: World, bare_python: Path, tmp_path: Path
) -> None:
    """A package cannot vouch for its own key, nor the authority for having one log only."""
    folder = (await packed(sealed, tmp_path / "out")).path
    ours = folder / "keys" / f"{sealed.keys.key_id}.pub.pem"
    kept = tmp_path / "kept"
    kept.write_bytes((folder / "log" / "checkpoint").read_bytes())
    good = await checked(bare_python, folder, "--key", str(ours), "--checkpoint", str(kept))
    assert good.returncode == 0, good.stdout
    assert "公钥签名" in good.stdout

    other = Keys(tmp_path / "other")
    key = verifier(other, other.key_id, "x").vkey
    bad = await checked(bare_python, folder, "--key", key)
    assert (bad.returncode, "another key" in bad.stdout) == (1, True)

    size = len(await leaves_of(sealed.database, "")) or 11
    head = Checkpoint(origin="vigil.test/log", size=size, root=b"\1" * 32)
    own = verifier(sealed.keys, sealed.keys.key_id, head.origin)
    kept.write_bytes(signed(head.text(), (own, sealed.keys.sign(head.text().encode()))))
    fork = await checked(bare_python, folder, "--checkpoint", str(kept))
    expected = json.loads((folder / "log" / "consistency.json").read_bytes())["to"]
    if size == expected:
        assert (fork.returncode, "not of this package's log" in fork.stdout) == (1, True)
    else:
        assert "ask for a consistency proof" in fork.stdout


async def test_a_package_signed_over_by_a_stranger_is_refused(
    sealed: World, bare_python: Path, tmp_path: Path
) -> None:
    """AV-30: who adds a key of his own and signs the list anew is told apart by ``--key``."""
    folder = (await packed(sealed, tmp_path / "out")).path
    ours = (folder / "keys" / f"{sealed.keys.key_id}.pub.pem").read_text()
    kept = tmp_path / "ours.pem"
    kept.write_text(ours)
    forger = Keys(tmp_path / "forger")
    own = folder / "keys" / f"{forger.key_id}.pub.pem"
    own.write_bytes(forger.public_pem(forger.key_id))
    paper = folder / "explanation.html"
    paper.write_bytes(paper.read_bytes().replace("附卷".encode(), "作废".encode()))
    names = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("SHA256SUMS")
    )  # fmt: skip
    sums = "".join(
        f"{sha256_hex((folder / name).read_bytes())}  {name}\n" for name in names
    ).encode()
    (folder / "SHA256SUMS").write_bytes(sums)
    (folder / "SHA256SUMS.sig").write_bytes(forger.sign(sums))
    bare = await checked(bare_python, folder)
    assert forger.key_id in bare.stdout  # named among the keys to be compared
    told = await checked(bare_python, folder, "--key", str(kept))
    assert (told.returncode, "SHA256SUMS is signed by another key" in told.stdout) == (1, True)


async def test_old_evidence_under_a_new_key_takes_both(
    sealed: World, bare_python: Path, tmp_path: Path
) -> None:
    """AV-30: after a rotation the manifest has the old key, list and newest checkpoint the new."""
    old = sealed.keys.public_pem(sealed.keys.key_id)
    await rotate(sealed.database, sealed.place, T0 + 1)
    sealed.keys = Keys(sealed.place.keys)
    await sealed.number(T0 + 2)
    folder = (await packed(sealed, tmp_path / "out")).path
    both = []
    for name, pem in (("old", old), ("new", sealed.keys.public_pem(sealed.keys.key_id))):
        (tmp_path / name).write_bytes(pem)
        both += ["--key", str(tmp_path / name)]
    assert (await checked(bare_python, folder, *both)).returncode == 0
    assert (await checked(bare_python, folder, *both[:2])).returncode == 1
    assert (await checked(bare_python, folder, *both[2:])).returncode == 1


@pytest.mark.parametrize("name", ["objects/x__pycache__.mp4", "log/__pycache__/x", "extra"])
async def test_no_file_hides_among_the_listed(
    sealed: World, bare_python: Path, tmp_path: Path, name: str
) -> None:
    """AV-30: only what Python leaves beside the verifier may be there unlisted."""
    folder = (await packed(sealed, tmp_path / "out")).path
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"x")
    done = await checked(bare_python, folder)
    assert (done.returncode, f"{name} does not belong here" in done.stdout) == (1, True)


async def test_a_kept_checkpoint_of_another_size_needs_a_proof(
    sealed: World, bare_python: Path, tmp_path: Path
) -> None:
    """``vigil evidence prove --since`` gives what the verifier asks for."""
    from pipelines.evidence.proving import prove_leaves  # noqa: PLC0415

    kept = tmp_path / "kept"
    kept.write_bytes((sealed.place.folder / "checkpoint").read_bytes())
    for number in range(3):
        sealed.leaf(Kind.VIEW, f"v{number}", T0, {})
    await sealed.number(T0 + 1)
    folder = (await packed(sealed, tmp_path / "out")).path
    proven = await prove_leaves(sealed.database, alert_id="a1", leaf=None, since=kept.read_bytes())
    proof = tmp_path / "proof.json"
    proof.write_text(json.dumps(proven.consistency))
    options = ("--checkpoint", str(kept), "--consistency", str(proof))
    assert "somebody kept" in (await checked(bare_python, folder, *options)).stdout
    proof.write_text(proof.read_text().replace("a", "b"))
    assert (await checked(bare_python, folder, *options)).returncode == 1


async def test_stamps_of_an_authority_are_checked(
    sealed: World, bare_python: Path, tmp_path: Path
) -> None:
    """An RFC 3161 stamp is over the checkpoint, and by the authority whose root is given."""
    authority = Authority(tmp_path / "tsa")
    ((size, note),) = sealed.sql(
        "SELECT tree_size, note FROM log_checkpoints ORDER BY tree_size DESC LIMIT 1"
    )
    assert isinstance(note, bytes)
    sealed.sql(
        "INSERT INTO log_stamps VALUES (%s, 'test', %s, %s)", (size, authority.stamp(note), T0)
    )
    folder = (await packed(sealed, tmp_path / "out")).path
    unchecked = await checked(bare_python, folder)
    assert (unchecked.returncode, "--tsa-roots" in unchecked.stdout) == (0, True)
    good = await checked(bare_python, folder, "--tsa-roots", str(authority.root))
    assert "the authority signed that this checkpoint was there at" in good.stdout
    foreign = Authority(tmp_path / "foreign")
    bad = await checked(bare_python, folder, "--tsa-roots", str(foreign.root))
    assert (bad.returncode, "1.tsr" in bad.stdout) == (1, True)

    sealed.sql("UPDATE log_stamps SET token = %s", (authority.stamp(b"another note"),))
    folder = (await packed(sealed, tmp_path / "misled")).path
    misled = await checked(bare_python, folder)
    assert (misled.returncode, "not over this checkpoint" in misled.stdout) == (1, True)


async def test_the_papers_say_who_made_and_took_it(sealed: World, tmp_path: Path) -> None:
    """AV-30: maker, extractor, time and hashes in writing; OFF-20: an index for the case file."""
    folder = (await packed(sealed, tmp_path / "out")).path
    text = (folder / "explanation.html").read_text(encoding="utf-8")
    for words in ("制作人", "提取人", "王芳", "李强", "提取时间", "2025-10-09 16:54:50", "附卷",
                  "vault 1", "蓝波游泳馆", "GB 37488-2019", "JD-1", "签名"):  # fmt: skip
        assert words in text, words
    for item in sealed.manifest().objects:
        assert item.sha256 in text
        assert item.sm3 in text
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["title_zh"] == "证据文字说明"
    listed = {row["name"]: row["sha256"] for row in rows}
    lines = [line.split("  ", 1) for line in (folder / "SHA256SUMS").read_text().splitlines()]
    sums = {name: sha256 for sha256, name in lines}
    assert sums.items() - listed.items() == {
        (name, sums[name]) for name in ("index.csv", "index.html")
    }
    assert "卷内目录" in (folder / "index.html").read_text(encoding="utf-8")


async def test_an_export_is_a_leaf_with_who_and_why(sealed: World, tmp_path: Path) -> None:
    """AV-30, AV-35: no package leaves without the log telling of it."""
    done = await packed(sealed, tmp_path / "out")
    await sealed.number(T0 + 1)
    leaves = await leaves_of(sealed.database, sealed.manifest().evidence_id)
    (leaf,) = [one for one in leaves if one.kind == Kind.EXPORT]
    assert leaf.body is not None
    said = json.loads(leaf.body)
    assert (said["extractor"], said["approved_by"], said["reason"]) == ("wang", "li", "附卷")
    assert said["sums_sha256"] == done.sums_sha256
    assert sealed.sql("SELECT export_id, extractor FROM evidence_exports") == [
        (done.export_id, "wang")
    ]
    assert (await sealed.verify()).ok


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"approved_by": "zhao"}, "not leader"),
        ({"extractor": "li"}, "two people"),
        ({"extractor": "nobody"}, "vigil registry officer"),
        ({"approved_by": ""}, "--approved-by"),
        ({"reason": " "}, "--reason"),
        ({"alert_id": "none"}, "no sealed evidence"),
    ],
)
async def test_nobody_takes_evidence_out_alone(
    sealed: World, tmp_path: Path, other: dict[str, str], why: str
) -> None:
    """AV-30: a leader approves, and is another person than the one who takes it."""
    with pytest.raises(NotExported, match=why):
        await export(sealed.database, sealed.objects, sealed.keys, asked(**other), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert sealed.sql("SELECT count(*) FROM evidence_exports") == [(0,)]


async def test_a_changed_object_or_a_used_folder_is_not_exported(
    sealed: World, tmp_path: Path
) -> None:
    """What cannot be proven does not leave; nothing is left behind."""
    await packed(sealed, tmp_path / "out")
    with pytest.raises(NotExported, match="there already"):
        await packed(sealed, tmp_path / "out")
    item = sealed.manifest().objects[0]
    path = sealed.objects.path(item.sha256)
    path.chmod(0o644)
    path.write_bytes(b"?" + path.read_bytes()[1:])
    with pytest.raises(NotExported, match=item.name):
        await packed(sealed, tmp_path / "bad")
    left = [path.name for path in sorted(tmp_path.glob("*"))]  # noqa: ASYNC240 - a small folder
    assert "bad" not in left
    assert [name for name in left if name.startswith(".export-")] == []


async def test_a_zip_holds_the_same(sealed: World, bare_python: Path, tmp_path: Path) -> None:
    """One file for a disc; unpacked it verifies."""
    path = (await packed(sealed, tmp_path / "evidence.zip", as_zip=True)).path
    with zipfile.ZipFile(path) as file:
        file.extractall(tmp_path / "unpacked")
    (folder,) = (tmp_path / "unpacked").iterdir()
    assert (await checked(bare_python, folder)).returncode == 0


def test_the_verifier_is_python_3_9() -> None:
    """Its syntax is that of the oldest Python it promises to run on."""
    ast.parse(VERIFIER.read_text(encoding="utf-8"), feature_version=(3, 9))
    assert sys.version_info >= (3, 9)
