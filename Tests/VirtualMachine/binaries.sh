#!/bin/bash
# Makes the programs that run in the virtual machines, as a pole gets them: with Swift's own libraries
# inside; once for Debian 12 with libgpiod 1.6, once for Debian 13 with libgpiod 2.
#   usage: binaries.sh FOLDER
#   env: VM, the kit's folder; SWIFT; KAWAMORI_VM_BUILD=release for optimised programs, which take ten
#        minutes more: those of the tests' own build need linking only
# Makes FOLDER/1/PROGRAM and FOLDER/2/PROGRAM.
# Needs: swift, strip and readelf, libgpiod-dev 1.6, the sdk of libgpiod 2 that root.sh leaves.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/1" "$1/2"
out=$(cd "$1" && pwd)
cd "$here/../.."
work=$(mktemp -d "$VM/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
configuration=${KAWAMORI_VM_BUILD:-debug}
build=.build

# SwiftPM links Foundation's parts by what the compiler noted in the objects, and that names the shared
# libraries only; the archives that stand behind them have to be named here.
archives=(-static-stdlib -lCoreFoundation -l_FoundationICU -l_FoundationCShims -l_FoundationCollections)

#   usage: planned KEY       makes the array `command` from the plan that SwiftPM leaves
planned() {
  local line
  line=$(awk -v key="$1" '/^  "/ { found = index($0, key) } found && /^    args: \[/ { print; exit }' \
    "$build/$configuration.yaml")
  mapfile -t command < <(sed 's/^ *args: \["//; s/"\]$//; s/","/\n/g' <<< "$line")
  [ ${#command[@]} -gt 1 ] || {
    echo "SwiftPM's plan says nothing of $1" >&2
    exit 1
  }
}

# Links a program as SwiftPM would, but with Swift inside, without symbols, and sees that it wants the
# right library.
#   usage: link PROGRAM GENERATION LIBRARY OBJECTS [MORE ARGUMENTS...]
link() {
  local program=$1 generation=$2 library=$3 objects=$4 wanted index
  shift 4
  planned "\"C.$program-"
  for index in "${!command[@]}"; do
    case ${command[index]} in @*.LinkFileList) command[index]=@$objects ;; esac
  done
  "${command[@]}" "$@" "${archives[@]}" -o "$work/$program"
  wanted=$(readelf -d "$work/$program" | sed -n 's/.*(NEEDED).*\[\(libgpiod[^]]*\)\]/\1/p')
  [ "$wanted" = "$library" ] || {
    echo "$program wants ${wanted:-no libgpiod} and not $library" >&2
    exit 1
  }
  strip -o "$out/$generation/$program" "$work/$program"
}

# One C file alone knows libgpiod's header. So the second generation takes the objects of the first
# but one.
object=CGPIOD.build/kawamori_gpiod.c.o
sdk=$VM/root2/sdk
for program in gpio-suite kawamori; do
  ${SWIFT:-swift} build --configuration "$configuration" --product "$program"
done
planned "$object\":"
"${command[@]}" -I "$sdk/include" -o "$work/second.o"
for program in gpio-suite kawamori; do
  first=$build/$configuration/$program.product/Objects.LinkFileList
  link "$program" 1 libgpiod.so.2 "$first"
  sed "s|^.*/$object\$|$work/second.o|" "$first" > "$work/second"
  grep -qx "$work/second.o" "$work/second"
  # The library asks for a newer libc than this machine's, which the virtual machine has.
  link "$program" 2 libgpiod.so.3 "$work/second" -L "$sdk/lib" -Xlinker --allow-shlib-undefined
done
