#!/usr/bin/env bash
# Runs a command beside a Secret Service of its own: gnome-keyring, unlocked, on a private D-Bus and in a fresh home, all
# gone at the end. Packages on Debian: gnome-keyring dbus libsecret-tools. Exits with 97 where the service does not work.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -m 700 "$folder/home" "$folder/run"
export HOME="$folder/home" XDG_RUNTIME_DIR="$folder/run"
unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME
dbus-run-session -- bash -c '
  echo -n for-tests | gnome-keyring-daemon --unlock --components=secrets >"$HOME/daemon.log" 2>&1
  # The daemon says yes to a wrong password too, so an item is put in and asked for.
  echo -n works | secret-tool store --label=trial trial bucketlight
  [[ $(secret-tool lookup trial bucketlight) == works ]] || exit 97
  secret-tool clear trial bucketlight
  "$@"' session "$@"
