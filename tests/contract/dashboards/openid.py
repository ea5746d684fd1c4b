"""An OpenID provider on a port of this machine: conforming, unless a test has it lie.

Discovery, JWKS, authorization code with PKCE (S256), nonce, client_secret_basic, userinfo,
``iss`` in the answer. It asks nobody for a password: ``subject`` is who sits at the browser.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.contract.dashboards.serving import address_of, free_port, serving

CLIENT, SECRET = "vigil", "the-client-secret-of-the-tests"
Claims = dict[str, Any]


class OpenID:
    """The provider.

    Attributes:
        subject: who is signed in here, and their claims.
        lie: changes the claims of the ID token before it is signed.
        signed_by: another key (and algorithm) than the published one.
    """

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = self._new_key()
        self.subject: Claims = {"sub": "u-1", "preferred_username": "3301"}
        self.profile: Claims = {}
        self.lie: Callable[[Claims], Claims] = lambda claims: claims
        self.signed_by: tuple[str, RSAKey | OctKey] | None = None
        self.down = False
        self.answered: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def turn(self) -> None:
        """Takes a new key, as providers do from time to time."""
        self.key = self._new_key()

    def app(self) -> Starlette:
        """Its routes."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks", self._jwks),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/userinfo", self._userinfo),
            ]
        )

    async def _discovery(self, _: Request) -> Response:
        if self.down:
            return Response(status_code=503)
        at = self.issuer
        return JSONResponse(
            {
                "issuer": at, "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token", "jwks_uri": f"{at}/jwks",
                "userinfo_endpoint": f"{at}/userinfo", "end_session_endpoint": f"{at}/leave",
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )  # fmt: skip

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        for name, value in (("client_id", CLIENT), ("response_type", "code"),
                            ("code_challenge_method", "S256")):  # fmt: skip
            assert asked[name] == value
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        query = f"?code={code}&state={asked['state']}&iss={self.issuer}"
        return RedirectResponse(asked["redirect_uri"] + query, 303)

    async def _token(self, request: Request) -> Response:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return self._refused("invalid_client", 401)
        form = await request.form()
        asked = self._codes.pop(str(form["code"]), None)  # a code is good once
        if asked is None or form["redirect_uri"] != asked["redirect_uri"]:
            return self._refused("invalid_grant")
        made = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if base64.urlsafe_b64encode(made).rstrip(b"=").decode() != asked["code_challenge"]:
            return self._refused("invalid_grant")
        self.answered.append("token")
        said = {"access_token": "at", "token_type": "Bearer", "expires_in": 60}
        return JSONResponse(said | {"id_token": self._id_token(asked["nonce"])})

    async def _userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer at"
        self.answered.append("userinfo")
        return JSONResponse(self.profile)

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": nonce}
        algorithm, key = self.signed_by or ("RS256", self.key)
        head = {"alg": algorithm} | ({"kid": self.key.kid} if self.signed_by is None else {})
        claims = self.lie(claims | self.subject)
        return jwt.encode(head, claims, key, algorithms=[algorithm])

    def _refused(self, error: str, status: int = 400) -> Response:
        self.answered.append(error)
        return JSONResponse({"error": error}, status)

    @staticmethod
    def _new_key() -> RSAKey:
        return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})


@asynccontextmanager
async def openid() -> AsyncIterator[OpenID]:
    """Runs one on a free port."""
    listening = free_port()
    provider = OpenID(address_of(listening))
    config = uvicorn.Config(provider.app(), log_level="critical", lifespan="off")
    async with serving(config, listening):
        yield provider
