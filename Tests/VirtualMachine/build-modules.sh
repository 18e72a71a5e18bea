#!/bin/sh
# Runs in the throw-away tree of Debian that kernel.sh makes: builds gpio-sim and irq_sim for the
# unpacked kernel of /kernel, and gathers what the kit needs in /kernel/kit: the packed kernel, the
# modules, and the order in which they are loaded.
set -eu
cd /kernel
release=$(ls lib/modules)
mkdir -p kit/modules drivers
mv "boot/vmlinuz-$release" kit/vmlinuz
echo "$release" > kit/release

cd drivers
source=$(basename /usr/src/linux-source-*.tar.xz .tar.xz)
# tar stops reading at the last file asked for.
xz -dc -T0 "/usr/src/$source.tar.xz" 2>/dev/null | tar -xf - --strip-components=1 --occurrence=1 \
  "$source/drivers/gpio/gpio-sim.c" "$source/drivers/gpio/gpiolib.h" "$source/kernel/irq/irq_sim.c"
mv drivers/gpio/* .
mv kernel/irq/irq_sim.c irq_sim_source.h
# A line that is held when its chip goes gives its interrupt back afterwards. Linux 6.1 has freed the
# simulated controller and its interrupts by then, and writes to their memory; so here they stay.
case $release in
  6.1.*)
    sed -i '/^void irq_domain_remove_sim/,/^}/ { /free(/d; /irq_domain_remove(/d }' irq_sim_source.h
    sed -i 's/irq_dispose_mapping(/(void)(/' gpio-sim.c
    ;;
esac
cat > irq_sim.c <<'C'
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/module.h>
/* irq_to_desc() is not exported to modules; this gives the same descriptor. */
#define irq_to_desc(number) irq_data_to_desc(irq_get_irq_data(number))
#include "irq_sim_source.h"
MODULE_LICENSE("GPL");
C
echo 'obj-m := irq_sim.o gpio-sim.o' > Kbuild
make -s -C "/usr/src/linux-headers-$release" M="$PWD" CONFIG_DEBUG_INFO_BTF_MODULES= modules
strip -g irq_sim.ko gpio-sim.ko
mkdir "/kernel/lib/modules/$release/extra"
mv irq_sim.ko gpio-sim.ko "/kernel/lib/modules/$release/extra/"
cd /kernel
depmod -b . "$release"

# A module that this kernel has built in shows as such and needs no file.
for module in virtio_pci virtio_blk ext4 9p 9pnet_virtio autofs4 gpio-sim; do
  modprobe -d . -S "$release" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r path; do
  name=$(basename "${path%.xz}")
  case $path in
    *.xz) xz -dc "$path" > "kit/modules/$name" ;;
    *) cp "$path" "kit/modules/$name" ;;
  esac
  echo "$name" >> kit/modules/order
done
