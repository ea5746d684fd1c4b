"""Owns service on paper: its record, once, and the sheet for it (送达回证). Sends nothing.

The other ways of OFF-19 where electronic ones fail or were not agreed to: handed over, posted, left
at the place (留置, with a witness and a picture), published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, get_args

from detectors.types import digest_id
from pipelines.notices.outcomes import served
from pipelines.notices.words import beijing
from pipelines.store import Database
from pipelines.vault.types import Vault

How = Literal["direct", "post", "left", "published"]
HOW: tuple[How, ...] = get_args(How)
_NAMES: dict[str, str] = {
    "direct": "直接送达 Handed over", "post": "邮寄送达 By post", "left": "留置送达 Left there",
    "published": "公告送达 By publication",
}  # fmt: skip


class NotServed(Exception):
    """The record is incomplete or about nothing; the text says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service of a notice.

    Attributes:
        at_ms: when it was served.
        officer_id: who served it.
        received_by: who took it; of ``left`` empty.
        witness: who saw that it was left.
        words: the number of the posting, where it was published, what was said.
        proof: the signed sheet or a picture, as it came; empty: none.
    """

    notice_id: str
    how: How
    at_ms: int
    officer_id: str
    received_by: str = ""
    witness: str = ""
    words: str = ""
    proof: bytes = b""

    def lacks(self) -> str:
        """What is missing, empty where nothing is."""
        if self.how == "direct" and not self.received_by.strip():
            return "handed over to whom? received_by is missing"
        if self.how == "left" and not (self.witness.strip() and self.proof):
            return "what is left at the place needs a witness and a picture (proof)"
        if self.how in ("post", "published") and not self.words.strip():
            return "words are missing: the number of the posting, or where it was published"
        return ""


async def serve(database: Database, vault: Vault, service: Service, *, now_ms: int) -> str:
    """Records a service; the very same again is the same. Returns its id.

    Raises:
        NotServed: something is missing, no such notice to a party, or it lies in the future.
    """
    if lacks := service.lacks():
        raise NotServed(lacks)
    if service.at_ms > now_ms:
        raise NotServed("it cannot have been served in the future")
    proof = vault.put(service.proof).sha256 if service.proof else ""
    service_id = digest_id(
        service.notice_id, service.how, str(service.at_ms), service.officer_id, proof
    )
    async with database.transaction() as tx:
        row = await tx.row("notices_paper", notice_id=service.notice_id)
        if row is None:
            raise NotServed(f"no notice {service.notice_id} to a party")
        added = await tx.execute(
            "notices_serve", service_id=service_id, notice_id=service.notice_id, how=service.how,
            at_ms=service.at_ms, officer_id=service.officer_id, received_by=service.received_by,
            witness=service.witness, words=service.words, proof_sha256=proof, now_ms=now_ms,
        )  # fmt: skip
        if added:
            await served(
                tx, row, service_id=service_id, how=service.how, by=service.officer_id,
                at_ms=service.at_ms,
            )  # fmt: skip
    return service_id


def sheet(row: Mapping[str, Any], service: Mapping[str, Any] | None) -> str:
    """The sheet as a page to be printed: filled in where it was served, else with lines to sign.

    Args:
        row: of ``notices_paper``; ``service`` of ``notices_services``.
    """
    said = service or {}
    cells = (
        ("受送达人 Party", f"{row['party_zh']} {row['party_en']}"),
        ("统一社会信用代码 USCC", row["uscc"]),
        ("送达文书 Document", f"{row['subject']} ({row['notice_id']})"),
        ("送达地点 Place", f"{row['site_zh']} {row['site_en']}"),
        ("送达方式 How", _NAMES.get(said.get("how", ""), "")),
        ("送达时间 When", beijing(said["at_ms"]) if said else ""),
        ("签收人 Received by", said.get("received_by", "")),
        ("见证人 Witness", said.get("witness", "")),
        ("送达人 Served by", said.get("officer_id", "")),
        ("备注 Remarks", said.get("words", "")),
        ("凭证摘要 SHA-256 of the proof", said.get("proof_sha256", "")),
    )
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in cells
    )
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>送达回证</title><style>'
        "body{font:16px serif;margin:2cm}h1{text-align:center}table{width:100%;"
        "border-collapse:collapse}th,td{border:1px solid;padding:.6em;text-align:left}"
        "th{width:14em}td{height:1.4em}pre{white-space:pre-wrap}</style>"
        f"<h1>送达回证 Proof of service</h1><table>{rows}</table>"
        f"<h2>文书内容 What was served</h2><pre>{escape(row['body'])}</pre></html>"
    )
