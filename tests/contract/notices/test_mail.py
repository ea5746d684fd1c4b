"""Channels against the real thing: a folder, and an SMTP server that wants TLS."""

from __future__ import annotations

import datetime as dt
import email
import socket
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipelines.notices.channels import Notice, NotSent
from pipelines.notices.mail import Outbox, Smtp
from pipelines.notices.open_channels import channels_of
from pipelines.settings import Settings

PASSWORD = "right"
NOTICE = Notice(
    notice_id="n1",
    recipient="pool@example.org",
    subject="监测提示 / Monitoring notice",
    body="余氯 0.12 mg/L\n" * 40 + "line with \u2264 and a dot\n.\nend\n",
    queued_ms=1_760_000_000_000,
)


class Inbox:
    """Keeps what the server took."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.tls: list[bool] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del server
        assert isinstance(envelope.content, bytes)
        parsed = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        self.tls.append(session.ssl is not None)
        return self.answer


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for localhost that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _check_login(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    del server, session, envelope, mechanism
    right = (data.login, data.password) == (b"vigil", b"right")
    return AuthResult(success=right, handled=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox, certificate: Path) -> Iterator[Controller]:
    """A mail server that takes nothing without STARTTLS and a login."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    controller = Controller(
        inbox, hostname="localhost", port=_free_port(), tls_context=context, require_starttls=True,
        auth_required=True, authenticator=_check_login,
    )  # fmt: skip
    controller.start()
    yield controller
    controller.stop()


def smtp(server: Controller, certificate: Path | None, *, password: str = PASSWORD) -> Smtp:
    """The channel to that server, trusting its certificate if given."""
    context = ssl.create_default_context()
    if certificate is not None:
        context.load_verify_locations(certificate)
    return Smtp(
        host="localhost", port=server.port, user="vigil", password=password,
        sender="Vigil <vigil@example.org>", context=context,
    )  # fmt: skip


async def test_smtp_sends_over_tls(server: Controller, inbox: Inbox, certificate: Path) -> None:
    handed = await smtp(server, certificate).send(NOTICE)
    assert handed.provider_id == "<n1@example.org>"
    assert handed.answer.startswith(b"250")
    (mail,) = inbox.mails
    assert inbox.tls == [True]
    assert mail["To"] == NOTICE.recipient
    assert mail["Subject"] == NOTICE.subject
    assert mail["Message-ID"] == "<n1@example.org>"
    assert mail.get_content() == NOTICE.body


async def test_smtp_trusts_no_stranger(server: Controller, inbox: Inbox) -> None:
    with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
        await smtp(server, None).send(NOTICE)
    assert inbox.mails == []


async def test_smtp_says_why_not(server: Controller, inbox: Inbox, certificate: Path) -> None:
    with pytest.raises(NotSent, match="535"):
        await smtp(server, certificate, password="wrong").send(NOTICE)
    inbox.answer = "452 mailbox full"
    with pytest.raises(NotSent, match="452"):
        await smtp(server, certificate).send(NOTICE)


async def test_smtp_nobody_listens() -> None:
    nobody = Smtp(host="localhost", port=_free_port(), user="", password="", sender="a@b.example")
    with pytest.raises(NotSent, match="ConnectionRefused"):
        await nobody.send(NOTICE)


async def test_outbox_writes_a_mail(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "smtp_host": ""})
    channel = channels_of(settings)["email"]
    assert isinstance(channel, Outbox)
    await channel.send(NOTICE)
    await channel.send(NOTICE)
    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name == "n1.eml"
    mail = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    assert (mail["Subject"], mail.get_content().replace("\r\n", "\n")) == (
        NOTICE.subject,
        NOTICE.body,
    )


@pytest.mark.parametrize("recipient", ["", "nobody", "a@b\r\nBcc: c@d"])
async def test_a_recipient_that_is_none(
    server: Controller, certificate: Path, recipient: str
) -> None:
    bad = Notice(notice_id="n", recipient=recipient, subject="s", body="b", queued_ms=0)
    with pytest.raises(NotSent):
        await smtp(server, certificate).send(bad)
