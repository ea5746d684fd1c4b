# ruff: noqa: S608 - tampering is done in SQL
"""Ways to tamper with objects and rows. Judge nothing."""

from __future__ import annotations

import random
import shutil

from pipelines.evidence.canonical import sha256_hex
from tests.contract.evidence.vandal import Act, Tampered, Vandal, damaged


def an_object(vandal: Vandal, rng: random.Random) -> Tampered:
    """An object's file is damaged."""
    name = rng.choice(vandal.objects)
    path = vandal.world.objects.path(name)
    how, data = damaged(path.read_bytes(), rng)
    vandal.overwrite(path, data)
    return Tampered(what=f"{how} object", named=(name,))


def an_object_gone(vandal: Vandal, rng: random.Random) -> Tampered:
    """An object's file is deleted."""
    name = rng.choice(vandal.objects)
    vandal.world.objects.path(name).unlink()
    return Tampered(what="delete object", named=(name,))


def objects_swapped(vandal: Vandal, rng: random.Random) -> Tampered:
    """Two objects change places."""
    first, second = rng.sample(vandal.objects, 2)
    one, other = (vandal.world.objects.path(name) for name in (first, second))
    held, put = one.read_bytes(), other.read_bytes()
    vandal.overwrite(one, put)
    vandal.overwrite(other, held)
    return Tampered(what="swap objects", named=(first,))


def an_object_planted(vandal: Vandal, rng: random.Random) -> Tampered:
    """A file of no digest, or of another's, is put into the vault."""
    name = rng.choice([f"clip-{rng.randrange(99)}.mp4", rng.randbytes(32).hex()])
    path = vandal.world.objects.root / name[:2] / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(rng.randbytes(99))
    return Tampered(what="insert object", named=(name,))


def a_manifest(vandal: Vandal, rng: random.Random) -> Tampered:
    """A manifest or its signature is damaged."""
    alert, column = rng.choice(vandal.alerts), rng.choice(["manifest", "signature"])
    ((evidence_id, held),) = vandal.run(
        f"SELECT evidence_id, {column} FROM evidence WHERE alert_id = %s", alert
    )
    how, data = damaged(held, rng)
    vandal.run(f"UPDATE evidence SET {column} = %s WHERE alert_id = %s", data, alert)
    return Tampered(what=f"{how} {column}", named=(f"manifest of evidence {evidence_id}",))


def a_manifest_signed_anew(vandal: Vandal, rng: random.Random) -> Tampered:
    """A changed manifest is signed with another key, which perhaps is put among ours."""
    alert = rng.choice(vandal.alerts)
    ((evidence_id, held),) = vandal.run(
        "SELECT evidence_id, manifest FROM evidence WHERE alert_id = %s", alert
    )
    forged = held.replace(b'"severity":"high"', b'"severity":"low"')
    vandal.run(
        "UPDATE evidence SET manifest = %s, manifest_sha256 = %s, signature = %s, key_id = %s"
        " WHERE alert_id = %s",
        forged, sha256_hex(forged), vandal.own.sign(forged), vandal.own.key_id, alert,
    )  # fmt: skip
    if rng.random() < 0.5:
        name = f"{vandal.own.key_id}.pub.pem"
        shutil.copy(vandal.own.folder / name, vandal.world.keys.folder / name)
    return Tampered(what="re-sign manifest", named=(f"manifest of evidence {evidence_id}",))


def manifests_swapped(vandal: Vandal, rng: random.Random) -> Tampered:
    """One alert's manifest, with its signature, stands for another's."""
    one, other = rng.sample(vandal.alerts, 2)
    ((evidence_id,),) = vandal.run("SELECT evidence_id FROM evidence WHERE alert_id = %s", one)
    vandal.run(
        "UPDATE evidence e SET manifest = o.manifest, manifest_sha256 = o.manifest_sha256,"
        " signature = o.signature FROM evidence o WHERE e.alert_id = %s AND o.alert_id = %s",
        one, other,
    )  # fmt: skip
    return Tampered(what="swap manifests", named=(f"manifest of evidence {evidence_id}",))


def evidence_row(vandal: Vandal, rng: random.Random) -> Tampered:
    """A sealed alert's row is back-dated or given another digest or key."""
    alert = rng.choice(vandal.alerts)
    ((evidence_id,),) = vandal.run("SELECT evidence_id FROM evidence WHERE alert_id = %s", alert)
    change = rng.choice([
        f"sealed_at_ms = sealed_at_ms - {rng.randrange(1, 10**9)}",
        f"manifest_sha256 = '{rng.randbytes(32).hex()}'", f"key_id = '{rng.randbytes(8).hex()}'",
    ])  # fmt: skip
    vandal.run(f"UPDATE evidence SET {change} WHERE alert_id = %s", alert)
    return Tampered(what=f"evidence {change.split()[0]}", named=(str(evidence_id),))


