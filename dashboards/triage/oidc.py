"""Owns signing in at an OpenID provider: code flow with PKCE, state and nonce. Knows no page.

OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0; RFC 7636 (PKCE), RFC 9207 (iss). It
says which officer came back; whether the register has them is asked elsewhere, and nobody is added.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.integrations.base_client import OAuthError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from dashboards.triage.crossing import origin_of
from pipelines.settings import Settings

with warnings.catch_warnings():  # it would rather have httpx2; all else here speaks httpx
    warnings.simplefilter("ignore", DeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client

BACK = "/sign-in/oidc/back"
_ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_FRESH_S = 3600.0
_KEYS_AGAIN_S = 10.0
_TIMEOUT_S = 10.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class NotLetIn(Exception):
    """The provider's answer opens nothing.

    Attributes:
        code: ``unreachable``, ``declined`` (by the provider or the person), ``answer`` (not what we
            asked for), ``token`` (its ID token does not hold) or ``claim`` (it names nobody).
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}"[:300])
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """Whom the provider vouches for; ``id_token`` is shown to it again when they sign out."""

    officer_id: str
    id_token: str


class Provider:
    """One provider, with what it publishes kept for an hour."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._issuer = settings.oidc_issuer
        self._back = settings.public_url.rstrip("/") + BACK
        self._known: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._known_s = self._keys_s = float("-inf")

    async def set_out(self, *, state: str, nonce: str, verifier: str, language: str) -> str:
        """The address at the provider to which the browser goes.

        Raises:
            NotLetIn: unreachable.
        """
        known = await self._metadata()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                known["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier,
                ui_locales="zh-CN" if language == "zh" else "en",
            )  # fmt: skip
        return str(url)

    async def come_back(self, said: dict[str, str], *, nonce: str, verifier: str) -> CameBack:
        """Who came back, by the provider's redirect.

        Args:
            said: the query of the redirect; its ``state`` has been checked.

        Raises:
            NotLetIn: they did not, or not so that it can be believed.
        """
        known = await self._metadata()
        named = known.get("authorization_response_iss_parameter_supported")
        if (said.get("iss") or named) and said.get("iss") != self._issuer:
            raise NotLetIn("answer", "another issuer")
        if "error" in said or not said.get("code"):
            raise NotLetIn("declined", said.get("error", "no code"))
        token = await self._token(known, said["code"], verifier)
        claims = await self._claims(known, token, nonce)
        officer_id = claims.get(self._settings.oidc_claim)
        if officer_id is None:
            officer_id = await self._asked(known, token, str(claims["sub"]))
        if not isinstance(officer_id, str) or not officer_id:
            raise NotLetIn("claim", self._settings.oidc_claim)
        return CameBack(officer_id=officer_id, id_token=str(token["id_token"]))

    async def sign_out_url(self, id_token: str) -> str | None:
        """Where the browser signs out of the provider too; None where that is not offered."""
        try:
            known = await self._metadata()
        except NotLetIn:
            return None
        end = str(known.get("end_session_endpoint", ""))
        if origin_of(end) != origin_of(self._issuer):
            return None  # our content security policy lets no form lead elsewhere
        query = {
            "id_token_hint": id_token, "client_id": self._settings.oidc_client_id,
            "post_logout_redirect_uri": self._settings.public_url.rstrip("/") + "/sign-in",
        }  # fmt: skip
        return str(httpx.URL(end).copy_merge_params(query))

    async def _token(self, known: dict[str, Any], code: str, verifier: str) -> dict[str, Any]:
        try:
            async with self._client() as client:
                token = await client.fetch_token(
                    known["token_endpoint"], code=code, code_verifier=verifier,
                    grant_type="authorization_code",
                )  # fmt: skip
        except OAuthError as error:
            raise NotLetIn("answer", str(error.error)) from error
        except (httpx.HTTPError, ValueError) as error:
            raise NotLetIn("unreachable", repr(error)) from error
        if not token.get("id_token"):
            raise NotLetIn("token", "no ID token")
        return dict(token)

    async def _claims(
        self, known: dict[str, Any], token: dict[str, Any], nonce: str
    ) -> dict[str, Any]:
        offered = known.get("id_token_signing_alg_values_supported", ["RS256"])
        registry = JWSRegistry(
            algorithms=sorted(_ALGORITHMS.intersection(offered)), strict_check_header=False
        )
        settings = self._settings
        try:
            held = await self._decoded(known, str(token["id_token"]), registry)
            claims = CodeIDToken(
                held.claims, held.header,
                {"iss": {"essential": True, "value": self._issuer},
                 "aud": {"essential": True, "value": settings.oidc_client_id},
                 "nonce": {"essential": True, "value": nonce}},
                {"nonce": nonce, "client_id": settings.oidc_client_id,
                 "access_token": token.get("access_token")},
            )  # fmt: skip
            claims.validate(leeway=settings.oidc_leeway_s)
        except (JoseError, OAuthError, ValueError, TypeError) as error:
            raise NotLetIn("token", repr(error)) from error
        return dict(claims)

    async def _decoded(
        self, known: dict[str, Any], id_token: str, registry: JWSRegistry
    ) -> jwt.Token:
        keys = await self._key_set(known)
        try:
            return jwt.decode(id_token, keys, registry=registry)
        except (InvalidKeyIdError, JoseError) as first:
            if time.monotonic() - self._keys_s < _KEYS_AGAIN_S:
                raise
            again = await self._key_set(known, anew=True)  # they may have taken new keys
            try:
                return jwt.decode(id_token, again, registry=registry)
            except JoseError as error:
                raise error from first

    async def _asked(self, known: dict[str, Any], token: dict[str, Any], subject: str) -> object:
        """The claim as the userinfo endpoint gives it: many put the profile only there."""
        if "userinfo_endpoint" not in known or "access_token" not in token:
            return None
        said = await self._get(
            known["userinfo_endpoint"], {"Authorization": f"Bearer {token['access_token']}"}
        )
        if said.get("sub") != subject:
            raise NotLetIn("answer", "userinfo of somebody else")
        return said.get(self._settings.oidc_claim)

    async def _metadata(self) -> dict[str, Any]:
        if time.monotonic() - self._known_s > _FRESH_S:
            url = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
            found = await self._get(url)
            if found.get("issuer") != self._issuer:
                raise NotLetIn("answer", "discovery names another issuer")
            for name in _NEEDED:
                _trusted(found.get(name))
            self._known, self._known_s = found, time.monotonic()
        return self._known

    async def _key_set(self, known: dict[str, Any], *, anew: bool = False) -> KeySet:
        if anew or self._keys is None or time.monotonic() - self._keys_s > _FRESH_S:
            self._keys = KeySet.import_key_set(await self._get(known["jwks_uri"]))  # type: ignore[arg-type]  # checked there
            self._keys_s = time.monotonic()
        return self._keys

    async def _get(self, url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        _trusted(url)
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
                answer = await client.get(url, headers=headers)
                answer.raise_for_status()
                found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise NotLetIn("unreachable", repr(error)) from error
        if not isinstance(found, dict):
            raise NotLetIn("answer", "not an object")
        return found

    def _client(self) -> AsyncOAuth2Client:
        settings = self._settings
        return AsyncOAuth2Client(
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret or None,
            token_endpoint_auth_method="client_secret_basic"
            if settings.oidc_client_secret
            else "none",
            scope=settings.oidc_scopes,
            redirect_uri=self._back,
            code_challenge_method="S256",
            timeout=_TIMEOUT_S,
        )


def end_session_origins(settings: Settings) -> tuple[str, ...]:
    """Where signing out may lead: the provider, where there is one."""
    return (origin_of(settings.oidc_issuer),) if settings.oidc_issuer else ()


def _trusted(url: object) -> None:
    """Tokens and keys come over https, or from this machine."""
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise NotLetIn("answer", "an address that is missing or not https")
