"""The process behind ``infra.rtsp``: GStreamer's RTSP server, called through ctypes.

Owns nothing but that call; run as ``python rtsp_child.py PORT MOUNTS.json``. Needs no binding that
belongs to one Python. MOUNTS.json: ``{"mounts": {path: launch line}, "users": {name: password}}``.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from ctypes import c_char_p, c_int, c_uint, c_void_p
from pathlib import Path
from typing import Any

DIGEST = 2  # GST_RTSP_AUTH_DIGEST
ROLE = b"viewer"


def _library(name: str, **functions: tuple[Any, tuple[Any, ...]]) -> ctypes.CDLL:
    library = ctypes.CDLL(name)
    for function, (gives, takes) in functions.items():
        entry = getattr(library, function)
        entry.restype, entry.argtypes = gives, takes
    return library


def main(port: str, path: str) -> None:
    """Serves until killed."""
    asked = json.loads(Path(path).read_text())
    glib = _library(
        "libglib-2.0.so.0",
        g_main_loop_new=(c_void_p, (c_void_p, c_int)),
        g_main_loop_run=(None, (c_void_p,)),
    )
    gst = _library("libgstreamer-1.0.so.0", gst_init=(None, (c_void_p, c_void_p)))
    rtsp = _library(
        "libgstrtspserver-1.0.so.0",
        gst_rtsp_server_new=(c_void_p, ()),
        gst_rtsp_server_set_service=(None, (c_void_p, c_char_p)),
        gst_rtsp_server_set_address=(None, (c_void_p, c_char_p)),
        gst_rtsp_server_set_auth=(None, (c_void_p, c_void_p)),
        gst_rtsp_server_get_mount_points=(c_void_p, (c_void_p,)),
        gst_rtsp_server_attach=(c_uint, (c_void_p, c_void_p)),
        gst_rtsp_mount_points_add_factory=(None, (c_void_p, c_char_p, c_void_p)),
        gst_rtsp_media_factory_new=(c_void_p, ()),
        gst_rtsp_media_factory_set_launch=(None, (c_void_p, c_char_p)),
        gst_rtsp_media_factory_set_shared=(None, (c_void_p, c_int)),
        gst_rtsp_media_factory_add_role=(
            None, (c_void_p, c_char_p, c_char_p, ctypes.c_size_t, c_int, c_char_p, ctypes.c_size_t,
                   c_int, c_void_p),
        ),
        gst_rtsp_auth_new=(c_void_p, ()),
        gst_rtsp_auth_set_supported_methods=(None, (c_void_p, c_int)),
        gst_rtsp_auth_add_digest=(None, (c_void_p, c_char_p, c_char_p, c_void_p)),
        gst_rtsp_token_new=(c_void_p, (c_char_p, ctypes.c_size_t, c_char_p, c_void_p)),
    )  # fmt: skip
    gst.gst_init(None, None)
    gobject = _library("libgobject-2.0.so.0", g_type_from_name=(ctypes.c_size_t, (c_char_p,)))
    server = rtsp.gst_rtsp_server_new()
    rtsp.gst_rtsp_server_set_address(server, b"127.0.0.1")
    rtsp.gst_rtsp_server_set_service(server, port.encode())
    if asked["users"]:
        rtsp.gst_rtsp_server_set_auth(server, _auth(rtsp, gobject, asked["users"]))
    mounts = rtsp.gst_rtsp_server_get_mount_points(server)
    for name, launch in asked["mounts"].items():
        factory = rtsp.gst_rtsp_media_factory_new()
        rtsp.gst_rtsp_media_factory_set_launch(factory, launch.encode())
        rtsp.gst_rtsp_media_factory_set_shared(factory, 1)  # a camera films one thing for all
        if asked["users"]:
            boolean = gobject.g_type_from_name(b"gboolean")
            rtsp.gst_rtsp_media_factory_add_role(
                factory, ROLE, b"media.factory.access", boolean, 1,
                b"media.factory.construct", boolean, 1, None,
            )  # fmt: skip
        rtsp.gst_rtsp_mount_points_add_factory(mounts, name.encode(), factory)
    if not rtsp.gst_rtsp_server_attach(server, None):
        raise SystemExit(f"port {port} is taken")
    glib.g_main_loop_run(glib.g_main_loop_new(None, 0))


def _auth(rtsp: ctypes.CDLL, gobject: ctypes.CDLL, users: dict[str, str]) -> int:
    auth: int = rtsp.gst_rtsp_auth_new()
    rtsp.gst_rtsp_auth_set_supported_methods(auth, DIGEST)
    text = gobject.g_type_from_name(b"gchararray")
    for user, password in users.items():
        token = rtsp.gst_rtsp_token_new(b"media.factory.role", text, ROLE, None)
        rtsp.gst_rtsp_auth_add_digest(auth, user.encode(), password.encode(), token)
    return auth


if __name__ == "__main__":
    os.environ.setdefault("GST_REGISTRY_FORK", "no")
    main(sys.argv[1], sys.argv[2])
