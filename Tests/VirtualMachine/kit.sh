#!/bin/bash
# Makes what the virtual machines need, once: each part again only when what it is made from has
# changed. Everything lies in .vm, beside Tests.
#   usage: kit.sh            makes what is missing
#          kit.sh --check    says in one line why tests cannot run; says nothing where they can
#   env: KAWAMORI_VM=required makes a kit that cannot be had an error; else the tests are skipped and say why.
#        SWIFT, the compiler to build with; KAWAMORI_VM_BUILD=release, see binaries.sh
# A part is made beside its place and moved there when it is whole, so that a half part is never
# taken for one.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=Tests/VirtualMachine
export VM=$PWD/.vm LC_ALL=C
programs="qemu-system-x86_64:qemu-system-x86 busybox:busybox-static cpio:cpio \
  mmdebstrap:mmdebstrap mkfs.ext4:e2fsprogs xz:xz-utils zstd:zstd strip:binutils"
suites=(none bookworm trixie)
PATH=$PATH:/usr/sbin:/sbin

# One word for all that these files hold and are called.
#   usage: digest FILE|FOLDER...
digest() { find "$@" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-64; }

key_of() {
  case $1 in
    kernel?) digest "$here/archive.sh" "$here/kernel.sh" "$here/build-modules.sh" ;;
    root?) digest "$here/archive.sh" "$here/root.sh" ;;
    initramfs?) digest "$here/initramfs.sh" "$here/guest/init" /bin/busybox ".vm/kernel${1: -1}/ok" ;;
    bin)
      digest "$here/binaries.sh" Package.swift Sources Tests/GuestSuite .vm/root2/ok
      echo "${KAWAMORI_VM_BUILD:-debug}"
      ;;
  esac
}

is_current() { [ -e "$VM/$1/ok" ] && [ "$(cat "$VM/$1/ok" 2>/dev/null)" = "$(key_of "$1" 2>/dev/null)" ]; }

if [ "${1:-}" = --check ]; then
  [ ! -e "$VM/missing" ] || { cat "$VM/missing"; exit; }
  for part in {kernel,root,initramfs}{1,2} bin; do
    is_current $part || { echo "$part is not made, or older than its sources: make vm-kit"; exit; }
  done
  exit
fi

mkdir -p "$VM"
exec 9> "$VM/lock"
flock 9
rm -rf "$VM"/work.* "$VM"/*.new "$VM/missing"

cannot() {
  echo "$1" > "$VM/missing"
  echo "no virtual machines: $1" >&2
  [ "${KAWAMORI_VM:-}" != required ] || exit 69
  exit 0
}

#   usage: part NAME COMMAND...      the command gets the folder to fill as its last argument
part() {
  local name=$1 key started=$SECONDS
  shift
  is_current "$name" && return
  echo "making .vm/$name"
  key=$(key_of "$name")
  mkdir "$VM/$name.new"
  "$@" "$VM/$name.new" || { rm -rf "$VM/$name.new"; return 1; }
  echo "$key" > "$VM/$name.new/ok"
  rm -rf "${VM:?}/$name"
  mv "$VM/$name.new" "$VM/$name"
  echo "made .vm/$name in $((SECONDS - started)) s"
}

# What others may withhold: a part that cannot be fetched is missing, and the reason is kept.
fetched() {
  local log=$VM/$1.log
  part "$@" 2> "$log" && return
  cat "$log" >&2
  # apt and mmdebstrap begin with what went wrong first, and end with what they think of it.
  cannot "$1 could not be made: $( (grep '^E: ' "$log" || tail -1 "$log") | head -1) (.vm/$1.log)"
}

[ "$(uname -m)" = x86_64 ] || cannot "this machine is $(uname -m), and the kit knows x86_64 only"
grep -qx VERSION_CODENAME=bookworm /etc/os-release || cannot "this machine is not Debian 12"
absent=
for program in $programs; do
  command -v "${program%:*}" > /dev/null || absent+=" ${program#*:}"
done
[ -z "$absent" ] || cannot "these packages are missing:$absent"

for generation in 1 2; do
  fetched "kernel$generation" "$here/kernel.sh" "${suites[generation]}"
  fetched "root$generation" "$here/root.sh" "${suites[generation]}"
  part "initramfs$generation" "$here/initramfs.sh" "$VM/kernel$generation"
done
part bin "$here/binaries.sh"
