"""What S3 adds: retention that nobody shortens, versions that show, a network that fails."""

from __future__ import annotations

import base64
import hashlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.errors import Transient
from pipelines.settings import Settings
from pipelines.vault.folder import FolderVault
from pipelines.vault.opening import open_vault, vault_at
from pipelines.vault.s3 import Lock, S3Vault
from pipelines.vault.types import Locked, ObjectChanged, Vault
from tests.contract.vault.endpoint import Endpoint

_DAY_MS = 86_400_000


def test_retention_keeps_until_its_day(s3: Endpoint, bucket: str, locked: Vault) -> None:
    """AV-28: what is locked cannot be removed, and the answer says until when."""
    sha256 = locked.put(b"locked").sha256
    with pytest.raises(Locked, match="COMPLIANCE") as caught:
        locked.remove(sha256)
    until_ms = caught.value.until_ms
    assert until_ms is not None
    assert abs(until_ms - time.time() * 1000 - 30 * _DAY_MS) < 60_000
    s3.client.delete_object(Bucket=bucket, Key=sha256)  # the mark that a plain DELETE adds
    assert not locked.exists(sha256)
    with pytest.raises(Locked):
        locked.remove(sha256)
    (mark,) = s3.client.list_object_versions(Bucket=bucket)["DeleteMarkers"]
    with pytest.raises(FileNotFoundError):
        locked.check(sha256)
    names = list(locked.walk())
    version = s3.client.list_object_versions(Bucket=bucket)["Versions"][0]["VersionId"]
    assert sorted(names) == sorted(
        [f"{sha256}?deleted={mark['VersionId']}", f"{sha256}?version={version}"]
    )


def test_a_hold_outlasts_retention_and_comes_off_alone(locked: Vault) -> None:
    """AV-29: a hold is named first; without it the retention still keeps."""
    sha256 = locked.put(b"held").sha256
    locked.hold(sha256, on=True)
    with pytest.raises(Locked, match="legal hold"):
        locked.remove(sha256)
    locked.hold(sha256, on=False)
    with pytest.raises(Locked, match="retention"):
        locked.remove(sha256)


def test_what_is_pinned_anew_is_kept_longer_and_never_shorter(
    s3: Endpoint, bucket: str, tmp_path: Path, locked: Vault
) -> None:
    """A part that a second alert pins months later is kept as long as that alert needs it."""
    sha256 = locked.put(b"part").sha256

    def until() -> datetime:
        kept: datetime = s3.client.head_object(Bucket=bucket, Key=sha256)[
            "ObjectLockRetainUntilDate"
        ]
        return kept

    first = until()
    for days, grows in ((10, 0), (90, 60)):
        lock = Lock(mode="compliance", days=days)
        vault_at(s3.address(bucket), lock=lock, scratch=tmp_path).put(b"part")
        assert abs(until() - first - timedelta(days=grows)) < timedelta(minutes=1)


def test_an_object_put_before_there_was_a_lock_gets_one(
    s3: Endpoint, bucket: str, tmp_path: Path, locked: Vault
) -> None:
    """Turning the setting on reaches what is pinned again."""
    unlocked = vault_at(s3.address(bucket), scratch=tmp_path)
    sha256 = unlocked.put(b"early").sha256
    locked.put(b"early")
    with pytest.raises(Locked):
        unlocked.remove(sha256)


def test_an_overwritten_version_shows_and_goes_with_the_object(
    s3: Endpoint, bucket: str, tmp_path: Path
) -> None:
    """The covered original is named, the digest is of what is shown, removal leaves neither."""
    vault = vault_at(s3.address(bucket, "a/b"), scratch=tmp_path)
    stored = vault.put(b"original")
    key = f"a/b/{stored.sha256}"
    first = s3.client.head_object(Bucket=bucket, Key=key)
    assert first["Metadata"] == {"sm3": stored.sm3}
    s3.client.put_object(Bucket=bucket, Key=key, Body=b"forged")
    s3.client.put_object(Bucket=bucket, Key="a/b/notes.txt", Body=b"stray")
    s3.client.put_object(Bucket=bucket, Key="other/thing", Body=b"not ours")
    assert list(vault.walk()) == [
        stored.sha256, f"{stored.sha256}?version={first['VersionId']}", "notes.txt"
    ]  # fmt: skip
    assert vault.digest(stored.sha256) == hashlib.sha256(b"forged").hexdigest()
    vault.remove(stored.sha256)
    assert list(vault.walk()) == ["notes.txt"]


