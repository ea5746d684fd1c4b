"""Owns the sealed objects in S3, under object lock. The only user of boto3.

A plain DELETE there only adds a marker, and a PUT over a name only adds a version: nothing is lost,
but something else is shown. So objects are put only where nothing lies, ``walk`` tells of versions
and markers that should not be there, and ``remove`` deletes the versions themselves.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import boto3
from botocore.config import Config

from pipelines.vault.digests import taken_in
from pipelines.vault.folder import checked
from pipelines.vault.s3_errors import asked
from pipelines.vault.scratch import Scratch
from pipelines.vault.types import CHUNK, Locked, ObjectChanged, Stored

_CONNECTIONS = 16
_CONNECT_S, _READ_S, _TRIES = 5, 60, 3
_LONGER = timedelta(hours=1)  # a retention is moved on when it gains at least this much
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """How long an object may not be deleted.

    Attributes:
        mode: governance yields to a special right; compliance to nobody, whoever owns the account.
        days: from the last time it was put.
    """

    mode: Literal["governance", "compliance"]
    days: int


class S3Vault:
    """The objects below a prefix of a bucket. See ``Vault``.

    Args:
        prefix: ends with ``/`` or is empty.
        endpoint: of a store that is not Amazon's; empty for Amazon's.
        region: empty for the one of the environment.
        lock: put on every object; None where the bucket's own default is to decide. The bucket
            must have been made with object lock.
        scratch: local folder for files in the making.
    """

    def __init__(
        self, bucket: str, prefix: str = "", *, endpoint: str = "", region: str = "",
        lock: Lock | None = None, scratch: Path,
    ) -> None:  # fmt: skip
        self._bucket, self._prefix, self._lock = bucket, prefix, lock
        self._scratch = Scratch(scratch)
        config = Config(
            connect_timeout=_CONNECT_S, read_timeout=_READ_S, max_pool_connections=_CONNECTIONS,
            retries={"mode": "standard", "total_max_attempts": _TRIES},
            s3={"addressing_style": "path"} if endpoint else {},
            response_checksum_validation="when_required",  # we hash ourselves: what is found counts
        )  # fmt: skip
        # Credentials come from where every AWS program finds them. A session of our own: the
        # default one is not made for threads, its clients are.
        self._s3 = boto3.session.Session().client(
            "s3", endpoint_url=endpoint or None, region_name=region or None, config=config
        )

    def put(self, content: bytes | Path) -> Stored:
        """See ``Vault``. The store checks what arrives against the SHA-256 we send with it.

        Looks before it sends: what is there already need not travel again, and a store that does
        not know ``If-None-Match`` would cover it with a new version.
        """
        stored = taken_in(content)
        if (head := self._head(stored.sha256)) is None:
            taken = not self._sent(content, stored)
            head = self._head(stored.sha256) if taken else None
        if head is not None:
            self._same(stored.sha256, head)
            self._keep_longer(stored.sha256, head)
        return stored

    def exists(self, sha256: str) -> bool:
        """See ``Vault``."""
        return self._head(sha256) is not None

    def size(self, sha256: str) -> int:
        """See ``Vault``."""
        return int(self._found(sha256)["ContentLength"])

    def chunks(self, sha256: str, first: int = 0, last: int | None = None) -> Iterator[bytes]:
        """See ``Vault``."""
        span = {}
        if first or last is not None:
            span = {"Range": f"bytes={first}-{'' if last is None else last}"}
        with asked(f"object {sha256}"):
            body = self._s3.get_object(**self._at(sha256), **span)["Body"]
            with closing(body):
                yield from body.iter_chunks(CHUNK)

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        """See ``Vault``; a copy, fetched for this."""
        with self.scratch() as folder:
            path = folder / sha256
            with path.open("xb") as file:
                file.writelines(self.chunks(sha256))
            yield path

    def digest(self, sha256: str) -> str:
        """See ``Vault``; of the version that is shown. All of it is fetched."""
        found = hashlib.sha256()
        for piece in self.chunks(sha256):
            found.update(piece)
        return found.hexdigest()

    def check(self, sha256: str) -> None:
        """See ``Vault``."""
        found = self.digest(sha256)
        if found != sha256:
            raise ObjectChanged(sha256, found)

    def walk(self) -> Iterator[str]:
        """See ``Vault``."""
        for version in self._versions(self._prefix):
            name = str(version["Key"]).removeprefix(self._prefix)
            if "Size" not in version:
                yield f"{name}?deleted={version['VersionId']}"
            elif not version["IsLatest"]:
                yield f"{name}?version={version['VersionId']}"
            else:
                yield name

    def hold(self, sha256: str, *, on: bool) -> None:
        """See ``Vault``: the store's own legal hold, on the version that is shown."""
        self._found(sha256)  # stores differ in what they say to a hold on nothing
        with asked(f"hold on object {sha256}"):
            self._s3.put_object_legal_hold(
                **self._at(sha256),
                LegalHold={"Status": "ON" if on else "OFF"},
                ChecksumAlgorithm="SHA256",
            )

    def remove(self, sha256: str) -> None:
        """See ``Vault``. Nothing is removed while anything keeps one of its versions."""
        at = self._at(sha256)
        versions = [v for v in self._versions(at["Key"]) if v["Key"] == at["Key"]]
        if not versions:
            raise FileNotFoundError(f"object {sha256}")
        for version in versions:
            if "Size" in version:
                self._may_go(sha256, version)
        for version in versions:
            with asked(f"removal of object {sha256}"):
                self._s3.delete_object(**at, VersionId=version["VersionId"])

    def scratch(self) -> AbstractContextManager[Path]:
        """See ``Vault``."""
        return self._scratch.folder()

    def sweep(self) -> int:
        """See ``Vault``."""
        return self._scratch.sweep()

    def _at(self, sha256: str) -> Row:
        return {"Bucket": self._bucket, "Key": self._prefix + checked(sha256)}

    def _head(self, sha256: str) -> Row | None:
        at = self._at(sha256)
        try:
            with asked(f"object {sha256}"):
                answer: Row = self._s3.head_object(**at, ChecksumMode="ENABLED")
                return answer
        except FileNotFoundError:
            with asked(f"bucket {self._bucket}", missing=OSError):
                self._s3.head_bucket(Bucket=self._bucket)  # HEAD does not say which of both lacks
            return None

    def _found(self, sha256: str) -> Row:
        if (head := self._head(sha256)) is None:
            raise FileNotFoundError(f"object {sha256}")
        return head

    def _sent(self, content: bytes | Path, stored: Stored) -> bool:
        """Whether the store took it; not where another was faster."""
        with BytesIO(content) if isinstance(content, bytes) else content.open("rb") as body:
            try:
                with asked(f"object {stored.sha256}", missing=OSError):
                    self._s3.put_object(
                        **self._at(stored.sha256), Body=body, ContentLength=stored.size_bytes,
                        IfNoneMatch="*", Metadata={"sm3": stored.sm3}, **self._locked(),
                        ChecksumAlgorithm="SHA256", ChecksumSHA256=_base64(stored.sha256),
                    )  # fmt: skip
            except FileExistsError:
                return False
        return True

    def _locked(self) -> Row:
        if self._lock is None:
            return {}
        until = datetime.now(UTC) + timedelta(days=self._lock.days)
        return {"ObjectLockMode": self._lock.mode.upper(), "ObjectLockRetainUntilDate": until}

    def _same(self, sha256: str, head: Row) -> None:
        """That what lies there is this; the store vouches for a SHA-256 that it checked itself."""
        known = head.get("ChecksumSHA256")
        found = base64.b64decode(known).hex() if known else self.digest(sha256)
        if found != sha256:
            raise ObjectChanged(sha256, found)

    def _keep_longer(self, sha256: str, head: Row) -> None:
        """Evidence that is pinned anew is kept as long as evidence that is pinned today."""
        wanted = self._locked()
        until = head.get("ObjectLockRetainUntilDate")
        if not wanted or (until and wanted["ObjectLockRetainUntilDate"] - until < _LONGER):
            return
        mode = head.get("ObjectLockMode") or wanted["ObjectLockMode"]  # one never weakens the other
        if wanted["ObjectLockMode"] == "COMPLIANCE":
            mode = "COMPLIANCE"
        with asked(f"retention of object {sha256}"):
            self._s3.put_object_retention(
                **self._at(sha256), ChecksumAlgorithm="SHA256",
                Retention={"Mode": mode, "RetainUntilDate": wanted["ObjectLockRetainUntilDate"]},
            )  # fmt: skip

    def _may_go(self, sha256: str, version: Row) -> None:
        which = {} if version["IsLatest"] else {"VersionId": version["VersionId"]}
        with asked(f"object {sha256}"):
            head = self._s3.head_object(**self._at(sha256), **which)
        if head.get("ObjectLockLegalHoldStatus") == "ON":
            raise Locked(f"object {sha256} is under a legal hold")
        until = head.get("ObjectLockRetainUntilDate")
        if until is not None and until > datetime.now(UTC):
            raise Locked(
                f"object {sha256} is kept until {until:%Y-%m-%dT%H:%M:%SZ} by its retention"
                f" ({head.get('ObjectLockMode')})",
                until_ms=round(until.timestamp() * 1000),
            )

    def _versions(self, prefix: str) -> Iterator[Row]:
        """Versions and delete markers in order of name; a marker has no ``Size``."""
        with asked(f"list of bucket {self._bucket}", missing=OSError):
            pages = self._s3.get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
                rows = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                yield from sorted(rows, key=lambda row: str(row["Key"]))


def _base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()
