#!/usr/bin/env bash
# Gives the browser tests a Chromium with Chinese letters, where this machine lets us install one (used by `make test`).
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "test: no Chromium here and no right to install it: the browser tests will say so"
  exit 0
fi
echo "test: installing Chromium and Chinese fonts with apt-get"
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -qq -y --no-install-recommends chromium fonts-wqy-microhei >/dev/null; }
install 2>/dev/null || { apt-get update -qq && install; } || echo "test: Chromium could not be installed: the browser tests will say so"
