"""Owns every setting: an environment variable with the prefix ``VIGIL_`` or a line in ``.env``."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_ENV = Path("build/demo/vigil.env")


class Settings(BaseSettings):
    """Settings of every Vigil process; the README's table is checked against this class."""

    # While a demo is up its settings lie in DEMO_ENV, so that every command speaks to it.
    model_config = SettingsConfigDict(
        env_prefix="VIGIL_", env_file=(DEMO_ENV, ".env"), extra="ignore"
    )

    bootstrap: str = Field("127.0.0.1:9092", description="Kafka bootstrap servers")
    log_id: str = Field(
        "kafka",
        description="names the log that stored offsets belong to; change it when the broker's "
        "topics were made anew",
    )
    database_url: str = Field(
        "postgresql://vigil@127.0.0.1:5432/vigil", description="PostgreSQL with TimescaleDB"
    )
    catalogue_folder: Path | None = Field(
        None, description="folder of *.toml that adds and corrects entries of the catalogue"
    )
    catalogue_profiles: dict[str, dt.date] = Field(
        default_factory=dict,
        description="stricter local profiles with their first day, as JSON: "
        '{"cjt-244-2016":"2026-01-01"}',
    )
    data_dir: Path = Field(Path("data"), description="recordings, evidence objects, keys, outbox")
    vault: str = Field(
        "",
        description="where sealed objects lie: s3://bucket/prefix?endpoint=http://...&region=..., "
        "or a folder; empty: in data_dir",
    )
    vault_lock: Literal["none", "governance", "compliance"] = Field(
        "none", description="object lock put on what is sealed in S3; none: the bucket's default"
    )
    vault_lock_days: int = Field(
        180, ge=1, description="days that the object lock keeps what is sealed, from the last pin"
    )
    model_card: Path | None = Field(None, description="card of the detector; bundled when unset")
    model_threads: int = Field(1, ge=1, description="threads of one ONNX session")
    model_shadow_card: Path | None = Field(
        None, description="card of a second model that looks too and decides nothing"
    )
    model_shadow_every: int = Field(
        5, ge=1, description="of how many frames the model in shadow sees one"
    )
    batch_wait_ms: float = Field(
        20.0,
        ge=0,
        description="most that a picture waits for others to share a run of the network",
    )
    web_host: str = Field("127.0.0.1", description="address the triage site listens on")
    web_port: int = Field(8080, description="port the triage site listens on")
    web_hosts: list[str] = Field(
        default_factory=list,
        description="further names, as a JSON list, by which the triage site may be called; beside "
        "the host of public_url, and any while that is this machine",
    )
    web_proxies: list[str] = Field(
        default_factory=list,
        description="addresses or networks, as a JSON list, of proxies whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed",
    )
    web_rates: float = Field(
        1.0, ge=0, description="multiplies how often one may send or ask for costly things; 0: any"
    )
    session_idle_min: float = Field(
        60.0, gt=0, description="minutes without use after which a sign-in ends"
    )
    session_h: float = Field(12.0, gt=0, description="hours after which a sign-in ends in any case")
    sign_in_local: Literal["everybody", "emergency", "nobody"] = Field(
        "everybody", description="who may sign in with a password of the register"
    )
    sign_in_emergency: str = Field(
        "", description="officer who may still use the password when sign_in_local is emergency"
    )
    oidc_issuer: str = Field(
        "", description="issuer address of the OpenID provider officers sign in at; empty: none"
    )
    oidc_client_id: str = Field("", description="this site's client id at the OpenID provider")
    oidc_client_secret: str = Field("", description="its secret there; empty: a public client")
    oidc_claim: str = Field(
        "preferred_username", description="claim that gives the officer's number in the register"
    )
    oidc_scopes: str = Field("openid profile", description="scopes asked for, openid among them")
    oidc_leeway_s: int = Field(
        60, ge=0, description="seconds the OpenID provider's clock may be off ours"
    )
    gateway_port: int = Field(8081, description="port the readings gateway listens on")
    gateway_backlog: int = Field(
        256, ge=1, description="messages a gateway lets wait for the broker before it pushes back"
    )
    mqtt_url: str = Field(
        "",
        description="mqtt://user:password@host:1883 or mqtts://...?version=3.1.1&client_id=&ca=; "
        "empty: no MQTT gateway",
    )
    hj212_port: int = Field(0, description="TCP port for HJ 212-2017 stations; 0: none")
    gateway_simulated_clock: bool = Field(
        False, description="demo only: take the time of arrival from the sender's header"
    )
    secret_key: str = Field("", description="signs sessions; made and kept in data_dir when unset")
    case_system_url: str = Field("", description="where candidate cases go; empty: they wait")
    case_secret: str = Field(
        "", description="whsec_... shared with the case system, signs both ways"
    )
    public_url: str = Field("http://127.0.0.1:8080", description="how others reach this site")
    smtp_host: str = Field("", description="mail server; empty: notices become files in data_dir")
    smtp_port: int = Field(587, description="port of the mail server")
    smtp_user: str = Field("", description="user at the mail server")
    smtp_password: str = Field("", description="password at the mail server")
    smtp_from: str = Field("vigil@localhost", description="sender of notices")
    notice_channels: dict[str, str] = Field(
        default_factory=dict,
        description="channels of notices besides mail (sms, voice, wechat, fax), as JSON: an "
        "https:// address of a signed HTTP gateway, or an apprise address with {to}",
    )
    notice_secret: str = Field(
        "", description="whsec_... shared with the HTTP gateways of notices, signs both ways"
    )
    party_contact: str = Field(
        "", description="whom a supervised party may call, shown on its private page"
    )
    grafana_url: str = Field("", description="Grafana's address for `vigil boards push`")
    grafana_token: str = Field("", description="service-account token for Grafana")
    grafana_database_host: str = Field(
        "", description="host:port of the database as Grafana sees it; from database_url when unset"
    )
    recording_keep_h: float = Field(
        72.0, gt=0, description="hours a camera's recording is kept before the oldest parts go"
    )
    recording_keep_gb: float = Field(
        50.0, gt=0, description="gigabytes a camera's recording may take before the oldest go"
    )
    copies_keep_gb: float = Field(
        5.0, gt=0, description="gigabytes of blurred copies kept for browsing; the oldest go"
    )
    recording_free_gb: float = Field(
        2.0,
        ge=0,
        description="gigabytes of the disk left free: below, the oldest parts go before "
        "their time, but none that evidence waits for",
    )
    keeping_policies: Path | None = Field(
        None, description="TOML of how long what is kept, in place of the bundled one"
    )
    clock_kinds: Path | None = Field(
        None, description="TOML of time limits that adds to and replaces the bundled kinds"
    )
    clue_platforms: Path | None = Field(
        None, description="TOML of the platforms that may hand clues down, with their keys"
    )
    refusals_in_a_row: int = Field(
        5000, ge=0, description="refused messages in a row that stop a worker; 0 sets no bound"
    )
    metrics_port: int = Field(0, description="Prometheus metrics of a worker or gateway; 0 is off")
    lateness_s: float = Field(
        360.0,
        ge=0,
        description="how long after their time readings may arrive and still be judged: the "
        "longest a gateway collects before it sends, and a minute",
    )
    clip_before_s: float = Field(10.0, ge=0, description="clip before the moment of detection")
    clip_after_s: float = Field(20.0, ge=0, description="clip after the moment of detection")
    footage_wait_s: float = Field(
        30.0, ge=0, description="wait for footage that no longer grows before sealing without it"
    )
    evidence_log_origin: str = Field(
        "",
        description="name of the transparency log, fixed by its first checkpoint; the host of "
        "public_url and /log when unset",
    )
    log_publish: list[Path] = Field(
        default_factory=list,
        description="folders, as a JSON list, into which each checkpoint of the log is also "
        "copied: where others can keep them",
    )
    tsa_url: str = Field("", description="RFC 3161 time-stamp authority; empty: none")
    tsa_roots: Path | None = Field(
        None, description="PEM file of the authority's root certificates; needed with tsa_url"
    )
    tsa_every_s: float = Field(
        3600.0, gt=0, description="seconds between two time stamps over the log's checkpoint"
    )
    future_s: float = Field(300.0, ge=0, description="readings this far ahead are refused")

    def as_environment(self) -> dict[str, str]:
        """These settings as environment variables, for child processes and env files."""
        return {
            f"VIGIL_{name.upper()}": json.dumps(value)
            if isinstance(value, dict | list)
            else str(value)
            for name, value in self.model_dump(mode="json").items()
            if value is not None
        }

    @property
    def recordings(self) -> Path:
        """Where capture nodes record."""
        return self.data_dir / "recordings"

    @property
    def objects(self) -> Path:
        """The content-addressed store of sealed objects."""
        return self.data_dir / "objects"

    @property
    def copies(self) -> Path:
        """Blurred copies for browsing; each can be made again."""
        return self.data_dir / "copies"

    @property
    def log_folder(self) -> Path:
        """The transparency log as it is served: checkpoint, tiles, bundles of entries."""
        return self.data_dir / "log"

    @property
    def log_origin(self) -> str:
        """The transparency log's name until its first checkpoint fixes it."""
        return self.evidence_log_origin or urlsplit(self.public_url).netloc + "/log"

    @property
    def keys(self) -> Path:
        """Signing keys, readable by this user only."""
        return self.data_dir / "keys"
