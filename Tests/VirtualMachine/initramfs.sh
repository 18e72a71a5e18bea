#!/bin/bash
# Makes the initramfs of one generation: busybox, the kernel's modules, guest/init.
#   usage: initramfs.sh KERNEL FOLDER      KERNEL: the folder that kernel.sh made
# Makes FOLDER/initramfs.cpio.
# Needs: busybox-static, cpio.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kernel=$1
mkdir -p "$2"
file=$(cd "$2" && pwd)/initramfs.cpio
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

mkdir -p "$tree"/{bin,debian,dev,proc,sys}
cp /bin/busybox "$tree/bin/busybox"
cp -r "$kernel/modules" "$tree/modules"
install -m 755 "$here/guest/init" "$tree/init"
cd "$tree"
find . -print0 | sort -z | cpio --null --create --format=newc --owner=0:0 --quiet > "$file"
