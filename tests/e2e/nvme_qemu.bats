#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# nodehour nvme on nine emulated NVMe drives in a virtual machine (software emulation, Debian's
# cloud kernel): one is slow, one mounted, one partitioned, one has a sector that cannot be read. tests/qemu/init is what runs inside.
#
# bats file_tags=together

setup_file() {
    for program in qemu-system-x86_64 mdadm mkfs.xfs fio insmod cpio; do
        PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || skip "no $program"
    done
    work=$BATS_FILE_TMPDIR
    kernel=$("$NH_ROOT/tests/qemu/image" "$NH_BIN" "$work") || skip "no image of a virtual machine"
    local args=() i slow
    for i in 0 1 2 3 4 5 6 7; do
        truncate -s 300M "$work/drive$i"
        slow=
        [ $i != 2 ] || slow=,throttling.bps-total=20000000
        args+=(-drive "file=$work/drive$i,format=raw,if=none,id=drive$i$slow"
            -device "nvme,drive=drive$i,serial=NH$i")
    done
    # NH8: one sector at 10 MiB cannot be read
    truncate -s 300M "$work/drive8"
    local bad=file.inject-error.0
    args+=(-drive "file.driver=blkdebug,file.image.driver=file,file.image.filename=$work/drive8,$bad.event=read_aio,$bad.sector=20480,$bad.errno=5,format=raw,if=none,id=drive8"
        -device "nvme,drive=drive8,serial=NH8")
    # never /dev/kvm: it hangs on some machines that have it
    timeout 280 qemu-system-x86_64 -accel tcg -m 1024 -smp 2 -nographic -no-reboot \
        -kernel "$kernel" -initrd "$work/initrd" -append "console=ttyS0 quiet panic=-1" \
        "${args[@]}" </dev/null >"$work/console" 2>&1 || true
    tr -d '\r' <"$work/console" >"$work/log"
    export work
}

# said NAME: what a part of tests/qemu/init printed; status NAME: how it ended
said() {
    sed -n "/^== $1\$/,/^-- /p" "$work/log"
}
status() {
    said "$1" | sed -n 's/^-- //p'
}

@test "in a virtual machine: all parts ran" {
    grep -q '^== end' "$work/log" || { tail -n 40 "$work/log"; false; }
}

@test "list: what is free may be touched when named, the mounted and the partitioned one are not touched" {
    [ "$(said list | grep -c ' named  free$')" -eq 7 ]
    said list | grep -q 'NH6 .* no  mounted at /mnt/used; holds ext4'
    said list | grep -q 'NH7 .* no  partitioned (1); holds dos partition table'
}

@test "create: refused for what is in use or not named, and only planned without --erase" {
    [ "$(status nothing) $(status mounted) $(status partitioned) $(status unnamed)" = "2 2 2 2" ]
    said mounted | grep -q 'nvme6n1 (NH6) is not touched: mounted at /mnt/used'
    said partitioned | grep -q 'nvme7n1 (NH7) is not touched: partitioned (1)'
    said unnamed | grep -q -- '--erase does not name NH1'
    [ "$(status plan)" -eq 0 ]
    said plan | grep -q '^run    mkfs.xfs -q -f -d su=512k,sw=6 /dev/md/nodehour'
    said plan | grep -q -- '--erase NH0,NH1,NH2,NH3,NH4,NH5'
    [ "$(said untouched | grep -c '^md')" -eq 0 ]
}

@test "create: a step that fails is undone, and drives are as free as before" {
    [ "$(status rollback)" -eq 1 ]
    said rollback | grep -q 'what was done is undone: mount: '
    [ "$(said rolled_back | grep -c '^md')" -eq 0 ]
    [ "$(said rolled_back_list | sed '1d;$d' | jq '[.drives[] | select(.may_touch)] | length')" -eq 7 ]
}

@test "create: an array of six with a file system; asked for again nothing is done" {
    [ "$(status create)" -eq 0 ]
    said mdstat | grep -q '^md12[0-9] : active raid0 .*nvme0n1'
    said mdstat | grep -q '512k chunks'
    [ "$(status again)" -eq 0 ]
    said again | grep -q 'is there already; nothing to do'
    [ "$(status member)" -eq 2 ]
    said member | grep -q 'array of ours already, of other drives'
}

@test "bench: the file system on the array" {
    [ "$(status bench)" -eq 0 ]
    said bench | grep -q 'direct I/O; xfs on md12'
    said bench | grep -q '^sequential read .* 1 of 1\|^sequential read .* 0 of 1'
}

@test "explain: the slow drive is named, and what the array is bound by" {
    [ "$(status explain)" -eq 0 ]
    said explain | grep -q '^# SLOW DRIVE: NH2 gives 0.0[12]'
    said explain | grep -q '^# array: .* of the sum'
    said explain | grep -q '^# bound: the slow drive: every stripe waits for it'
    [ "$(said raw | grep -c 'drive NH[0-5]",1,true\|6 drives at once",6,true\|array md[0-9]*",6,true')" -eq 8 ]
}

@test "bench: a drive with a sector that cannot be read is named, with what was measured kept" {
    [ "$(status broken)" -eq 74 ] || [ "$(status broken)" -eq 1 ]
    said broken | grep -q 'Input/output error'
    said broken | grep -q 'of 3 tests were measured'
}

@test "destroy: planned, refused for some, done for all, and nothing is left" {
    [ "$(status destroy_plan) $(status destroy_some) $(status destroy)" = "0 2 0" ]
    said destroy_plan | grep -q 'dry run'
    said destroy_some | grep -q -- '--erase does not name NH2'
    [ "$(said gone | grep -c '^md')" -eq 0 ]
    said destroy_again | grep -q 'no array of ours; nothing to do'
    [ "$(said free | grep -c ' named  free$')" -eq 7 ]
    said free | grep -q 'NH6 .*mounted at /mnt/used; holds ext4'
}
