#!/bin/bash
# Boots a virtual machine, runs one program in it, and exits with the program's status.
#   usage: boot.sh 1|2 PROGRAM [-t SECONDS] [-o FOLDER] [-s] [-- QEMU ARGUMENTS]
#     1|2  Debian 12 with libgpiod 1.6, or Debian 13 with libgpiod 2; each with its own kernel
#     PROGRAM  a script of guest/, or one of the kit's programs
#     -t   time limit; 120 by default
#     -o   a folder that the guest sees as /kit/out, and writes to
#     -s   under a whole systemd instead of the program alone
#   env: VM, the kit's folder; .vm beside Tests by default
# Exit status: 0 to 46 the program's, 124 time limit, 125 the machine ended without a status.
# Plain emulation of one processor, also where /dev/kvm exists: containers often have a /dev/kvm that
# cannot run this, two processors merge simulated interrupts, and every machine behaves the same.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
VM=${VM:-$here/../../.vm}
generation=$1 program=$2 limit=120 out= append=
shift 2
while [ $# -gt 0 ]; do
  case $1 in
    -t) limit=$2; shift 2 ;;
    -o) out=$2; shift 2 ;;
    -s) append=kit.init=systemd; shift ;;
    --) shift; break ;;
    *) echo "boot.sh: no such option: $1" >&2; exit 64 ;;
  esac
done
[ -n "$out" ] || { out=$(mktemp -d) && trap 'rm -rf "$out"' EXIT; }
share() { echo "local,path=$1,mount_tag=$2,security_model=none,multidevs=remap$3"; }
status=0
# The machine ends with this script, however that ends.
setpriv --pdeathsig TERM timeout --kill-after=5 "$limit" qemu-system-x86_64 \
  -machine pc -accel tcg -cpu max -smp 1 -m 512 \
  -nodefaults -no-user-config -no-reboot -display none -serial stdio \
  -kernel "$VM/kernel$generation/vmlinux" -initrd "$VM/initramfs$generation/initramfs.cpio" \
  -append "console=ttyS0 quiet panic=-1 oops=panic acpi=noirq no_timer_check \
    kit.program=$program $append" \
  -drive "file=$VM/root$generation/disk.ext4,format=raw,if=virtio,snapshot=on" \
  -virtfs "$(share "$VM/bin/$generation" bin ,readonly=on)" \
  -virtfs "$(share "$here/guest" guest ,readonly=on)" -virtfs "$(share "$out" out "")" \
  -device isa-debug-exit,iobase=0x501,iosize=1 "$@" < /dev/null || status=$?
[ $status != 124 ] && [ $status != 137 ] || exit 124
[ $status -ge 33 ] && [ $status -lt 128 ] && [ $((status % 2)) = 1 ] || exit 125
exit $(((status >> 1) - 16))
