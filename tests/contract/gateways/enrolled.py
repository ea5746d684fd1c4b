"""Two sites with a gateway key each and three devices with keys, as rows of the register."""

from __future__ import annotations

import psycopg

from pipelines.registry.write import key_digest

POOL, HOTEL = "pool-hall", "hotel-main"
PROBE, SCALE, CO2 = "pool-probe", "pool-scale", "hotel-co2"
SITES = {PROBE: POOL, SCALE: POOL, CO2: HOTEL}
EXPIRED_KEY, EXPIRED_MS = "device-key-expired", 1_700_000_000_000


def gateway_key(site_id: str) -> str:
    """The key of a site's gateway."""
    return f"gateway-key-{site_id}"


def device_key(device_id: str) -> str:
    """The key of a device."""
    return f"device-key-{device_id}"


def enrol(url: str) -> None:
    """Writes them into an empty, migrated database."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO districts VALUES ('d', '区', 'District')")
        cursor.execute(
            "INSERT INTO parties VALUES ('p', 'd', '91330702MA2307023A', '馆', 'Hall', 'a@b.cn')"
        )
        for site in (POOL, HOTEL):
            cursor.execute(
                "INSERT INTO sites VALUES (%s, 'p', 'pool', '馆', 'Hall', '{}')", (site,)
            )
            cursor.execute(
                "INSERT INTO site_keys VALUES (%s, %s, 0, NULL)",
                (key_digest(gateway_key(site)), site),
            )
        for device, site in SITES.items():
            _device(cursor, device, site)
        cursor.execute(
            "INSERT INTO device_keys VALUES (%s, %s, 0, %s)",
            (key_digest(EXPIRED_KEY), PROBE, EXPIRED_MS),
        )


def _device(cursor: psycopg.Cursor[tuple[object, ...]], device: str, site: str) -> None:
    cursor.execute(
        "INSERT INTO devices (device_id, kind, model) VALUES (%s, 'sensor', '')", (device,)
    )
    cursor.execute(
        "INSERT INTO points VALUES (%s, %s, %s, '', '点', 'Point', 'fixed', '', '')",
        (f"{site}/{device}", site, device),
    )
    cursor.execute(
        "INSERT INTO placements VALUES (%s, %s, %s, 0, NULL)", (device, device, f"{site}/{device}")
    )
    cursor.execute(
        "INSERT INTO device_keys VALUES (%s, %s, 0, NULL)", (key_digest(device_key(device)), device)
    )
