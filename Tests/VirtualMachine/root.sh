#!/bin/bash
# Makes a disk image with a small Debian: what kawamori needs at run time, mosquitto, the gpiod
# tools, busybox, and systemd. Nothing of the rig is in it: guest/init brings that in at boot.
#   usage: root.sh SUITE FOLDER      env: VM, the kit's folder
# Makes FOLDER/disk.ext4, and FOLDER/sdk with the header and the library of the suite's libgpiod.
# Needs: mmdebstrap, mkfs.ext4; fakeroot where it is not run by root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/archive.sh"
suite=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
work=$(mktemp -d "$VM/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

packages=systemd-sysv,libgpiod-dev,gpiod,libmosquitto1,libsqlite3-0,libstdc++6,mosquitto
packages+=,mosquitto-clients,busybox
debian_sources "$suite" > "$work/sources.list"
make_tree --include="$packages" "$suite" "$work/root.tar" "$work/sources.list"

mkdir "$work/root" "$out/sdk"
mkdir "$out/sdk/include" "$out/sdk/lib"
tar -C "$out/sdk/include" --strip-components=3 -xf "$work/root.tar" ./usr/include/gpiod.h
tar -C "$out/sdk/lib" --strip-components=4 --wildcards -xf "$work/root.tar" \
  './usr/lib/*/libgpiod.so*'
# The tar holds device nodes and other people's files: only root can unpack it as it is.
as_root=
[ "$(id -u)" = 0 ] || as_root=fakeroot
$as_root sh -euc 'tar -C "$1/root" -xf "$1/root.tar"
  truncate -s 600M "$2"
  mkfs.ext4 -q -F -m 0 -d "$1/root" "$2"' sh "$work" "$out/disk.ext4"
chmod -R u+w "$work"
