/* SPDX-License-Identifier: BSD-3-Clause */
/* Drives of a p4d.24xlarge (tests/nvme-tree, made up from documentation), then one use of a
 * drive at a time: nothing that is in use may be touched. */
#include "tests/unit/support.h"

#include <unistd.h>

#include "bench/nvme/drive.h"

static char *root;

static void shell(const char *fmt, ...) NH_PRINTF(1, 2);

static void shell(const char *fmt, ...)
{
    char command[1500];
    va_list args;
    va_start(args, fmt);
    vsnprintf(command, sizeof command, fmt, args);
    va_end(args);
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static int make_tree(void **state)
{
    (void)state;
    root = fresh_directory();
    shell("tests/nvme-tree %s", root);
    return 0;
}

static int remove_tree(void **state)
{
    (void)state;
    shell("rm -r %s", root);
    free(root);
    return 0;
}

static const struct nh_drive *find(const char *name)
{
    static struct nh_drives drives;
    const struct nh_site site = {.root = root};
    nh_drives_find(&site, &drives);
    for (size_t i = 0; i < drives.count; i++)
        if (strcmp(drives.items[i].name, name) == 0)
            return &drives.items[i];
    fail_msg("no drive %s", name);
    return NULL;
}

/* nvme1n1 has exactly these uses, is not touched, and the reason says so. */
static void assert_used(unsigned uses, const char *says)
{
    char why[320];
    bool by_itself;
    const struct nh_drive *d = find("nvme1n1");
    assert_int_equal(d->uses, uses);
    assert_false(nh_drive_may_touch(d, &by_itself, why, sizeof why));
    if (!strstr(why, says))
        fail_msg("\"%s\" does not say \"%s\"", why, says);
    assert_int_equal(find("nvme2n1")->uses, 0); /* and its neighbour is still free */
}

static void add_mount(const char *line)
{
    shell("printf '%%s\\n' '%s' >>%s/proc/self/mountinfo", line, root);
}

/* ---- as it should be ---- */

static void test_facts(void **state)
{
    (void)state;
    char why[320];
    bool by_itself;
    const struct nh_drive *d = find("nvme8n1");
    assert_string_equal(d->model, "Amazon EC2 NVMe Instance Storage");
    assert_string_equal(d->serial, "AWS10000000000000008");
    assert_true(d->bytes == 1000000000000u);
    assert_int_equal(d->kind, NH_DRIVE_INSTANCE);
    assert_int_equal(d->numa, 1);
    assert_int_equal(find("nvme1n1")->numa, 0);
    assert_true(nh_drive_may_touch(d, &by_itself, why, sizeof why));
    assert_true(by_itself);
}

static void test_root_volume(void **state)
{
    (void)state;
    char why[320];
    bool by_itself;
    const struct nh_drive *d = find("nvme0n1");
    assert_int_equal(d->kind, NH_DRIVE_EBS);
    assert_int_equal(d->uses, NH_USE_MOUNTED | NH_USE_PARTITIONED | NH_USE_SIGNATURE);
    assert_false(nh_drive_may_touch(d, &by_itself, why, sizeof why));
    assert_non_null(strstr(why, "EBS"));
    assert_non_null(strstr(why, "mounted at /"));
    assert_non_null(strstr(why, "gpt partition table"));
}

static void test_an_empty_ebs_volume(void **state)
{
    (void)state;
    char why[320];
    bool by_itself;
    shell("echo 'Amazon Elastic Block Store' >%s/sys/block/nvme1n1/device/model", root);
    assert_false(nh_drive_may_touch(find("nvme1n1"), &by_itself, why, sizeof why));
    assert_string_equal(why, "an EBS volume");
}

static void test_other_drive_by_name_only(void **state)
{
    (void)state;
    char why[320];
    bool by_itself;
    shell("echo 'QEMU NVMe Ctrl' >%s/sys/block/nvme1n1/device/model", root);
    assert_true(nh_drive_may_touch(find("nvme1n1"), &by_itself, why, sizeof why));
    assert_false(by_itself);
    shell("echo >%s/sys/block/nvme1n1/device/serial", root);
    assert_false(nh_drive_may_touch(find("nvme1n1"), &by_itself, why, sizeof why));
}

static void test_paths_are_no_drives(void **state)
{
    (void)state;
    struct nh_drives drives;
    const struct nh_site site = {.root = root};
    shell("cd %s/sys/block && mkdir nvme1c1n1 md0 nvme sda", root);
    nh_drives_find(&site, &drives);
    assert_int_equal(drives.count, 9);
}

static void test_json(void **state)
{
    (void)state;
    struct nh_drives drives;
    const struct nh_site site = {.root = root};
    nh_drives_find(&site, &drives);
    json_t *o = nh_drives_json(&drives), *list = json_object_get(o, "drives");
    assert_int_equal(json_array_size(list), 9);
    assert_true(json_is_false(json_object_get(json_array_get(list, 0), "may_touch")));
    assert_true(json_is_true(json_object_get(json_array_get(list, 1), "by_itself")));
    json_decref(o);
}

/* ---- one use at a time ---- */

static void test_mounted(void **state)
{
    (void)state;
    add_mount("40 22 259:2 / /scratch rw - ext4 /dev/disk/by-id/x rw");
    assert_used(NH_USE_MOUNTED, "mounted at /scratch");
}

static void test_mounted_without_its_number(void **state)
{
    (void)state;
    add_mount("40 22 0:44 / /scratch rw - btrfs /dev/nvme1n1 rw");
    assert_used(NH_USE_MOUNTED, "mounted at /scratch");
}

static void test_a_mounted_array(void **state)
{
    (void)state;
    shell("cd %s/sys && mkdir -p block/md127/holders block/nvme1n1/holders/md127 && "
          "echo 9:127 >block/md127/dev && ln -s ../../block/md127 class/block/md127",
          root);
    add_mount("40 22 9:127 / /scratch rw - xfs /dev/md/data rw");
    assert_used(NH_USE_ARRAY | NH_USE_MOUNTED, "in array md127; mounted at /scratch");
}

static void test_a_logical_volume(void **state)
{
    (void)state;
    shell("cd %s/sys && mkdir -p block/dm-0/dm block/nvme1n1/holders/dm-0 && "
          "echo LVM-abc >block/dm-0/dm/uuid",
          root);
    assert_used(NH_USE_LVM, "logical volume dm-0");
}

static void test_encrypted(void **state)
{
    (void)state;
    shell("cd %s/sys && mkdir -p block/dm-0/dm block/nvme1n1/holders/dm-0 && "
          "echo CRYPT-LUKS2-abc >block/dm-0/dm/uuid",
          root);
    assert_used(NH_USE_HOLDER, "held by dm-0");
}

static void test_a_loop_of_holders_ends(void **state)
{
    (void)state;
    shell("cd %s/sys && mkdir -p block/dm-0/holders/dm-0 block/nvme1n1/holders/dm-0 && "
          "ln -s ../../block/dm-0 class/block/dm-0",
          root);
    assert_used(NH_USE_HOLDER, "held by dm-0");
}

static void test_swap(void **state)
{
    (void)state;
    shell("echo '/dev/nvme1n1 partition 8388604 0 -2' >>%s/proc/swaps", root);
    assert_used(NH_USE_SWAP, "swap");
}

static void test_swap_on_a_partition(void **state)
{
    (void)state;
    shell("cd %s/sys/block/nvme1n1 && mkdir -p nvme1n1p2 && echo 2 >nvme1n1p2/partition && "
          "ln -s ../../block/nvme1n1/nvme1n1p2 ../../class/block/nvme1n1p2",
          root);
    shell("echo '/dev/nvme1n1p2 partition 8388604 0 -2' >>%s/proc/swaps", root);
    assert_used(NH_USE_PARTITIONED | NH_USE_SWAP, "partitioned (1); swap");
}

static void test_a_signature(void **state)
{
    (void)state;
    shell("printf 'DEVNAME=x\\nTYPE=xfs\\n' >'%s/.commands/blkid -p -o export /dev/nvme1n1'", root);
    assert_used(NH_USE_SIGNATURE, "holds xfs");
}

static void test_read_only(void **state)
{
    (void)state;
    shell("echo 1 >%s/sys/block/nvme1n1/ro", root);
    assert_used(NH_USE_READ_ONLY, "read-only");
}

static void test_mounts_unknown(void **state)
{
    (void)state;
    char why[320];
    bool by_itself;
    shell("rm %s/proc/self/mountinfo", root);
    assert_false(nh_drive_may_touch(find("nvme1n1"), &by_itself, why, sizeof why));
    assert_non_null(strstr(why, "mounts cannot be read"));
}

#define in_a_tree(f) cmocka_unit_test_setup_teardown(f, make_tree, remove_tree)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_tree(test_facts),
        in_a_tree(test_root_volume),
        in_a_tree(test_an_empty_ebs_volume),
        in_a_tree(test_other_drive_by_name_only),
        in_a_tree(test_paths_are_no_drives),
        in_a_tree(test_json),
        in_a_tree(test_mounted),
        in_a_tree(test_mounted_without_its_number),
        in_a_tree(test_a_mounted_array),
        in_a_tree(test_a_logical_volume),
        in_a_tree(test_encrypted),
        in_a_tree(test_a_loop_of_holders_ends),
        in_a_tree(test_swap),
        in_a_tree(test_swap_on_a_partition),
        in_a_tree(test_a_signature),
        in_a_tree(test_read_only),
        in_a_tree(test_mounts_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
