#!/usr/bin/env python3
# ruff: noqa: T201, UP017, UP035, UP037, UP045, PLR2004, ISC003 - speaks to people; Python 3.9
"""Checks a package of evidence that Vigil exported, on a machine without Vigil.

核验守望（Vigil）导出的证据包，无需安装守望。

    python verify.py [FOLDER] [--key KEY ...] [--checkpoint FILE [--consistency FILE]]
                     [--tsa-roots PEM]

Needs Python 3.9 or newer and the package "cryptography"; reads only the folder; sends nothing.
FORMATS.md describes every byte that is read here. Status 0: all that was checked holds; 1:
something is wrong; 2: this is no package, or the command line is wrong.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator, Optional

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

PACKAGE = "vigil-evidence-package/1"
MANIFEST = "vigil-evidence-manifest/2"
SOURCES = {"part": "recording_part", "raw": "raw_batch"}
SALT_BYTES = 16
SUMS = "SHA256SUMS"
CHECKPOINTS = ("log/checkpoint", "log/first-checkpoint")
TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
SHA256_OID = bytes.fromhex("0609608648016503040201")


UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    UnsupportedAlgorithm,
)
"""What reading damaged files raises."""


class Wrong(Exception):
    """Something does not hold: Chinese, English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Findings:
    """What is proven, what is wrong, what was not checked; each in Chinese and English."""

    def __init__(self) -> None:
        self.proven: list[tuple[str, str]] = []
        self.wrong: list[tuple[str, str]] = []
        self.open: list[tuple[str, str]] = []

    def check(self, step: Any, *given: Any) -> Any:
        """Runs one step: it yields what it proves or leaves open, and raises what is wrong."""
        try:
            for kind, zh, en in step(*given):
                {"proven": self.proven, "wrong": self.wrong, "open": self.open}[kind].append(
                    (zh, en)
                )
        except Wrong as error:
            self.wrong.append((error.zh, error.en))
        except UNREADABLE as error:
            what = f"{step.__name__}: {type(error).__name__}: {error}"
            self.wrong.append((f"无法读取（{what}）", f"cannot be read ({what})"))

    def show(self) -> None:
        """Prints everything."""
        titles = (
            ("已证明 PROVEN", self.proven),
            ("未证明或未核验 NOT PROVEN, OR NOT CHECKED", self.open),
            ("有问题 WRONG", self.wrong),
        )
        for title, lines in titles:
            if lines:
                print(f"\n{title}")
                for zh, en in lines:
                    print(f" - {zh}\n   {en}")
        print("\n结论 RESULT: " + ("不成立 DOES NOT HOLD" if self.wrong else "成立 HOLDS"))


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value read from JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def read_canonical(data: bytes, name: str) -> Any:
    """JSON that must be in canonical form and hold no float."""

    def no_float(text: str) -> Any:
        raise Wrong(f"{name} 含有小数 {text}", f"{name} holds a number that is no integer: {text}")

    value = json.loads(data.decode("utf-8"), parse_float=no_float, parse_constant=no_float)
    if canonical(value) != data:
        raise Wrong(f"{name} 不是规范形式", f"{name} is not in canonical form")
    return value


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return digest_of(path, "sha256")


def digest_of(path: Path, algorithm: str) -> str:
    """A digest of a file, in hex."""
    digest = hashlib.new(algorithm)
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def raw(key: Ed25519PublicKey) -> bytes:
    """The 32 bytes of a public key."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the SHA-256 of the raw key."""
    return hashlib.sha256(raw(key)).hexdigest()[:16]


