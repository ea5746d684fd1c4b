"""Owns the ways by which a notice leaves. Must not decide when, or how often to try."""

from __future__ import annotations

import asyncio
import os
import smtplib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

from pipelines.settings import Settings

_TLS_FROM_THE_START = 465


class NotSent(Exception):
    """A channel would not take a notice; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice on its way out."""

    notice_id: str
    recipient: str
    subject: str
    body: str
    queued_ms: int


class Channel(Protocol):
    """A way out."""

    @property
    def name(self) -> str:
        """Stands in the notice's row."""
        ...

    async def send(self, notice: Notice) -> None:
        """Hands a notice over; the same one twice carries the same Message-ID.

        Raises:
            NotSent: try again later, or give up.
        """
        ...


class Outbox:
    """Writes mails as files. For trials, and for a mail system that picks files up."""

    name = "outbox"

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, notice: Notice) -> None:
        """Writes ``<notice id>.eml``; a second time replaces it by the same."""
        data = mail(notice, sender=self._sender).as_bytes(policy=SMTP)
        try:
            await asyncio.to_thread(self._write, notice.notice_id, data)
        except OSError as error:
            raise NotSent(str(error)) from error

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

    async def send(self, notice: Notice) -> None:
        """Connects, sends one mail, and takes leave."""
        try:
            message = mail(notice, sender=self._sender)
            await asyncio.to_thread(self._send, message)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            raise NotSent(f"{type(error).__name__}: {error}") from error

    def _send(self, message: EmailMessage) -> None:
        with self._connected() as server:
            if self._user:
                server.login(self._user, self._password)
            server.send_message(message)

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


def channel_of(settings: Settings) -> Channel:
    """The channel these settings ask for."""
    if not settings.smtp_host:
        return Outbox(settings.data_dir / "outbox", sender=settings.smtp_from)
    return Smtp(
        host=settings.smtp_host,
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password,
        sender=settings.smtp_from,
    )


def mail(notice: Notice, *, sender: str) -> EmailMessage:
    """The notice as a mail.

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
    domain = sender.rpartition("@")[2].strip(" >") or "localhost"
    message["Message-ID"] = f"<{notice.notice_id}@{domain}>"
    message.set_content(notice.body, cte="base64")
    return message
