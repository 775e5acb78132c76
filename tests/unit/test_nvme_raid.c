/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans of RAID 0 on a tree of a p4d.24xlarge (tests/nvme-tree). Nothing is executed here: the
 * virtual machine of tests/e2e/nvme_qemu.bats does that. */
#include "tests/unit/support.h"

#include "bench/nvme/raid.h"

#define FIRST "AWS10000000000000001"
#define SECOND "AWS10000000000000002"
#define THIRD "AWS10000000000000003"

static char *root;
static struct nh_site site;
static struct nh_raid_plan plan;

static void shell(const char *fmt, const char *a, const char *b)
{
    char command[1500];
    snprintf(command, sizeof command, fmt, a, b);
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static int make_tree(void **state)
{
    (void)state;
    root = fresh_directory();
    shell("tests/nvme-tree %s%s", root, "");
    site = (struct nh_site){.root = root};
    return 0;
}

static int remove_tree(void **state)
{
    (void)state;
    nh_raid_plan_clear(&plan);
    shell("rm -r %s%s", root, "");
    free(root);
    return 0;
}

static int create(const char *drives, const char *erase, struct nh_error *err)
{
    const struct nh_raid_request q = {.drives = drives, .erase = erase, .chunk = 256 << 10};
    nh_raid_plan_clear(&plan);
    return nh_raid_plan_create(&q, &site, &plan, err);
}

static void assert_refused(const char *drives, const char *erase, const char *says)
{
    struct nh_error err = {0};
    assert_int_equal(create(drives, erase, &err), NH_EINPUT);
    assert_says(&err, says);
    assert_int_equal(plan.step_count, 0);
    assert_false(plan.erase);
}

static void assert_step(size_t i, const char *expected)
{
    char *line = nh_args_quoted(plan.steps[i].items);
    assert_string_equal(line, expected);
    free(line);
}

static void test_dry_run_of_all(void **state)
{
    (void)state;
    struct nh_error err = {0};
    assert_ok(create(NULL, NULL, &err), err);
    assert_int_equal(plan.members.count, 8);
    assert_int_equal(plan.step_count, 1);
    assert_false(plan.erase);
    assert_int_equal(nh_raid_execute(&plan, &err), NH_EINPUT);
    assert_says(&err, "nothing was done");
}

static void test_commands(void **state)
{
    (void)state;
    struct nh_error err = {0};
    const struct nh_raid_request q = {.drives = SECOND "," FIRST,
                                      .erase = FIRST "," SECOND,
                                      .chunk = 256 << 10,
                                      .fs = "ext4",
                                      .mount = "/tmp"};
    assert_ok(nh_raid_plan_create(&q, &site, &plan, &err), err);
    assert_true(plan.erase);
    assert_int_equal(plan.step_count, 3);
    assert_step(0, "mdadm --create /dev/md/nodehour --run --level=0 --metadata=1.2 --name=nodehour "
                   "--chunk=256K --raid-devices=2 /dev/nvme2n1 /dev/nvme1n1");
    /* ext4: stride = chunk / block, stripe_width = stride x drives (mkfs.ext4(8)) */
    assert_step(1, "mkfs.ext4 -q -F -b 4096 -E stride=64,stripe_width=128 /dev/md/nodehour");
    assert_step(2, "mount -o noatime -t ext4 /dev/md/nodehour /tmp");
    assert_int_equal(plan.undo_count, 4); /* umount, stop, two superblocks */
}

static void test_refusals(void **state)
{
    (void)state;
    assert_refused(FIRST "," FIRST, NULL, "named twice");
    assert_refused(NULL, FIRST "," SECOND "," SECOND, "named twice");
    assert_refused("/dev/nvme1n1," SECOND, NULL, "is a path");
    assert_refused("/dev/disk/by-id/x," SECOND, NULL, "is a path");
    assert_refused(FIRST, NULL, "needs two");
    assert_refused(FIRST ",AWS9", NULL, "no drive has the serial number 'AWS9'");
    assert_refused(FIRST ",," SECOND, NULL, "no drive has");
    assert_refused("", NULL, "no drive has");
    assert_refused(FIRST ",vol0a1b2c3d4e5f60718", NULL, "EBS");
    assert_refused(FIRST "," SECOND, FIRST, "does not name " SECOND);
    assert_refused(FIRST "," SECOND, FIRST "," SECOND "," THIRD, "names " THIRD);
}

static void test_a_serial_of_two(void **state)
{
    (void)state;
    shell("echo " FIRST " >%s/sys/block/nvme5n1/device/serial%s", root, "");
    assert_refused(FIRST "," SECOND, NULL, "neither is touched");
}

static void test_in_use(void **state)
{
    (void)state;
    shell("printf 'DEVNAME=x\\nTYPE=linux_raid_member\\n' "
          ">'%s/.commands/blkid -p -o export /dev/nvme2n1'%s",
          root, "");
    assert_refused(FIRST "," SECOND, FIRST "," SECOND, "holds linux_raid_member");
    struct nh_error err = {0};
    assert_ok(create(NULL, NULL, &err), err);
    assert_int_equal(plan.members.count, 7); /* the others are free */
}

static void test_bad_requests(void **state)
{
    (void)state;
    const struct nh_raid_request bad[] = {{.chunk = 3 << 10},
                                          {.chunk = 2048},
                                          {.chunk = 512 << 10, .mount = "/tmp"},
                                          {.chunk = 512 << 10, .fs = "xfs", .mount = "tmp"},
                                          {.chunk = 512 << 10, .fs = "xfs", .mount = "/nowhere"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nh_error err = {0};
        assert_int_equal(nh_raid_plan_create(&bad[i], &site, &plan, &err), NH_EINPUT);
        assert_int_equal(plan.step_count, 0);
    }
}

static void test_nothing_to_destroy(void **state)
{
    (void)state;
    const struct nh_raid_request q = {.drives = NULL};
    struct nh_error err = {0};
    assert_ok(nh_raid_plan_destroy(&q, &site, &plan, &err), err);
    assert_int_equal(plan.step_count, 0);
    assert_string_equal(plan.array, "");
}

/* An array of the first two drives; mdadm's words for it as mdadm 4.2 prints them. */
static void add_array(const char *name)
{
    shell("cd %s/sys/block && mkdir -p md127 nvme1n1/holders/md127 nvme2n1/holders/md127%s", root,
          "");
    shell("cd %s/.commands && mkdir -p 'mdadm --detail --export /dev' && "
          "printf 'MD_LEVEL=raid0\\nMD_NAME=%s\\nMD_DEVICES=2\\n' "
          ">'mdadm --detail --export /dev/md127'",
          root, name);
}

static int destroy(const char *erase, struct nh_error *err)
{
    const struct nh_raid_request q = {.erase = erase};
    nh_raid_plan_clear(&plan);
    return nh_raid_plan_destroy(&q, &site, &plan, err);
}

static void test_arrays_of_others_stay(void **state)
{
    (void)state;
    struct nh_error err = {0};
    static const char *const names[] = {"host:data", "host:nodehour2", "nodehour:data", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        add_array(names[i]);
        assert_ok(destroy(FIRST "," SECOND, &err), err);
        assert_int_equal(plan.step_count, 0);
        assert_false(plan.erase);
    }
    assert_refused(FIRST "," SECOND, NULL, "in array md127");
}

static void test_destroy_ours(void **state)
{
    (void)state;
    struct nh_error err = {0};
    add_array("host:nodehour");
    assert_ok(destroy(NULL, &err), err);
    assert_int_equal(plan.step_count, 3);
    assert_false(plan.erase);
    assert_step(0, "mdadm --stop /dev/md127");
    assert_step(1, "mdadm --zero-superblock /dev/nvme1n1");
    assert_step(2, "mdadm --zero-superblock /dev/nvme2n1");
    assert_int_equal(destroy(FIRST, &err), NH_EINPUT);
    assert_says(&err, "does not name " SECOND);
    assert_int_equal(destroy(FIRST "," SECOND "," THIRD, &err), NH_EINPUT);
    assert_ok(destroy(SECOND "," FIRST, &err), err);
    assert_true(plan.erase);
}

static void test_create_again(void **state)
{
    (void)state;
    struct nh_error err = {0};
    add_array("host:nodehour");
    assert_ok(create(SECOND "," FIRST, FIRST "," SECOND, &err), err);
    assert_int_equal(plan.step_count, 0);
    assert_refused(FIRST "," THIRD, NULL, "array of ours already, of other drives");
}

#define in_a_tree(f) cmocka_unit_test_setup_teardown(f, make_tree, remove_tree)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_tree(test_dry_run_of_all),
        in_a_tree(test_commands),
        in_a_tree(test_refusals),
        in_a_tree(test_a_serial_of_two),
        in_a_tree(test_in_use),
        in_a_tree(test_bad_requests),
        in_a_tree(test_nothing_to_destroy),
        in_a_tree(test_arrays_of_others_stay),
        in_a_tree(test_destroy_ours),
        in_a_tree(test_create_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