def verified(key: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether the key signed these bytes."""
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def load_key(text: bytes) -> Ed25519PublicKey:
    """A public key from PEM, or from the form name+hash+base64."""
    if b"BEGIN" in text:
        key = load_pem_public_key(text)
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("not an Ed25519 key")
        return key
    data = base64.b64decode(text.decode("ascii").strip().split("+", 2)[2], validate=True)
    if data[:1] != b"\x01":
        raise ValueError("not an Ed25519 key")
    return Ed25519PublicKey.from_public_bytes(data[1:])


class Package:
    """The folder and what its parts say. Reading a part raises where it is not as it must be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.about: dict[str, Any] = {}
        self.keys: dict[str, Ed25519PublicKey] = {}
        self.unreadable: list[str] = []
        self.read("package.json", self._about)
        for path in sorted((folder / "keys").glob("*.pem")):
            self.read(f"keys/{path.name}", self._key)

    def read(self, name: str, take: Any) -> None:
        """Takes a file in, or notes that it cannot be read: the other checks go on."""
        try:
            take(self.bytes(name))
        except UNREADABLE as error:
            self.unreadable.append(f"{name}: {error}")

    def _about(self, data: bytes) -> None:
        about = json.loads(data.decode("utf-8"))
        if about.get("format") != PACKAGE:
            raise ValueError(f"format {about.get('format')!r}, this program reads {PACKAGE!r}")
        self.about = about

    def _key(self, data: bytes) -> None:
        key = load_key(data)
        self.keys[key_id(key)] = key

    def bytes(self, name: str) -> bytes:
        """A file of the package."""
        return (self.folder / name).read_bytes()

    def files(self) -> set[str]:
        """Every file there is, but for what Python leaves behind."""
        found = (path for path in self.folder.rglob("*") if path.is_file() or path.is_symlink())
        names = {path.relative_to(self.folder).as_posix() for path in found}
        return {name for name in names if not name.startswith("__pycache__/")}

    @property
    def signer(self) -> Ed25519PublicKey:
        """The key that signed the manifest."""
        called = self.about["key_id"]
        if called not in self.keys:
            raise Wrong(f"缺少公钥 {called}", f"the public key {called} is missing")
        return self.keys[called]

    @property
    def manifest(self) -> Any:
        """What was sealed."""
        return json.loads(self.bytes("manifest.json").decode("utf-8"))


Said = Iterator["tuple[str, str, str]"]


def check_files(package: Package) -> Said:
    """Every file is listed, unchanged, and the list is signed."""
    for what in package.unreadable:
        yield "wrong", f"无法读取 {what}", f"cannot be read: {what}"
    data = package.bytes(SUMS)
    if not sums_signers(package, package.keys):
        yield "wrong", f"{SUMS}.sig 不是 {SUMS} 的签名", f"{SUMS}.sig does not sign {SUMS}"
    listed = {}
    for line in data.decode("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    for name in sorted(listed):
        path = package.folder / name
        if not path.is_file() or path.is_symlink():
            yield "wrong", f"缺少文件 {name}", f"file {name} is missing"
        elif sha256_of(path) != listed[name]:
            yield "wrong", f"文件 {name} 已被改动", f"file {name} was changed"
    for name in sorted(package.files() - set(listed) - {SUMS, SUMS + ".sig"}):
        yield "wrong", f"多出文件 {name}", f"file {name} does not belong here"
    yield (
        "proven",
        f"目录 {SUMS} 所列 {len(listed)} 个文件已逐一核对",
        f"the {len(listed)} files that {SUMS} lists were compared one by one",
    )


def check_manifest(package: Package) -> Said:
    """The manifest is in canonical form, and signed."""
    data = package.bytes("manifest.json")
    if not verified(package.signer, package.bytes("manifest.sig"), data):
        raise Wrong("清单 manifest.json 的签名无效", "the signature of manifest.json does not hold")
    manifest = read_canonical(data, "manifest.json")
    if manifest["format"] != MANIFEST:
        raise Wrong(
            f"清单格式 {manifest['format']} 未知", f"unknown manifest format {manifest['format']}"
        )
    for name in ("alert_id", "evidence_id"):
        if package.about[name] != manifest[name]:
            raise Wrong(f"package.json 的 {name} 与清单不符", f"package.json has another {name}")
    yield (
        "proven",
        f"清单由公钥 {package.about['key_id']} 签名，此后未改一字",
        f"the manifest was signed by key {package.about['key_id']} and is unchanged since",
    )


def check_objects(package: Package) -> Said:
    """Every object is the one that was sealed."""
    manifest = package.manifest
    names = {item["name"] for item in manifest["objects"]}
    for item in manifest["objects"]:
        path = package.folder / "objects" / item["name"]
        called = f"objects/{item['name']}"
        if not path.is_file():
            yield "wrong", f"缺少对象 {called}", f"object {called} is missing"
        elif path.stat().st_size != item["size_bytes"] or sha256_of(path) != item["sha256"]:
            yield "wrong", f"对象 {called} 已被改动", f"object {called} was changed"
        elif "sm3" in hashlib.algorithms_available and digest_of(path, "sm3") != item["sm3"]:
            yield "wrong", f"对象 {called} 的 SM3 不符", f"object {called} has another SM3 digest"
    for name in sorted(package.files()):
        if name.startswith("objects/") and name[len("objects/") :] not in names:
            yield "wrong", f"清单未列对象 {name}", f"no manifest names {name}"
    if "sm3" not in hashlib.algorithms_available:
        yield "open", "本机不支持 SM3，仅核对 SHA-256", "no SM3 here: only SHA-256 was compared"
    yield (
        "proven",
        f"清单所列 {len(names)} 个对象的摘要均已核对",
        f"the digests of the {len(names)} objects of the manifest were compared",
    )
    gaps = [gap for camera in manifest["footage"] for gap in camera["gaps"]]
    if gaps:
        yield "open", f"录像有 {len(gaps)} 处中断，见清单", f"the footage has {len(gaps)} gaps"
    if not manifest["source_signed"]:
        yield (
            "open",
            "设备本身不签名：首个摘要取自接收或录制之时",
            "devices do not sign: the first digest was taken on receipt, or when it was recorded",
        )


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(index: int, size: int, leaf: bytes, path: list[bytes]) -> Optional[bytes]:
    """The root that an inclusion path leads to (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for beside in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_hash(beside, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, beside)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def continues(size: int, root: bytes, later: int, later_root: bytes, proof: list[bytes]) -> bool:
    """Whether the later tree begins with all of the former (RFC 9162, 2.1.4.2)."""
    if not 0 < size <= later:
        return False
    if size == later:
        return not proof and root == later_root
    path = [root, *proof] if size & (size - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = size - 1, later - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and old == root and new == later_root


class Checkpoint:
    """A signed checkpoint: origin, size, root, and the ids of our keys that signed it."""

    def __init__(self, data: bytes, keys: dict[str, Ed25519PublicKey], name: str) -> None:
        text, blank, under = data.decode("utf-8").rpartition("\n\n")
        lines = text.split("\n")
        if not blank or len(lines) < 3 or not re.fullmatch(r"0|[1-9][0-9]*", lines[1]):
            raise Wrong(f"{name} 不是检查点", f"{name} is no checkpoint")
        self.note, self.name, self.origin = data, name, lines[0]
        self.size, self.root = int(lines[1]), base64.b64decode(lines[2], validate=True)
        times = [line[6:] for line in lines[3:] if re.fullmatch(r"at_ms [0-9]+", line)]
        self.at_ms = int(times[0]) if times else None
        self.signers = set()
        for line in under.splitlines():
            dash, origin, encoded = line.split(" ")
            signature = base64.b64decode(encoded, validate=True)
            for called, key in keys.items():
                named = self.origin.encode() + b"\n\x01" + raw(key)
                ours = hashlib.sha256(named).digest()[:4] == signature[:4]
                if dash != "—" or origin != self.origin or not ours:
                    continue
                if not verified(key, signature[4:], (text + "\n").encode("utf-8")):
                    raise Wrong(f"{name} 的签名无效", f"the signature of {name} does not hold")
                self.signers.add(called)
        if not self.signers:
            raise Wrong(
                f"{name} 未经本包（或所给）公钥签名",
                f"{name} is signed by another key than those of this package or those you gave",
            )


def utc(at_ms: Optional[int]) -> str:
    """A moment for people, in UTC."""
    if at_ms is None:
        return "?"
    moment = dt.datetime.fromtimestamp(at_ms / 1000, dt.timezone.utc)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def check_log(package: Package) -> Said:
    """Every leaf is in the signed tree, opens its commitment, and fits the manifest."""
    newest = Checkpoint(package.bytes("log/checkpoint"), package.keys, "log/checkpoint")
    if newest.origin != package.about["origin"]:
        raise Wrong("检查点属于另一日志", "the checkpoint is of another log")
    leaves = read_canonical(package.bytes("log/leaves.json"), "log/leaves.json")
    found = {}
    for leaf in leaves:
        called = f"{leaf['kind']} {leaf['index']}"
        entry = canonical(
            {"v": 1, "kind": leaf["kind"], "at_ms": leaf["at_ms"], "commitment": leaf["commitment"]}
        )
        path = [bytes.fromhex(one) for one in leaf["path"]]
        if root_of(leaf["index"], newest.size, leaf_hash(entry), path) != newest.root:
            yield "wrong", f"日志叶 {called} 不在树中", f"leaf {called} is not in the signed tree"
            continue
        body = leaf["body"].encode("utf-8")
        salt = bytes.fromhex(leaf["salt"])
        opened = b'{"body":%b,"subject":%b}' % (body, canonical(leaf["subject"]))
        committed = hashlib.sha256(salt + opened).hexdigest()
        if len(salt) != SALT_BYTES or committed != leaf["commitment"]:
            yield "wrong", f"日志叶 {called} 内容不符", f"leaf {called} says something else"
            continue
        found[leaf["kind"], leaf["subject"]] = leaf
    yield from fits(package, found)
    yield (
        "proven",
        f"{len(found)} 片日志叶在 {newest.size} 叶的已签名树中",
        f"{len(found)} leaves are in the signed tree of {newest.size} leaves",
    )
    yield from check_first(package, newest)


def fits(package: Package, found: "dict[tuple[str, str], Any]") -> Said:
    """The leaves are about this manifest and these objects."""
    manifest = package.manifest
    pin = found.get(("pin", manifest["evidence_id"]))
    digest = hashlib.sha256(package.bytes("manifest.json")).hexdigest()
    if pin is None or json.loads(pin["body"])["manifest_sha256"] != digest:
        raise Wrong("日志中没有本清单的叶", "no leaf of the log tells of this manifest")
    yield (
        "proven",
        f"日志第 {pin['index']} 叶记有本清单，自称时间 {utc(pin['at_ms'])}",
        f"leaf {pin['index']} of the log holds this manifest and says {utc(pin['at_ms'])}",
    )
    wanted = [i for i in manifest["objects"] if i["role"] in SOURCES]
    known = [i for i in wanted if (SOURCES[i["role"]], i["sha256"]) in found]
    if known:
        yield (
            "proven",
            f"{len(known)} 个来源对象（录像段、原始报文）在录制或接收之时即入日志",
            f"{len(known)} source objects (parts, raw messages) have leaves from when they came",
        )
    if len(known) < len(wanted):
        bare = len(wanted) - len(known)
        yield (
            "open",
            f"{bare} 个来源对象没有来源时的日志叶：日志只从封存时起作证",
            f"{bare} source objects have no leaf of their own: the log knows them since sealing",
        )


def check_first(package: Package, newest: Checkpoint) -> Said:
    """The early checkpoint holds the pin, continues into the newest, and its stamps are over it."""
    name = "log/first-checkpoint"
    first = Checkpoint(package.bytes(name), package.keys, name)
    proof = read_canonical(package.bytes("log/consistency.json"), "log/consistency.json")
    if (proof["from"], proof["to"]) != (first.size, newest.size):
        raise Wrong("一致性证明属于别的检查点", "the consistency proof is of other checkpoints")
    hashes = [bytes.fromhex(one) for one in proof["proof"]]
    if not continues(first.size, first.root, newest.size, newest.root, hashes):
        raise Wrong(
            "早先的检查点与最新的不一致", "the newest checkpoint does not continue the first"
        )
    yield (
        "proven",
        f"{newest.size} 叶的树延续了 {first.size} 叶的树，无一叶被改",
        f"the tree of {newest.size} leaves continues that of {first.size}: no leaf was altered",
    )


def check_stamps(package: Package, roots: Optional[str]) -> Said:
    """Stamps of authorities are over the early checkpoint."""
    note = package.bytes("log/first-checkpoint")
    stamps = sorted((package.folder / "log").glob("stamps/*.tsr"))
    if not stamps:
        yield (
            "open",
            "没有第三方时间戳：时间只由本机关的时钟和签名证明",
            "no time stamp of a third party: times rest on the authority's own clock and key",
        )
    for path in stamps:
        called = f"log/stamps/{path.name}"
        if imprint(path.read_bytes()) != hashlib.sha256(note).digest():
            yield "wrong", f"{called} 不是本检查点的时间戳", f"{called} is not over this checkpoint"
            continue
        yield from check_token(path, package.folder / "log" / "first-checkpoint", roots)


def check_token(path: Path, data: Path, roots: Optional[str]) -> Said:
    """The token's own signature, by openssl."""
    called = f"log/stamps/{path.name}"
    if roots is None or shutil.which("openssl") is None:
        yield (
            "open",
            f"{called} 的摘要相符；其签名未核验（需 openssl 和 --tsa-roots）",
            f"{called} is over this checkpoint; its signature was not checked: that needs openssl"
            + " and --tsa-roots",
        )
        return
    made = stamped(path.read_bytes())
    command = ["openssl", "ts", "-verify", "-in", str(path), "-data", str(data), "-CAfile", roots]
    command += ["-attime", str(int(made.timestamp()))]  # its certificate may have expired since
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = " ".join(done.stderr.split())[-160:]
        raise Wrong(
            f"{called} 的签名无效：{reason}", f"{called} is not signed as it must: {reason}"
        )
    yield (
        "proven",
        f"{called}：该机构证明此检查点在 {made:%Y-%m-%d %H:%M:%S} UTC 已存在",
        f"{called}: the authority signed that this checkpoint was there at {made:%F %T} UTC",
    )


def elements(data: bytes) -> "list[tuple[int, bytes]]":
    """DER elements side by side: tag, content."""
    found = []
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(data[at : at + count], "big"), at + count
        if at + length > len(data):
            raise ValueError("DER ends early")
        found.append((tag, data[at : at + length]))
        at += length
    return found


def tst_info(token: bytes) -> "list[tuple[int, bytes]]":
    """The parts of the TSTInfo within a TimeStampResp (RFC 3161)."""
    response = elements(elements(token)[0][1])
    status = elements(response[0][1])[0][1]
    if status not in (b"\x00", b"\x01"):
        raise Wrong("时间戳机构拒绝了请求", "the authority refused")
    signed_data = elements(elements(elements(response[1][1])[1][1])[0][1])
    content = elements(signed_data[2][1])
    if bytes([6, len(content[0][1])]) + content[0][1] != TST_INFO:
        raise Wrong("不是时间戳", "not a time stamp")
    return elements(elements(elements(content[1][1])[0][1])[0][1])


def imprint(token: bytes) -> bytes:
    """The SHA-256 that a stamp is over."""
    algorithm, hashed = elements(tst_info(token)[2][1])
    if not algorithm[1].startswith(SHA256_OID):
        raise Wrong("时间戳用的不是 SHA-256", "the stamp is over another digest than SHA-256")
    return hashed[1]


def stamped(token: bytes) -> dt.datetime:
    """The time that a stamp tells."""
    text = tst_info(token)[4][1].decode("ascii").rstrip("Z").partition(".")[0]
    return dt.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=dt.timezone.utc)


def sums_signers(package: Package, keys: "dict[str, Ed25519PublicKey]") -> "set[str]":
    """The ids of those keys that signed the list of sums."""
    data, signature = package.bytes(SUMS), package.bytes(SUMS + ".sig")
    return {called for called, key in keys.items() if verified(key, signature, data)}


def check_key(package: Package, published: "Optional[list[str]]") -> Said:
    """Every key that signed something here is one that the authority published."""
    called = package.about["key_id"]
    if not published:
        ids = {called} | sums_signers(package, package.keys)
        for name in CHECKPOINTS:
            ids |= Checkpoint(package.bytes(name), package.keys, name).signers
        listed = ", ".join(sorted(ids))
        yield (
            "open",
            f"签名公钥 {listed} 是否均为主管机关公布的公钥：请核对，或用 --key（可多次）",
            f"that the keys which signed here, {listed}, are ones the authority published: compare"
            + " them, or use --key, once for each",
        )
        return
    given = {}
    for one in published:
        key = load_key(Path(one).read_bytes() if Path(one).exists() else one.encode())
        given[key_id(key)] = key
    if called not in given:
        raise Wrong(
            f"清单由另一公钥 {called} 签名", f"the manifest is signed by another key, {called}"
        )
    if not sums_signers(package, given):
        raise Wrong(f"{SUMS} 由另一公钥签名", f"{SUMS} is signed by another key than you gave")
    for name in CHECKPOINTS:
        Checkpoint(package.bytes(name), given, name)
    yield (
        "proven",
        "清单、文件目录和检查点均由所给公钥签名",
        f"manifest, {SUMS} and checkpoints are signed by keys you gave: "
        + ", ".join(sorted(given)),
    )


def check_kept(package: Package, kept: Optional[str], consistency: Optional[str]) -> Said:
    """The tree fits a checkpoint that somebody else kept."""
    if kept is None:
        yield (
            "open",
            "日志未与他人保存的检查点比对（--checkpoint）：主管机关若另造一份日志，此处看不出",
            "the log was not compared with a checkpoint kept by others (--checkpoint): a second log"
            + " made by the authority would not show here",
        )
        return
    theirs = Checkpoint(Path(kept).read_bytes(), package.keys, kept)
    newest = Checkpoint(package.bytes("log/checkpoint"), package.keys, "log/checkpoint")
    first = Checkpoint(package.bytes("log/first-checkpoint"), package.keys, "log/first-checkpoint")
    proof: "dict[str, Any]" = {"from": 0, "to": 0, "proof": []}
    if consistency is not None:
        proof = json.loads(Path(consistency).read_text(encoding="utf-8"))
    hashes = [bytes.fromhex(one) for one in proof["proof"]]
    for ours in (newest, first):
        small, large = sorted((theirs, ours), key=lambda one: one.size)
        given = [] if small.size == large.size else hashes
        if small.size != large.size and (proof["from"], proof["to"]) != (small.size, large.size):
            continue
        if not continues(small.size, small.root, large.size, large.root, given):
            raise Wrong(
                f"他人保存的 {theirs.size} 叶检查点与本包不是同一日志",
                f"the kept checkpoint of {theirs.size} leaves is not of this package's log",
            )
        yield (
            "proven",
            f"与他人保存的 {theirs.size} 叶检查点属同一日志",
            f"the log is the one whose checkpoint of {theirs.size} leaves somebody kept",
        )
        return
    yield (
        "open",
        f"所给检查点有 {theirs.size} 叶：请索取到 {newest.size} 叶的一致性证明（--consistency）",
        f"the checkpoint you gave is of {theirs.size} leaves: ask for a consistency proof with"
        + f" {newest.size} leaves and give it as --consistency",
    )


def main() -> int:
    """Runs every check and says what was found."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(description="核验证据包 Check a package of evidence.")
    parser.add_argument("folder", nargs="?", default=str(Path(__file__).resolve().parent))
    parser.add_argument(
        "--key",
        action="append",
        help="公布的公钥（可多次）a published key, once for each: a PEM file, or name+hash+base64",
    )
    parser.add_argument("--checkpoint", help="他人保存的检查点 a checkpoint kept by somebody else")
    parser.add_argument("--consistency", help="一致性证明 proof between that checkpoint and ours")
    parser.add_argument("--tsa-roots", help="时间戳机构根证书 root certificates of the TSA, PEM")
    given = parser.parse_args()
    findings = Findings()
    package = Package(Path(given.folder))
    if not package.about and not (package.folder / SUMS).exists():
        print(f"这不是证据包 not a package of evidence: {given.folder}", file=sys.stderr)
        return 2
    findings.check(check_files, package)
    findings.check(check_manifest, package)
    findings.check(check_objects, package)
    findings.check(check_log, package)
    findings.check(check_stamps, package, given.tsa_roots)
    findings.check(check_key, package, given.key)
    findings.check(check_kept, package, given.checkpoint, given.consistency)
    print(f"证据包 PACKAGE: {package.about.get('alert_id')} ({given.folder})")
    findings.show()
    return 1 if findings.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
