#!/bin/bash
# Makes a folder with a kernel of Debian and the modules that the virtual machine loads; among them
# gpio-sim and irq_sim, which no kernel of Debian has: they are built out of tree from Debian's own
# linux-source. All that happens in a throw-away tree of that Debian, with its own compiler.
#   usage: kernel.sh SUITE FOLDER      env: VM, the kit's folder
# Makes FOLDER/{vmlinux,release,modules/NAME.ko,modules/order}.
# Needs: mmdebstrap, xz, zstd.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/archive.sh"
suite=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
work=$(mktemp -d "$VM/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

debian_sources "$suite" > "$work/sources.list"
# Installed, the kernel would want an initramfs and a boot loader; it is only unpacked.
cat > "$work/unpack-kernel" <<'HOOK'
#!/bin/sh
set -eu
mkdir "$1/kernel"
cd "$1/kernel"
headers=$(chroot "$1" dpkg-query --show --showformat='${Package}=${Version}\n' \
  'linux-headers-*-amd64' | grep -v '^linux-headers-amd64=')
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -q download -o APT::Sandbox::User="$(id -un)" \
  "linux-image-${headers#linux-headers-}"
dpkg-deb -x linux-image-*.deb .
[ -e lib/modules ] || ln -s usr/lib lib
HOOK
chmod +x "$work/unpack-kernel"
make_tree --format=null --include=linux-headers-amd64,linux-source,make,kmod \
  --customize-hook="$work/unpack-kernel" \
  --customize-hook="copy-in '$here/build-modules.sh' /kernel" \
  --customize-hook='chroot "$1" sh /kernel/build-modules.sh' \
  --customize-hook="sync-out /kernel/kit '$out'" "$suite" - "$work/sources.list"

# The kernel without its compression: the machine starts it by its PVH entry and saves four seconds of
# unpacking under emulation. Offsets are those of the x86 boot protocol.
number() { od -An -t"u$2" -j"$1" -N"$2" "$out/vmlinuz" | tr -d ' '; }
dd if="$out/vmlinuz" of="$work/payload" iflag=skip_bytes,count_bytes bs=1M status=none \
  skip=$((($(number $((0x1f1)) 1) + 1) * 512 + $(number $((0x248)) 4))) \
  count="$(number $((0x24c)) 4)"
case $(head -c 4 "$work/payload" | od -An -tx1 | tr -d ' ') in
  fd377a58) unpack=xz ;;
  28b52ffd) unpack=zstd ;;
  *) echo "how the kernel of $suite is packed is not known" >&2 && exit 1 ;;
esac
# Both complain about what lies behind their stream; the kernel's first bytes are checked instead.
"$unpack" -dc < "$work/payload" > "$out/vmlinux" 2>/dev/null || true
[ "$(head -c 4 "$out/vmlinux" | tail -c 3)" = ELF ] || {
  echo "the kernel of $suite could not be unpacked" >&2
  exit 1
}
rm "$out/vmlinuz"
