"""Owns the words the register allows for premises, points and what equipment can do. Data only.

The kinds are the catalogue's, for rules are bound to them. A point may have a kind of its own: a
clinic has a waste room.
"""

from __future__ import annotations

from detectors.catalogue.places import SITE_KINDS

KINDS: dict[str, tuple[str, str]] = {kind: (name.zh, name.en) for kind, name in SITE_KINDS.items()}
"""Kind: name in Chinese, name in English."""

CAPABILITIES: dict[str, tuple[str, str]] = {
    "high_definition": ("高清", "high definition"),
    "capacity": ("电池与存储容量大", "large battery and storage"),
    "smooth": ("摄录流畅", "records without stutter"),
    "integrity": ("文件完整、保密", "complete, confidential files"),
    "wide_angle": ("广角", "wide angle"),
    "loop": ("循环录制", "endless loop"),
    "encryption": ("文件加密", "encrypted files"),
    "infrared": ("红外夜视", "infrared"),
    "positioning": ("定位", "satellite positioning"),
    "upload": ("无线实时上传", "wireless upload"),
}
"""What a device that records picture and sound can do (AV-7), the first four always wanted."""

ALWAYS_WANTED = ("high_definition", "capacity", "smooth", "integrity")
