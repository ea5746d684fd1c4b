"""Owns notices through apprise: DingTalk, WeCom, Feishu, and providers of short messages.

apprise 2.2 knows no Chinese provider of short messages (Alibaba Cloud, Tencent Cloud, China
Mobile): those, and a city's own platform, go through ``gateway``.
"""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import quote

from pipelines.notices.channels import Handed, Notice, NotSent

_KEPT_BYTES = 4096
_OWN = ("dingtalk", "wecombot", "feishu", "lark")
"""What an address in the register may be: groups of people, never a call to just any host."""


class Apprise:
    """Hands a notice to whatever an apprise address names.

    Args:
        address: with ``{to}`` where the recipient stands; empty: the recipient is an address of
            its own, such as a group's ``dingtalk://TOKEN``.
    """

    def __init__(self, name: str, *, address: str = "") -> None:
        self.name = name
        self._address = address

    def content(self, notice: Notice) -> bytes:
        """The words: their wrapping is apprise's."""
        return f"{notice.subject}\n\n{self._words(notice)}".encode()

    async def send(self, notice: Notice) -> Handed:
        """One call; apprise says yes or no, and why in its log."""
        address = self._address.replace("{to}", quote(notice.recipient, safe=""))
        if not address:
            address = notice.recipient
            if address.partition("://")[0].lower() not in _OWN:
                raise NotSent(f"only {', '.join(_OWN)} may stand in the register", for_good=True)
        answer = await asyncio.to_thread(self._send, address, notice)
        return Handed(answer=answer)

    def _words(self, notice: Notice) -> str:
        return notice.short if self._address and notice.short else notice.body

    def _send(self, address: str, notice: Notice) -> bytes:
        import apprise  # noqa: PLC0415  a hundred modules, needed only where it is set up

        target = apprise.Apprise()
        if not target.add(address):
            raise NotSent("apprise does not know this kind of address", for_good=True)
        with apprise.LogCapture(level=logging.INFO, name="apprise") as said:  # type: ignore[no-untyped-call]
            sent = target.notify(title=notice.subject, body=self._words(notice))
            told = str(said.getvalue()).encode()[:_KEPT_BYTES]
        if not sent:
            raise NotSent("the other side did not take it", answer=told)
        return told
