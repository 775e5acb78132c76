/* SPDX-License-Identifier: BSD-3-Clause */
/* What `nodehour machine NAME --emit KIND` makes. Expected figures: AWS Batch user guide on EFA and
 * multi-node jobs, and memory as Linux sees it (machines.json says where from). */
#include "tests/unit/support.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/paths.h"
#include "launch/emit/emit.h"
#include "launch/emit/parts.h"
#include "launch/study/node.h"

static char *data;
static struct nh_catalog catalog;

/* The data of an installation, from the sources. */
static void link_data(const char *from, const char *name)
{
    char to[256], here[NH_PATH_MAX], full[2 * NH_PATH_MAX];
    assert_non_null(getcwd(here, sizeof here));
    snprintf(full, sizeof full, "%s/%s", here, from);
    snprintf(to, sizeof to, "%s/%s", data, name);
    assert_int_equal(symlink(full, to), 0);
}

static int set_up(void **state)
{
    (void)state;
    struct nh_error err = {0};
    data = fresh_directory();
    link_data("common/catalog/machines.json", "machines.json");
    link_data("common/catalog/prices.json", "prices.json");
    link_data("launch/studies", "studies");
    link_data("results/reference", "reference");
    setenv("NODEHOUR_DATA", data, 1);
    assert_ok(nh_catalog_load(&catalog, &err), err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"machines.json", "prices.json", "studies", "reference"};
    char path[256];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", data, names[i]);
        unlink(path);
    }
    rmdir(data);
    free(data);
    nh_catalog_clear(&catalog);
    return 0;
}

static const struct nh_machine *machine(const char *name)
{
    struct nh_error err = {0};
    const struct nh_machine *m = nh_catalog_machine(&catalog, name, &err);
    assert_non_null(m);
    return m;
}

static struct nh_emit_files emitted(const char *name, const char *kind)
{
    struct nh_emit_files files = {0};
    struct nh_error err = {0};
    assert_ok(nh_emit(machine(name), kind, &files, &err), err);
    return files;
}

/* ---- the files that are kept ---- */

static size_t files_below(const char *path)
{
    size_t n = 0;
    const struct dirent *entry;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        char below[1024];
        struct stat st;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        assert_int_equal(stat(below, &st), 0);
        n += S_ISDIR(st.st_mode) ? files_below(below) : 1;
    }
    closedir(dir);
    return n;
}

static void assert_kept(const char *name)
{
    char path[256], *text;
    size_t len;
    struct nh_error err = {0};
    struct nh_emit_files files = emitted(name, "all");
    snprintf(path, sizeof path, "batch-defs/%s", name);
    assert_int_equal(files_below(path), files.count);
    for (size_t i = 0; i < files.count; i++) {
        snprintf(path, sizeof path, "batch-defs/%s/%s", name, files.items[i].name);
        assert_ok(nh_file_read(path, &text, &len, &err), err);
        if (strcmp(text, files.items[i].text) != 0)
            fail_msg("%s is not what is emitted; run make batch-defs", path);
        free(text);
    }
    nh_emit_clear(&files);
}

static void kept_files_are_what_is_emitted(void **state)
{
    (void)state;
    assert_kept("c5n.18xlarge");
    assert_kept("p4d.24xlarge");
}

/* ---- every machine ---- */

static void assert_same_again(const struct nh_machine *m)
{
    struct nh_emit_files first = emitted(m->name, "all"), second = emitted(m->name, "all");
    assert_int_equal(first.count, second.count);
    for (size_t i = 0; i < first.count; i++)
        assert_string_equal(first.items[i].text, second.items[i].text);
    nh_emit_clear(&first);
    nh_emit_clear(&second);
}

static void every_efa_machine_is_emitted_the_same_twice(void **state)
{
    (void)state;
    size_t seen = 0;
    for (size_t i = 0; i < catalog.machine_count; i++) {
        if (!catalog.machines[i].efa_interfaces)
            continue;
        assert_int_equal(catalog.machines[i].network_cards, catalog.machines[i].efa_interfaces);
        assert_same_again(&catalog.machines[i]);
        seen++;
    }
    assert_true(seen >= 12);
}

