/* SPDX-License-Identifier: BSD-3-Clause */
/* `nodehour lint` on the faults of public samples (tests/data/lint/README.md), on our own files,
 * and on what it cannot read. */
#include "tests/unit/support.h"

#include <dirent.h>

#include "common/journal.h"
#include "launch/lint/lint.h"
#include "launch/lint/rule.h"

static struct nh_catalog catalog;

static int set_up(void **state)
{
    (void)state;
    struct nh_error err = {0};
    assert_ok(nh_catalog_read("common/catalog/machines.json", "common/catalog/prices.json",
                              &catalog, &err),
              err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    nh_catalog_clear(&catalog);
    return 0;
}

static struct nh_faults lint(const char *text, const char *machine)
{
    struct nh_faults faults = {0};
    struct nh_error err = {0};
    const struct nh_machine *m = machine ? nh_catalog_machine(&catalog, machine, &err) : NULL;
    assert_ok(nh_lint_text("file", text, strlen(text), &catalog, m, &faults, &err), err);
    return faults;
}

/* "12:shm 14:image-tag " */
static void assert_faults(const char *name, const struct nh_faults *faults, const char *expected)
{
    char seen[2048] = "";
    for (size_t i = 0, used = 0; i < faults->count && used < sizeof seen; i++)
        used += (size_t)snprintf(seen + used, sizeof seen - used, "%zu:%s ", faults->items[i].line,
                                 faults->items[i].rule);
    if (strcmp(seen, expected) != 0)
        fail_msg("%s:\n  expected %s\n  seen     %s", name, expected, seen);
    for (size_t i = 0; i < faults->count; i++)
        assert_true(*faults->items[i].what && *faults->items[i].why && *faults->items[i].fix);
}

static void assert_text(const char *text, const char *machine, const char *expected)
{
    struct nh_faults faults = lint(text, machine);
    assert_faults(text, &faults, expected);
    nh_faults_clear(&faults);
}

/* ---- public samples ---- */

static const struct {
    const char *file, *faults;
} samples[] = {
    {"cluster-batch.yaml", "2:scheduler "},
    {"cluster.yaml", "5:placement-group 7:one-subnet 9:hyper-threads 9:sockets 12:efa "},
    {"efa-compute.json", "4:placement-group 4:security-group 5:compute-type 7:max-vcpus "
                         "9:one-subnet "},
    {"efa-job.json", "1:timeout 9:closed-range 10:init 10:shm 11:image-tag 13:memory-high "},
    {"efa-run.sh", "2:first-line 4:interface 5:slots 7:host-key 8:for-ever "
                   "10:constant-ranks 10:exit-code 12:exit-code "},
    {"intel-latency.sh", "3:mpi-flags "},
    {"nccl.sbatch", "1:exclusive 1:time-limit 4:sbatch-late 6:binding 6:constant-ranks "},
    {"p4-stack.yaml", "13:own-traffic 20:image-parameter 21:interfaces 23:interfaces 26:mime "
                      "28:drives 34:security-group 35:max-vcpus 38:inverted 42:queue-limit "
                      "46:timeout 47:retries 50:node-count 54:init 54:memlock 59:memory-low "
                      "63:efa-devices "},
    {"p5-job.json", "3:timeout 7:constant-ranks 7:no-host-file 8:unexpanded 11:memory-high "
                    "12:memlock 14:init 14:shm 15:efa-devices "},
    {"p6-job.yaml", "15:for-ever 15:host-key 23:literal-variable 24:constant-ranks "
                    "25:removed-variable 26:reserved-variable 27:secret "},
};

static void faults_of_public_samples_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char path[128], *text;
        size_t len;
        struct nh_error err = {0};
        snprintf(path, sizeof path, "tests/data/lint/%s", samples[i].file);
        assert_ok(nh_file_read(path, &text, &len, &err), err);
        struct nh_faults faults = lint(text, NULL);
        assert_faults(path, &faults, samples[i].faults);
        nh_faults_clear(&faults);
        free(text);
    }
}

/* A rule that no sample breaks would be a rule that is never tried. */
static void every_rule_is_tried(void **state)
{
    (void)state;
    static const struct nh_rules *const tables[] = {
        &nh_rules_job, &nh_rules_container, &nh_rules_compute, &nh_rules_cluster, &nh_rules_script};
    char all[8192] = "";
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        strncat(all, samples[i].faults, sizeof all - strlen(all) - 1);
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (size_t i = 0; i < tables[t]->count; i++) {
            char word[64];
            snprintf(word, sizeof word, ":%s ", tables[t]->items[i].name);
            if (!strstr(all, word) && strcmp(tables[t]->items[i].name, "one-type") != 0)
                fail_msg("no sample for rule %s", tables[t]->items[i].name);
        }
}

/* ---- our own files ---- */

static void look_below(const char *path, size_t *files)
{
    const struct dirent *entry;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        char below[1024], *text;
        size_t len;
        struct nh_error err = {0};
        if (entry->d_name[0] == '.' || strstr(entry->d_name, ".md") ||
            strcmp(entry->d_name, "Dockerfile") == 0)
            continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (!strchr(entry->d_name + 4, '.') || strstr(entry->d_name, "large")) {
            look_below(below, files);
            continue;
        }
        assert_ok(nh_file_read(below, &text, &len, &err), err);
        struct nh_faults faults = lint(text, NULL);
        assert_faults(below, &faults, "");
        nh_faults_clear(&faults);
        free(text);
        ++*files;
    }
    closedir(dir);
}

