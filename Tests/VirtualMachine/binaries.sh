#!/bin/bash
# Builds what runs in the virtual machines, as a pole gets it: released, with Swift's own libraries
# inside; once for Debian 12 with libgpiod 1.6, once for Debian 13 with libgpiod 2.
#   usage: binaries.sh FOLDER      env: VM, the kit's folder; SWIFT
# Makes FOLDER/1/PROGRAM and FOLDER/2/PROGRAM.
# Needs: swift, strip and readelf, libgpiod-dev 1.6, the sdk of libgpiod 2 that root.sh leaves.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/1" "$1/2"
out=$(cd "$1" && pwd)
cd "$here/../.."
work=$(mktemp -d "$VM/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
scratch=$PWD/.build-vm

# A program's copy without symbols, once it is seen to want the right library.
#   usage: deliver PROGRAM GENERATION LIBRARY
deliver() {
  local wanted
  wanted=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(libgpiod[^]]*\)\]/\1/p')
  [ "$wanted" = "$3" ] || {
    echo "$1 wants ${wanted:-no libgpiod} and not $3" >&2
    exit 1
  }
  strip -o "$out/$2/$(basename "$1")" "$1"
}

# One C file alone knows libgpiod's header. So the second generation takes the objects of the first
# but one, and repeats the two commands of SwiftPM that make that object and link the program. Built
# by SwiftPM itself, everything above the C file would be compiled again.
#   usage: planned KEY       makes the array `command` from the plan that SwiftPM leaves
planned() {
  local line
  line=$(awk -v key="$1" '/^  "/ { found = index($0, key) } found && /^    args: \[/ { print; exit }' \
    "$scratch/release.yaml")
  mapfile -t command < <(sed 's/^ *args: \["//; s/"\]$//; s/","/\n/g' <<< "$line")
  [ ${#command[@]} -gt 1 ] || {
    echo "SwiftPM's plan says nothing of $1" >&2
    exit 1
  }
}

object=CGPIOD.build/kawamori_gpiod.c.o
sdk=$VM/root2/sdk
for program in gpio-suite kawamori; do
  ${SWIFT:-swift} build --configuration release --static-swift-stdlib --scratch-path "$scratch" \
    --product "$program"
  deliver "$scratch/release/$program" 1 libgpiod.so.2
done

planned "$object\":"
"${command[@]}" -I "$sdk/include" -o "$work/second.o"
for program in gpio-suite kawamori; do
  sed "s|^.*/$object\$|$work/second.o|" "$scratch/release/$program.product/Objects.LinkFileList" \
    > "$work/objects"
  grep -qx "$work/second.o" "$work/objects"
  planned "\"C.$program-"
  for index in "${!command[@]}"; do
    case ${command[index]} in @*.LinkFileList) command[index]=@$work/objects ;; esac
  done
  # The library asks for a newer libc than this machine's, which the virtual machine has.
  "${command[@]}" -L "$sdk/lib" -Xlinker --allow-shlib-undefined -o "$work/$program"
  deliver "$work/$program" 2 libgpiod.so.3
done
