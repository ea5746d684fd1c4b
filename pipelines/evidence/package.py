"""Owns the package that leaves the house: evidence that can be checked without Vigil."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import msgspec

from pipelines.evidence.canonical import canonical
from pipelines.evidence.keys import Keys
from pipelines.evidence.log import entry_of
from pipelines.evidence.manifest import decode
from pipelines.store import Database
from pipelines.vault.folder import digest
from pipelines.vault.types import ObjectChanged, Vault

_README = """\
# Evidence of alert {alert_id} / 警报 {alert_id} 的证据

## 中文

- `manifest.json`：证据清单，写明何物、何地、何时、依据、设备文件以及每个对象的 SHA-256。
- `manifest.sig`：对 `manifest.json` 全部字节的 Ed25519 签名；公钥为 `{key_id}.pub.pem`。
- `objects/`：清单所列对象，原样未改；`derived_from` 不为空者为派生件。
- `log.json`：证据日志中有关本证据的条目。
- `SHA256SUMS`：对象的摘要，取自清单。

## English

- `manifest.json`: what, where, when, the law, the device's papers, and each object's SHA-256.
- `manifest.sig`: Ed25519 signature over all bytes of `manifest.json`, by `{key_id}.pub.pem`.
- `objects/`: the objects the manifest names, unchanged; those with `derived_from` are derivatives.
- `log.json`: this evidence's entries in the evidence log.
- `SHA256SUMS`: the objects' digests, from the manifest.

To check / 核验:

    openssl pkeyutl -verify -pubin -inkey {key_id}.pub.pem -rawin \\
        -in manifest.json -sigfile manifest.sig
    sha256sum -c SHA256SUMS

Compare the public key with the one the authority published: a package cannot vouch for its own key.
请将公钥与主管机关公布的公钥核对：证据包不能自证其公钥。
"""


class NotExported(Exception):
    """A package could not be made; the text says why."""


async def export(
    database: Database, objects: Vault, keys: Keys, alert_id: str, folder: Path
) -> Path:
    """Writes an alert's evidence package into a new or empty folder and returns it.

    Raises:
        NotExported: not sealed, the folder is in use, an object is gone or changed, or the
            signing key is not known.
    """
    row = await database.row("evidence_of_alert", alert_id=alert_id)
    if row is None:
        raise NotExported(f"alert {alert_id} has no sealed evidence")
    entries = await database.rows("evidence_log_of", subject_id=row["evidence_id"])
    await asyncio.to_thread(_write, row, entries, objects, keys, folder)
    return folder


def _write(
    row: dict[str, Any],
    entries: list[dict[str, Any]],
    objects: Vault,
    keys: Keys,
    folder: Path,
) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise NotExported(f"{folder} is not empty")
    data, key_id = bytes(row["manifest"]), row["key_id"]
    if not keys.verify(key_id, data, bytes(row["signature"])):
        raise NotExported(f"the manifest's signature by key {key_id} does not hold")
    manifest = decode(data)
    (folder / "objects").mkdir(parents=True, exist_ok=True)
    for item in manifest.objects:
        _copy(objects, item.sha256, folder / "objects" / item.name)
    sums = "".join(f"{item.sha256}  objects/{item.name}\n" for item in manifest.objects)
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    (folder / "manifest.json").write_bytes(data)
    (folder / "manifest.sig").write_bytes(bytes(row["signature"]))
    (folder / f"{key_id}.pub.pem").write_bytes(keys.public_pem(key_id))
    (folder / "log.json").write_bytes(canonical([_entry(entry) for entry in entries]))
    readme = _README.format(alert_id=manifest.alert_id, key_id=key_id)
    (folder / "README.md").write_text(readme, encoding="utf-8")


def _copy(objects: Vault, sha256: str, target: Path) -> None:
    try:
        objects.check(sha256)
        with objects.local(sha256) as path:
            shutil.copyfile(path, target)
    except FileNotFoundError as error:
        raise NotExported(f"object {sha256} ({target.name}) is gone") from error
    except ObjectChanged as error:
        raise NotExported(f"{target.name}: {error}") from error
    if digest(target) != sha256:
        raise NotExported(f"{target} does not read back as written")


def _entry(row: dict[str, Any]) -> dict[str, object]:
    entry = msgspec.structs.asdict(entry_of(row))
    return {**entry, "signature": entry["signature"].hex()}