def test_a_checksum_of_the_store_tells_of_other_bytes_without_fetching_them(
    s3: Endpoint, bucket: str, tmp_path: Path
) -> None:
    """The name is taken by something the store itself vouches for: it is not ours."""
    vault = vault_at(s3.address(bucket), scratch=tmp_path)
    sha256 = hashlib.sha256(b"ours").hexdigest()
    other = hashlib.sha256(b"theirs")
    s3.client.put_object(
        Bucket=bucket, Key=sha256, Body=b"theirs", ChecksumAlgorithm="SHA256",
        ChecksumSHA256=base64.b64encode(other.digest()).decode(),
    )  # fmt: skip
    with pytest.raises(ObjectChanged) as caught:
        vault.put(b"ours")
    assert caught.value.found == other.hexdigest()
    assert b"".join(vault.chunks(sha256)) == b"theirs"


@pytest.mark.usefixtures("s3")
def test_nobody_there_is_for_now(tmp_path: Path) -> None:
    """A store that cannot be reached is waited for; nothing is taken for missing."""
    vault = vault_at("s3://b?endpoint=http://127.0.0.1:9&region=us-east-1", scratch=tmp_path)
    for act in (
        lambda: vault.put(b"x"),
        lambda: vault.exists("0" * 64),
        lambda: list(vault.chunks("0" * 64)),
        lambda: list(vault.walk()),
        lambda: vault.remove("0" * 64),
    ):
        with pytest.raises(Transient, match=r"127\.0\.0\.1:9"):
            act()


def test_no_bucket_is_not_no_object(s3: Endpoint, tmp_path: Path) -> None:
    """A mistyped bucket is an error of its own: else every object would seem to be gone."""
    vault = vault_at(s3.address("no-such-bucket"), scratch=tmp_path)
    for act in (
        lambda: vault.exists("0" * 64),
        lambda: vault.put(b"x"),
        lambda: list(vault.walk()),
    ):
        with pytest.raises(OSError, match=r"bucket|Bucket") as caught:
            act()
        assert not isinstance(caught.value, FileNotFoundError)


def test_a_bucket_without_lock_says_so(s3: Endpoint, tmp_path: Path) -> None:
    """Neither retention nor hold is pretended where the store knows none."""
    bucket = s3.bucket("no-lock", lock=False)
    plain = vault_at(s3.address(bucket), scratch=tmp_path)
    sha256 = plain.put(b"x").sha256
    with pytest.raises(OSError, match=r"(?i)lock"):
        plain.hold(sha256, on=True)
    wanting = vault_at(s3.address(bucket), lock=Lock(mode="governance", days=1), scratch=tmp_path)
    with pytest.raises(OSError, match=r"(?i)lock"):
        wanting.put(b"y")
    plain.remove(sha256)
    assert list(plain.walk()) == []


@pytest.mark.usefixtures("s3")
def test_addresses(tmp_path: Path) -> None:
    """A folder, or an S3 address; a typing error is none."""
    settings = Settings(data_dir=tmp_path, _env_file=None)
    made = open_vault(settings)
    assert isinstance(made, FolderVault)
    assert made.root == tmp_path / "objects"
    assert isinstance(open_vault(settings.model_copy(update={"vault": "s3://b"})), S3Vault)
    other = vault_at(str(tmp_path / "mirror"))
    assert isinstance(other, FolderVault)
    for wrong in ("s3://", "s3:bucket", "s3://b?bucket=c", "s3://b?endpoint", "s3://b#c"):
        with pytest.raises(ValueError, match=r"s3:|query"):
            vault_at(wrong)


def test_the_settings_lock(s3: Endpoint, bucket: str, tmp_path: Path) -> None:
    """VIGIL_VAULT_LOCK and VIGIL_VAULT_LOCK_DAYS reach the store."""
    vault = open_vault(
        Settings(
            data_dir=tmp_path, vault=s3.address(bucket), vault_lock="governance",
            vault_lock_days=7, _env_file=None,
        )
    )  # fmt: skip
    sha256 = vault.put(b"x").sha256
    head = s3.client.head_object(Bucket=bucket, Key=sha256)
    assert head["ObjectLockMode"] == "GOVERNANCE"
    left = head["ObjectLockRetainUntilDate"] - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    with pytest.raises(Locked, match="GOVERNANCE"):
        vault.remove(sha256)
