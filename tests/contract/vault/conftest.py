"""The same vault twice: in a folder, and in S3 as a real server process speaks it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.vault.folder import FolderVault
from pipelines.vault.opening import vault_at
from pipelines.vault.s3 import Lock
from pipelines.vault.types import Vault
from tests.contract.vault.endpoint import Endpoint, endpoint

Tamper = Callable[[str, bytes], None]


@pytest.fixture(scope="session")
def s3() -> Iterator[Endpoint]:
    """A running S3 server, with the keys it wants in the environment."""
    with endpoint() as running:
        yield running


@pytest.fixture
def bucket(s3: Endpoint) -> str:
    """A new bucket with object lock."""
    return s3.bucket(f"b-{uuid.uuid4().hex[:12]}")


@pytest.fixture(params=["folder", "s3"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    """An empty vault of each kind."""
    if request.param == "folder":
        return FolderVault(tmp_path / "objects")
    s3: Endpoint = request.getfixturevalue("s3")
    bucket: str = request.getfixturevalue("bucket")
    return vault_at(s3.address(bucket, "sealed"), scratch=tmp_path / "scratch")


@pytest.fixture
def overwrite(request: pytest.FixtureRequest, vault: Vault) -> Tamper:
    """Puts other bytes under an object's name, as someone with the store's password would."""
    if isinstance(vault, FolderVault):
        folder = vault

        def in_place(sha256: str, data: bytes) -> None:
            path = folder.path(sha256)
            path.chmod(0o644)
            path.write_bytes(data)

        return in_place
    s3: Endpoint = request.getfixturevalue("s3")
    bucket: str = request.getfixturevalue("bucket")

    def as_new_version(sha256: str, data: bytes) -> None:
        s3.client.put_object(Bucket=bucket, Key=f"sealed/{sha256}", Body=data)

    return as_new_version


@pytest.fixture
def locked(s3: Endpoint, bucket: str, tmp_path: Path) -> Vault:
    """A vault in S3 that locks for thirty days."""
    return vault_at(
        s3.address(bucket), lock=Lock(mode="compliance", days=30), scratch=tmp_path / "scratch"
    )