/* ---- the job definition ---- */

static json_t *container_of(json_t *job)
{
    json_t *ranges = json_object_get(json_object_get(job, "nodeProperties"), "nodeRangeProperties");
    assert_int_equal(json_array_size(ranges), 1);
    json_t *range = json_array_get(ranges, 0);
    assert_string_equal(json_string_value(json_object_get(range, "targetNodes")), "0:");
    return json_object_get(range, "container");
}

static const char *resource(json_t *container, const char *type)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(container, "resourceRequirements"), i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "type")), type) == 0)
            return json_string_value(json_object_get(one, "value"));
    }
    return "";
}

static void assert_job(const char *name, const char *memory, const char *vcpus, const char *gpus,
                       int shm, size_t devices)
{
    struct nh_emit_files files = emitted(name, "batch");
    json_t *job = json_loads(files.items[0].text, 0, NULL), *container = container_of(job);
    json_t *linux_parameters = json_object_get(container, "linuxParameters");
    json_t *memlock = json_array_get(json_object_get(container, "ulimits"), 0);
    assert_string_equal(resource(container, "MEMORY"), memory);
    assert_string_equal(resource(container, "VCPU"), vcpus);
    assert_string_equal(resource(container, "GPU"), gpus);
    assert_int_equal(json_integer_value(json_object_get(linux_parameters, "sharedMemorySize")),
                     shm);
    assert_true(json_is_true(json_object_get(linux_parameters, "initProcessEnabled")));
    assert_int_equal(json_array_size(json_object_get(linux_parameters, "devices")), devices);
    assert_string_equal(json_string_value(json_object_get(memlock, "name")), "memlock");
    assert_int_equal(json_integer_value(json_object_get(memlock, "hardLimit")), -1);
    assert_true(json_integer_value(json_object_get(json_object_get(job, "timeout"),
                                                   "attemptDurationSeconds")) >= 60);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(job, "retryStrategy"), "attempts")), 1);
    assert_null(strstr(files.items[0].text, "latest"));
    json_decref(job);
    nh_emit_clear(&files);
}

/* 95 % of 189,300 and of 1,148,726 MiB, in whole hundreds. */
static void job_definitions_have_what_efa_and_mpi_need(void **state)
{
    (void)state;
    assert_job("c5n.18xlarge", "179800", "72", "", 4096, 1);
    assert_job("p4d.24xlarge", "1091200", "96", "8", 16384, 4);
    assert_job("p5.48xlarge", "1945500", "192", "8", 16384, 32);
    assert_job("c6gn.16xlarge", "117900", "64", "", 4096, 1); /* 90 % of 131,072: not probed */
}

/* ---- the template and the cluster ---- */

static void assert_holds(const char *text, const char *const *parts)
{
    for (; *parts; parts++)
        if (!strstr(text, *parts))
            fail_msg("no \"%s\"", *parts);
}

static size_t occurrences(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        n++;
    return n;
}

static void the_template_has_all_around_the_job(void **state)
{
    (void)state;
    static const char *const parts[] = {"AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
                                        "DestinationSecurityGroupId:",
                                        "SourceSecurityGroupId:",
                                        "SecurityGroupIds:",
                                        "Strategy: cluster",
                                        "JobStateTimeLimitActions:",
                                        "AWS::ECR::Repository",
                                        "AWS::Logs::LogGroup",
                                        "AWS::S3::Bucket",
                                        "AWS::SecretsManager::Secret",
                                        "awslogs-group:",
                                        "HttpTokens: required",
                                        "mdadm --create",
                                        "TargetNodes: '0:'",
                                        "Value: '1091200'",
                                        NULL};
    struct nh_emit_files files = emitted("p4d.24xlarge", "cloudformation");
    assert_holds(files.items[0].text, parts);
    assert_int_equal(occurrences(files.items[0].text, "InterfaceType: efa"), 4);
    assert_int_equal(occurrences(files.items[0].text, "DeviceIndex: 0"), 1);
    assert_int_equal(occurrences(files.items[0].text, "DeviceIndex: 1"), 3);
    nh_emit_clear(&files);
}