static void our_own_files_have_none(void **state)
{
    (void)state;
    size_t files = 0;
    look_below("batch-defs", &files);
    assert_true(files >= 13);
}

/* ---- details ---- */

static void defaults_of_parameters_are_looked_at(void **state)
{
    (void)state;
#define STACK(default_value)                                                                       \
    "Parameters:\n  Limit: {Type: Number, Default: " default_value "}\nResources:\n"               \
    "  J:\n    Type: AWS::Batch::JobDefinition\n    Properties:\n      Type: container\n"          \
    "      Timeout: {AttemptDurationSeconds: !Ref Limit}\n"
    assert_text(STACK("3600"), NULL, "");
    assert_text(STACK("10"), NULL, "8:timeout ");
}

static void a_single_node_job_is_asked_for_less(void **state)
{
    (void)state;
    assert_text("{\"containerProperties\": {\"image\": \"x@sha256:1\", \"memory\": 100},\n"
                "\"timeout\": {\"attemptDurationSeconds\": 60}}",
                NULL, "");
}

static void instance_types_are_one(void **state)
{
    (void)state;
#define COMPUTE(types)                                                                             \
    "type: MANAGED\ncomputeResources:\n  type: EC2\n  maxvCpus: 1000\n  subnets: [a]\n"            \
    "  securityGroupIds: [s]\n  placementGroup: p\n  instanceTypes: " types "\n"
    assert_text(COMPUTE("[c5n.18xlarge]"), NULL, "");
    assert_text(COMPUTE("[optimal]"), NULL, "8:one-type ");
    assert_text(COMPUTE("[c5n.18xlarge, c5n.9xlarge]"), NULL, "8:one-type ");
}

static void rdma_is_refused_where_the_machine_has_none(void **state)
{
    (void)state;
    static const char script[] = "#!/bin/bash\nexport FI_EFA_USE_DEVICE_RDMA=1\n";
    assert_text(script, NULL, "");
    assert_text(script, "p4d.24xlarge", "");
    assert_text(script, "c5n.18xlarge", "2:removed-variable ");
}

static void open_ranges_are_open(void **state)
{
    (void)state;
#define RANGES(list)                                                                               \
    "timeout: {attemptDurationSeconds: 60}\nnodeProperties:\n  numNodes: 2\n  mainNode: 0\n"       \
    "  nodeRangeProperties: " list "\n"
    assert_text(RANGES("[{targetNodes: ':'}]"), NULL, "");
    assert_text(RANGES("[{targetNodes: '0:0'}, {targetNodes: '1:'}]"), NULL, "");
    assert_text(RANGES("[{targetNodes: '0:0'}, {targetNodes: '1:1'}]"), NULL, "5:closed-range ");
    assert_text(RANGES("[{targetNodes: '0:'}, {targetNodes: '1:'}, {targetNodes: '2:'},\n"
                       "{targetNodes: '3:'}, {targetNodes: '4:'}, {targetNodes: '5:'}]"),
                NULL, "5:closed-range ");
}

static void scripts_that_are_right_have_none(void **state)
{
    (void)state;
    assert_text("#!/bin/bash\n#SBATCH --exclusive -t 10\nset -o pipefail\n"
                "mpirun -np \"$SLURM_NTASKS\" --map-by ppr:18:socket ./bench | tee log\n"
                "mpirun -np 2 --map-by ppr:1:node osu_latency || exit # -np 99 eth0\n",
                NULL, "");
}

static void what_cannot_be_read_is_said_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {{"{\"a\": [1,\n 2 3}\n", "file:2: neither JSON nor YAML"},
               {"a: b: c\n", "file:1: neither JSON nor YAML"},
               {"", "file:1: nothing in it"},
               {"hello: world\n", "file:1: neither a job definition"},
               {"[1, 2]\n", "file:1: neither a job definition"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nh_faults faults = {0};
        struct nh_error err = {0};
        assert_int_equal(
            nh_lint_text("file", bad[i].text, strlen(bad[i].text), &catalog, NULL, &faults, &err),
            NH_EINPUT);
        assert_says(&err, bad[i].says);
        assert_int_equal(faults.count, 0);
    }
}

static void faults_are_printed_as_text_and_json(void **state)
{
    (void)state;
    struct nh_faults faults = lint("Scheduling: {Scheduler: awsbatch}\n", NULL);
    json_t *list = nh_faults_json(&faults), *one = json_array_get(list, 0);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_object_get(one, "file")), "file");
    assert_int_equal(json_integer_value(json_object_get(one, "line")), 1);
    assert_string_equal(json_string_value(json_object_get(one, "rule")), "scheduler");
    nh_faults_print(&faults, out);
    fclose(out);
    assert_non_null(strstr(text, "file:1: scheduler awsbatch [scheduler]\n    why: "));
    assert_non_null(strstr(text, "\n    fix: use slurm"));
    free(text);
    json_decref(list);
    nh_faults_clear(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_of_public_samples_are_found),
        cmocka_unit_test(every_rule_is_tried),
        cmocka_unit_test(our_own_files_have_none),
        cmocka_unit_test(defaults_of_parameters_are_looked_at),
        cmocka_unit_test(a_single_node_job_is_asked_for_less),
        cmocka_unit_test(instance_types_are_one),
        cmocka_unit_test(rdma_is_refused_where_the_machine_has_none),
        cmocka_unit_test(open_ranges_are_open),
        cmocka_unit_test(scripts_that_are_right_have_none),
        cmocka_unit_test(what_cannot_be_read_is_said_with_its_line),
        cmocka_unit_test(faults_are_printed_as_text_and_json),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