def evidence_gone(vandal: Vandal, rng: random.Random) -> Tampered:
    """All rows of one piece of evidence are deleted, perhaps with the alert."""
    alert = rng.choice(vandal.alerts)
    ((evidence_id,),) = vandal.run("SELECT evidence_id FROM evidence WHERE alert_id = %s", alert)
    vandal.run("DELETE FROM evidence_objects WHERE evidence_id = %s", evidence_id)
    vandal.run("DELETE FROM evidence WHERE evidence_id = %s", evidence_id)
    if rng.random() < 0.5:
        vandal.run("DELETE FROM alerts WHERE alert_id = %s", alert)
        return Tampered(what="delete alert and evidence", named=(str(evidence_id),))
    return Tampered(what="delete evidence", named=(f"evidence of alert {alert}",))


def object_row(vandal: Vandal, rng: random.Random) -> Tampered:
    """A row that names an object is changed, deleted, or one put in."""
    evidence_id, name = rng.choice(
        vandal.run("SELECT evidence_id, name FROM evidence_objects ORDER BY 1, 2")
    )
    at = "WHERE evidence_id = %s AND name = %s"
    how = rng.choice(["change", "delete", "insert"])
    if how == "change":
        column = rng.choice(["role", "sha256", "sm3", "media_type"])
        vandal.run(
            f"UPDATE evidence_objects SET {column} = {column} || '0' {at}", evidence_id, name
        )
    elif how == "delete":
        vandal.run(f"DELETE FROM evidence_objects {at}", evidence_id, name)
    else:
        vandal.run(
            "INSERT INTO evidence_objects (evidence_id, role, name, sha256, size_bytes, media_type,"
            " sm3) SELECT evidence_id, role, 'planted', sha256, 1, 'x', '' FROM evidence_objects"
            f" {at}",
            evidence_id, name,
        )  # fmt: skip
        name = "planted"
    return Tampered(what=f"{how} object row", named=(f"object row {name}",))


def alert_row(vandal: Vandal, rng: random.Random) -> Tampered:
    """What the site shows of an alert is changed."""
    alert = rng.choice(vandal.alerts)
    change = rng.choice([
        "low = low - 0.1", "high = high + 1", "value = value + 0.5", "severity = 'low'",
        f"detected_ms = detected_ms - {rng.randrange(1, 10**8)}", "grade = 'evidence'",
        "start_ms = start_ms - 1", "inputs = '{\"median\": 9}'", "place = 'elsewhere'",
        "rule_version = '2'", "unit = 'g/L'", "staged = NOT staged", "party_id = 'q'",
    ])  # fmt: skip
    vandal.run(f"UPDATE alerts SET {change} WHERE alert_id = %s", alert)
    return Tampered(what=f"alert {change.split()[0]}", named=(f"row of alert {alert}",))


def raw_row(vandal: Vandal, rng: random.Random) -> Tampered:
    """A raw message is damaged, forged with its digest, deleted, put in, or two are swapped."""
    rows = vandal.run("SELECT sha256, seq, original FROM raw_batches ORDER BY seq")
    sha256, seq, held = rng.choice(rows)
    how = rng.choice(["damage", "forge", "delete", "insert", "swap"])
    if how == "delete":
        vandal.run("DELETE FROM raw_batches WHERE sha256 = %s", sha256)
        return Tampered(what="delete raw message", named=(str(sha256),))
    change, params = "original = %s WHERE sha256 = %s", (damaged(held, rng)[1], sha256)
    if how == "forge":
        forged = damaged(held, rng)[1]
        digest = sha256_hex(forged)
        vandal.run(
            "UPDATE raw_batches SET original = %s, sha256 = %s WHERE sha256 = %s",
            forged, digest, sha256,
        )  # fmt: skip
        return Tampered(what="forge raw message", named=(digest, str(sha256)))
    if how == "insert":
        forged = rng.randbytes(40)
        vandal.run(
            "INSERT INTO raw_batches (sha256, device_id, seq, received_ms, first_ms, last_ms,"
            " partition, message_offset, watermark_ms, original) SELECT %s, device_id, -7,"
            " received_ms, first_ms, last_ms, 0, 0, 0, %s FROM raw_batches WHERE sha256 = %s",
            sha256_hex(forged), forged, sha256,
        )  # fmt: skip
        return Tampered(what="insert raw message", named=("raw message -7 of",))
    if how == "swap":
        other = rng.choice([row[0] for row in rows if row[0] != sha256])
        change = (
            "original = (SELECT original FROM untouched.raw_batches WHERE sha256 = %s)"
            " WHERE sha256 = %s"
        )
        params = (other, sha256)
        vandal.run(f"UPDATE raw_batches SET {change}", sha256, other)
    vandal.run(f"UPDATE raw_batches SET {change}", *params)
    return Tampered(what=f"{how} raw message", named=(f"raw message {seq} of",))


ACTS: tuple[Act, ...] = (
    an_object, an_object, an_object_gone, objects_swapped, an_object_planted, a_manifest,
    a_manifest_signed_anew, manifests_swapped, evidence_row, evidence_gone, object_row, alert_row,
    raw_row, raw_row,
)  # fmt: skip