static void the_cluster_has_cores_in_sockets(void **state)
{
    (void)state;
    static const char *const c5n[] = {"DisableSimultaneousMultithreading: true", "Sockets: 2",
                                      "CoresPerSocket: 18", "Enabled: true", NULL};
    static const char *const p4d[] = {"MountDir: /scratch", "CoresPerSocket: 24", "Gpu:", NULL};
    struct nh_emit_files files = emitted("c5n.18xlarge", "parallelcluster");
    assert_holds(files.items[0].text, c5n);
    nh_emit_clear(&files);
    files = emitted("p4d.24xlarge", "parallelcluster");
    assert_holds(files.items[0].text, p4d);
    nh_emit_clear(&files);
    files = emitted("hpc6a.48xlarge", "parallelcluster"); /* has no hyper-threads to disable */
    assert_null(strstr(files.items[0].text, "Multithreading"));
    nh_emit_clear(&files);
}

/* ---- sbatch ---- */

static void options_of_sbatch_come_before_commands(void **state)
{
    (void)state;
    struct nh_emit_files files = emitted("c5n.18xlarge", "sbatch");
    assert_true(files.count >= 6);
    for (size_t i = 0; i < files.count; i++) {
        const char *text = files.items[i].text, *command = strstr(text, "\nset -euo pipefail");
        assert_non_null(command);
        assert_null(strstr(command, "#SBATCH"));
        assert_non_null(strstr(text, "#SBATCH --time="));
        assert_non_null(strstr(text, "\nexec nodehour run "));
    }
    nh_emit_clear(&files);
}

/* ---- YAML ---- */

static void text_that_looks_like_a_number_stays_text(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_node *root;
    json_t *tree = json_pack("{s:s, s:s, s:s, s:i, s:b, s:s, s:[s,s]}", "a", "72", "b", "no", "c",
                             "0:", "d", 7, "e", 1, "f", "it's: #x", "h", "x, y", "-1");
    char *text = nh_emit_yaml("# head\n", tree);
    assert_non_null(text);
    assert_non_null(strstr(text, "a: '72'\nb: 'no'\nc: '0:'\nd: 7\ne: true\n"));
    assert_ok(nh_node_parse("x", text, strlen(text), &root, &err), err);
    assert_string_equal(nh_node_get(root, "f")->text, "it's: #x");
    assert_string_equal(nh_node_at(nh_node_get(root, "h"), 0)->text, "x, y");
    nh_node_free(root);
    free(text);
    json_decref(tree);
}

/* ---- what is refused ---- */

static void unknown_kinds_and_machines_without_efa_are_refused(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_emit_files files = {0};
    struct nh_machine laptop = {.name = "laptop", .cores = 4};
    assert_int_equal(nh_emit(machine("c5n.18xlarge"), "btch", &files, &err), NH_EINPUT);
    assert_says(&err, "did you mean batch");
    assert_int_equal(nh_emit(machine("c5n.18xlarge"), "terraform", &files, &err), NH_EINPUT);
    assert_says(&err, "lists the kinds");
    assert_int_equal(nh_emit(&laptop, "batch", &files, &err), NH_EINPUT);
    assert_says(&err, "no EFA interface");
    assert_int_equal(files.count, 0);
    nh_emit_clear(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_files_are_what_is_emitted),
        cmocka_unit_test(every_efa_machine_is_emitted_the_same_twice),
        cmocka_unit_test(job_definitions_have_what_efa_and_mpi_need),
        cmocka_unit_test(the_template_has_all_around_the_job),
        cmocka_unit_test(the_cluster_has_cores_in_sockets),
        cmocka_unit_test(options_of_sbatch_come_before_commands),
        cmocka_unit_test(text_that_looks_like_a_number_stays_text),
        cmocka_unit_test(unknown_kinds_and_machines_without_efa_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
