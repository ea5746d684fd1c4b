"""Owns the headers that keep a browser from doing what our pages never ask of it."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_UNUSED = (
    "accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "display-capture",
    "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection",
    "interest-cohort", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "web-share",
    "xr-spatial-tracking",
)  # fmt: skip
_YEAR_S = 365 * 86_400


def policy(forms: tuple[str, ...] = (), *, secure: bool = False) -> str:
    """The content security policy: nothing but our own files, nothing inline.

    Args:
        forms: origins beside ours to which sending a form may lead: where one signs out.
        secure: the site is reached over https.
    """
    actions = " ".join(("'self'", *forms))
    said = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"media-src blob:; connect-src 'self'; form-action {actions}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return said + ("; upgrade-insecure-requests" if secure else "")


def headers(forms: tuple[str, ...] = (), *, secure: bool = False) -> dict[str, str]:
    """What every answer carries."""
    found = {
        "Content-Security-Policy": policy(forms, secure=secure),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Permitted-Cross-Domain-Policies": "none",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{name}=()" for name in _UNUSED),
    }
    if secure:
        found["Strict-Transport-Security"] = f"max-age={_YEAR_S}; includeSubDomains"
    return found


class SecurityHeaders:
    """ASGI middleware; pages also say ``no-store``, because they show personal data."""

    def __init__(self, app: ASGIApp, *, secure: bool = False, forms: tuple[str, ...] = ()) -> None:
        self._app = app
        self._headers = headers(forms, secure=secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the headers to every HTTP response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        fixed = str(scope["path"]).startswith("/static/")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = MutableHeaders(scope=message)
                said.update(self._headers)
                said.setdefault("Cache-Control", "max-age=3600" if fixed else "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)
