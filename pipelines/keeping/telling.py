"""Owns what ``vigil evidence mirror`` tells while it works, and its dated report. No logic."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from pipelines.evidence.keys import Keys
from pipelines.keeping.mirror import mirror
from pipelines.keeping.restore import restore_test
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.opening import vault_at
from pipelines.vault.types import Vault

console = Console()


def named(address: str) -> str:
    """What a mirror is called: its address without what is asked of it."""
    if not address.startswith("s3:"):
        return str(Path(address).resolve())
    parts = urlsplit(address)
    return f"s3://{parts.netloc}{parts.path.rstrip('/')}"


async def run_mirror(
    database: Database, vault: Vault, keys: Keys, settings: Settings, to: str, *,
    now_ms: Callable[[], int],
) -> bool:  # fmt: skip
    """Mirrors, telling how far it is; whether nothing is wrong."""
    target = vault_at(to, scratch=settings.data_dir / "scratch")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("mirroring", total=None)
        came = await mirror(
            database, vault, keys, target, name=named(to), now_ms=now_ms,
            tell=lambda done, many: progress.update(task, completed=done, total=many),
        )  # fmt: skip
    console.print(
        f"{came.copied} objects copied ({came.copied_bytes:,} bytes), {len(came.let_go)} let go, "
        f"log of {came.tree_size} leaves, index {came.index_sha256}", soft_wrap=True,
    )  # fmt: skip
    for sha256, why in came.faults:
        console.print(f"[red]not copied[/] {sha256}: {escape(why)}", soft_wrap=True)
    for sha256, why in came.waiting:
        console.print(f"waits {sha256}: {escape(why)}", soft_wrap=True)
    return not came.faults


async def run_restore_test(
    database: Database, keys: Keys, settings: Settings, to: str, *, share: float, seed: int,
    now_ms: int, scratch: Path | None,
) -> bool:  # fmt: skip
    """Tests a mirror and writes the dated report; whether nothing is wrong."""
    target = vault_at(to, scratch=settings.data_dir / "scratch")
    with (
        tempfile.TemporaryDirectory(prefix="vigil-restore-") as made,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("restoring", total=None)
        report = await restore_test(
            database, target, keys, name=named(to), scratch=scratch or Path(made), share=share,
            seed=seed, now_ms=now_ms,
            tell=lambda done, many: progress.update(task, completed=done, total=many),
        )  # fmt: skip
    folder = settings.data_dir / "restore-tests"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now_ms}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))
    console.print(
        f"{report.restored} of {report.objects} objects restored, {report.pins} pins, "
        f"{report.certificates} certificates, {report.leaves} leaves proven; seed {seed}"
    )
    for fault in report.faults:
        console.print(f"[red]{fault.kind}[/] {escape(fault.what)}: {escape(fault.detail)}",
                      soft_wrap=True)  # fmt: skip
    console.print(str(path), soft_wrap=True)
    return not report.faults
