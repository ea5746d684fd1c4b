"""Owns which channels are set up here, from the settings."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.notices.channels import Channel, Handed, Notice
from pipelines.notices.gateway import HttpGateway
from pipelines.notices.mail import Outbox, Smtp
from pipelines.notices.through_apprise import Apprise
from pipelines.settings import Settings


class OnSite:
    """Shown to an officer on the site: the way that is always there."""

    name = "site"

    def content(self, notice: Notice) -> bytes:
        """The words."""
        return f"{notice.subject}\n\n{notice.body}".encode()

    async def send(self, notice: Notice) -> Handed:
        """It lies there already."""
        del notice
        return Handed()


def channels_of(settings: Settings) -> Mapping[str, Channel]:
    """The channels by the names that ``ways.toml`` uses."""
    found: dict[str, Channel] = {
        "email": _mail(settings), "app": Apprise("app"), "site": OnSite(),
    }  # fmt: skip
    for name, address in settings.notice_channels.items():
        if address.startswith(("http://", "https://")):
            found[name] = HttpGateway(name, url=address, secret=settings.notice_secret)
        else:
            found[name] = Apprise(name, address=address)
    return found


def _mail(settings: Settings) -> Channel:
    if not settings.smtp_host:
        return Outbox(settings.data_dir / "outbox", sender=settings.smtp_from)
    return Smtp(
        host=settings.smtp_host,
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password,
        sender=settings.smtp_from,
    )
