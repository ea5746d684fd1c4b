"""Owns notices by mail: through a server with TLS, or as files."""

from __future__ import annotations

import asyncio
import os
import smtplib
import ssl
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from pipelines.notices.channels import Handed, Notice, NotSent

_TLS_FROM_THE_START = 465
_GONE_FOR_GOOD = (550, 551, 553)  # RFC 5321 4.2.3: no such mailbox here


class Outbox:
    """Writes mails as files. For trials, and for a mail system that picks files up."""

    name = "outbox"

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def content(self, notice: Notice) -> bytes:
        """The mail as it is written."""
        return _bytes(notice, self._sender)

    async def send(self, notice: Notice) -> Handed:
        """Writes ``<notice id>.eml``; a second time replaces it by the same."""
        data = self.content(notice)
        try:
            await asyncio.to_thread(self._write, notice.notice_id, data)
        except OSError as error:
            raise NotSent(str(error)) from error
        return Handed(provider_id=f"{notice.notice_id}.eml")

    def _write(self, notice_id: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f".{notice_id}.tmp"
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._folder / f"{notice_id}.eml")


class Smtp:
    """Sends mails through a server, never without TLS."""

    name = "smtp"

    def __init__(
        self,
        *,
        host: str,
        port: int,
        user: str,
        password: str,
        sender: str,
        context: ssl.SSLContext | None = None,
        timeout_s: float = 20.0,
    ) -> None:
        self._host, self._port = host, port
        self._user, self._password = user, password
        self._sender = sender
        self._context = context or ssl.create_default_context()
        self._timeout_s = timeout_s

    def content(self, notice: Notice) -> bytes:
        """The mail as the server is given it."""
        return _bytes(notice, self._sender)

    async def send(self, notice: Notice) -> Handed:
        """Connects, sends one mail, and takes leave; the answer is the server's last line."""
        data = self.content(notice)
        try:
            answer = await asyncio.to_thread(self._send, notice.recipient, data)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise NotSent(f"{code} {said!r}", for_good=code in _GONE_FOR_GOOD, answer=_raw(said)) \
                from error  # fmt: skip
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(f"{type(error).__name__}: {error}") from error
        return Handed(provider_id=_message_id(notice, self._sender), answer=answer)

    def _send(self, recipient: str, data: bytes) -> bytes:
        with self._connected() as server:
            if self._user:
                server.login(self._user, self._password)
            server.ehlo_or_helo_if_needed()
            code, said = server.mail(_bare(self._sender))
            if code != 250:  # noqa: PLR2004  RFC 5321
                raise smtplib.SMTPSenderRefused(code, said, self._sender)
            code, said = server.rcpt(recipient)
            if code not in (250, 251):
                raise smtplib.SMTPRecipientsRefused({recipient: (code, said)})
            code, said = server.data(data)
            if code != 250:  # noqa: PLR2004
                raise smtplib.SMTPDataError(code, said)
            return str(code).encode() + b" " + said

    def _connected(self) -> smtplib.SMTP:
        where = (self._host, self._port)
        if self._port == _TLS_FROM_THE_START:
            return smtplib.SMTP_SSL(*where, timeout=self._timeout_s, context=self._context)
        server = smtplib.SMTP(*where, timeout=self._timeout_s)
        try:
            server.starttls(context=self._context)
        except Exception:
            server.close()
            raise
        return server


def mail(notice: Notice, *, sender: str) -> EmailMessage:
    """The notice as a mail; the same one is the same mail, to the byte.

    Raises:
        ValueError: sender or recipient is no address.
    """
    message = EmailMessage()
    message["From"] = sender
    if "@" not in notice.recipient:  # the parser fails oddly on what is no address at all
        raise ValueError(f"{notice.recipient!r} is no mail address")
    message["To"] = Address(addr_spec=notice.recipient)
    message["Subject"] = notice.subject
    message["Date"] = datetime.fromtimestamp(notice.queued_ms // 1000, UTC)
    message["Message-ID"] = _message_id(notice, sender)
    message.set_content(notice.body, cte="base64")
    return message


def _message_id(notice: Notice, sender: str) -> str:
    domain = sender.rpartition("@")[2].strip(" >") or "localhost"
    return f"<{notice.notice_id}@{domain}>"


def _bytes(notice: Notice, sender: str) -> bytes:
    try:
        return mail(notice, sender=sender).as_bytes(policy=SMTP)
    except ValueError as error:
        raise NotSent(f"ValueError: {error}", for_good=True) from error


def _bare(sender: str) -> str:
    return sender.rpartition("<")[2].rstrip("> ")


def _raw(said: object) -> bytes:
    return said if isinstance(said, bytes) else str(said).encode()
