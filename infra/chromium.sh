#!/usr/bin/env bash
# Gives the browser tests a Chromium and Chinese letters, where this machine lets us install them
# (used by `make test`). Never fails: without a Chromium the browser tests say so themselves.
set -euo pipefail

wanted=()
command -v chromium chromium-browser google-chrome >/dev/null || wanted+=(chromium)
[ -n "$(fc-list :lang=zh 2>/dev/null)" ] || wanted+=(fontconfig fonts-wqy-microhei)
[ ${#wanted[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "test: ${wanted[*]} missing, and no right to install: browser tests may be skipped"
  exit 0
fi
echo "test: apt-get install ${wanted[*]} (for the browser tests)"
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -qq -y --no-install-recommends "${wanted[@]}" >/dev/null; }
install 2>/dev/null || { apt-get update -qq && install; } ||
  echo "test: ${wanted[*]} could not be installed: browser tests may be skipped"
