/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/schema.h"

#include <cyaml/cyaml.h>
#include <stddef.h>

#include "launch/app/app.h"
#include "launch/study/check.h"

enum { MOST_VALUES = 1000, MOST_MEASURES = 100, LONGEST = 400 };

static const cyaml_schema_value_t text_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, LONGEST)};
static const cyaml_schema_value_t count_entry = {CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint32_t)};

#define OPTIONAL_TEXT(key, type, member)                                                           \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_OPTIONAL, type, member, 1, LONGEST)
#define OPTIONAL_TEXTS(type, member)                                                               \
    CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member,          \
                         &text_entry, 1, MOST_VALUES)
#define OPTIONAL_COUNTS(type, member)                                                              \
    CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member,          \
                         &count_entry, 1, MOST_VALUES)

static const cyaml_schema_field_t launcher_fields[] = {
    OPTIONAL_TEXT("type", struct nh_raw_launcher, type),
    OPTIONAL_TEXT("mpirun", struct nh_raw_launcher, mpirun),
    OPTIONAL_TEXT("hosts", struct nh_raw_launcher, hosts),
    OPTIONAL_TEXT("exclude", struct nh_raw_launcher, exclude),
    OPTIONAL_TEXT("partition", struct nh_raw_launcher, partition),
    OPTIONAL_TEXT("account", struct nh_raw_launcher, account),
    OPTIONAL_TEXT("time", struct nh_raw_launcher, time),
    OPTIONAL_TEXT("mode", struct nh_raw_launcher, mode),
    OPTIONAL_TEXTS(struct nh_raw_launcher, sbatch),
    CYAML_FIELD_BOOL("srun", CYAML_FLAG_OPTIONAL, struct nh_raw_launcher, srun),
    CYAML_FIELD_END};

static const cyaml_schema_field_t limits_fields[] = {
    OPTIONAL_TEXT("max_time", struct nh_raw_limits, max_time),
    OPTIONAL_TEXT("max_cost", struct nh_raw_limits, max_cost),
    OPTIONAL_TEXT("launch_time", struct nh_raw_limits, launch_time), CYAML_FIELD_END};

#define COST(key, id)                                                                              \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_OPTIONAL, struct nh_cost_options, value[NH_COST_##id],  \
                           1, LONGEST)
static const cyaml_schema_field_t cost_fields[] = {
    COST("license", LICENSE),
    COST("boot_time", BOOT_TIME),
    COST("idle_time", IDLE_TIME),
    COST("storage_per_hour", STORAGE_PER_HOUR),
    COST("transfer", TRANSFER),
    COST("billing", BILLING),
    COST("spot_interruption_rate", SPOT_INTERRUPTION_RATE),
    COST("checkpoint_interval", CHECKPOINT_INTERVAL),
    COST("checkpoint_cost", CHECKPOINT_COST),
    COST("restart_time", RESTART_TIME),
    CYAML_FIELD_END};

#define FIGURE(key)                                                                                \
    CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_OPTIONAL, struct nh_raw_figure, key, 1, LONGEST)
static const cyaml_schema_field_t figure_fields[] = {
    FIGURE(value), FIGURE(match), FIGURE(json), FIGURE(file), FIGURE(which),
    FIGURE(unit),  FIGURE(scale), FIGURE(work), FIGURE(per),  CYAML_FIELD_END};

#define SUCCESS(key)                                                                               \
    CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_OPTIONAL, struct nh_raw_success, key, 1, LONGEST)
static const cyaml_schema_field_t success_fields[] = {SUCCESS(exit), SUCCESS(match), SUCCESS(never),
                                                      SUCCESS(file), CYAML_FIELD_END};

#define STEPS(key)                                                                                 \
    CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_OPTIONAL, struct nh_raw_steps, key, 1, LONGEST)
static const cyaml_schema_field_t steps_fields[] = {
    CYAML_FIELD_STRING_PTR("match", CYAML_FLAG_DEFAULT, struct nh_raw_steps, match, 1, LONGEST),
    STEPS(file), STEPS(unit), STEPS(warmup), CYAML_FIELD_END};

#define APPLICATION(key)                                                                           \
    CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_OPTIONAL, struct nh_raw_application, key, 1, LONGEST)
#define PART(key, fields)                                                                          \
    CYAML_FIELD_MAPPING(#key, CYAML_FLAG_OPTIONAL, struct nh_raw_application, key, fields)
static const cyaml_schema_field_t command_fields[] = {
    CYAML_FIELD_SEQUENCE("command", CYAML_FLAG_POINTER, struct nh_raw_command, command, &text_entry,
                         1, MOST_VALUES),
    CYAML_FIELD_END};
static const cyaml_schema_value_t command_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct nh_raw_command, command_fields)};

static const cyaml_schema_field_t application_fields[] = {
    APPLICATION(name),
    CYAML_FIELD_SEQUENCE("command", CYAML_FLAG_POINTER, struct nh_raw_application, command,
                         &text_entry, 1, MOST_VALUES),
    CYAML_FIELD_SEQUENCE("prepare", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                         struct nh_raw_application, prepare, &command_entry, 1, NH_COMMANDS_MAX),
    CYAML_FIELD_SEQUENCE("finish", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                         struct nh_raw_application, finish, &command_entry, 1, NH_COMMANDS_MAX),
    OPTIONAL_TEXTS(struct nh_raw_application, link),
    OPTIONAL_TEXTS(struct nh_raw_application, copy),
    OPTIONAL_TEXTS(struct nh_raw_application, keep),
    CYAML_FIELD_BOOL("mpi", CYAML_FLAG_OPTIONAL, struct nh_raw_application, mpi),
    CYAML_FIELD_BOOL("bind", CYAML_FLAG_OPTIONAL, struct nh_raw_application, bind),
    CYAML_FIELD_IGNORE("environment", CYAML_FLAG_OPTIONAL),
    APPLICATION(directory),
    APPLICATION(scratch),
    APPLICATION(scaling),
    APPLICATION(expected_time),
    PART(success, success_fields),
    PART(figure, figure_fields),
    PART(iterations, figure_fields),
    PART(cells, figure_fields),
    PART(steps, steps_fields),
    CYAML_FIELD_END};

#define PARAMETER(key, id)                                                                         \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_OPTIONAL, struct nh_raw_measure,                        \
                           parameters[NH_PARAM_ID_##id], 1, LONGEST)
static const cyaml_schema_field_t measure_fields[] = {
    OPTIONAL_TEXT("kernel", struct nh_raw_measure, kernel),
    CYAML_FIELD_MAPPING_PTR("application", CYAML_FLAG_OPTIONAL, struct nh_raw_measure, application,
                            application_fields),
    OPTIONAL_TEXT("name", struct nh_raw_measure, name),
    OPTIONAL_TEXT("where", struct nh_raw_measure, where),
    PARAMETER("sizes", SIZES),
    PARAMETER("size", SIZE),
    PARAMETER("type", TYPE),
    PARAMETER("op", OP),
    PARAMETER("in_place", IN_PLACE),
    PARAMETER("nonblocking", NONBLOCKING),
    PARAMETER("overlap", OVERLAP),
    PARAMETER("algorithms", ALGORITHMS),
    PARAMETER("of", OF),
    PARAMETER("pairs", PAIRS),
    PARAMETER("window", WINDOW),
    PARAMETER("direction", DIRECTION),
    PARAMETER("persistent", PERSISTENT),
    PARAMETER("buffers", BUFFERS),
    PARAMETER("unaligned", UNALIGNED),
    PARAMETER("refine", REFINE),
    PARAMETER("order", ORDER),
    PARAMETER("epoch", EPOCH),
    PARAMETER("measure", MEASURE),
    PARAMETER("serial", SERIAL),
    PARAMETER("cells", CELLS),
    PARAMETER("cells_per_rank", CELLS_PER_RANK),
    PARAMETER("precision", PRECISION),
    PARAMETER("max_time", MAX_TIME),
    PARAMETER("max_samples", MAX_SAMPLES),
    PARAMETER("min_samples", MIN_SAMPLES),
    PARAMETER("sync", SYNC),
    PARAMETER("common_clock", COMMON_CLOCK),
    PARAMETER("timeout", TIMEOUT),
    PARAMETER("inter_node", INTER_NODE),
    PARAMETER("require_transport", REQUIRE_TRANSPORT),
    CYAML_FIELD_END};
static const cyaml_schema_value_t measure_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct nh_raw_measure, measure_fields)};

static const cyaml_schema_field_t over_fields[] = {
    OPTIONAL_COUNTS(struct nh_raw_over, nodes),
    OPTIONAL_COUNTS(struct nh_raw_over, ranks_per_node),
    OPTIONAL_COUNTS(struct nh_raw_over, threads),
    OPTIONAL_COUNTS(struct nh_raw_over, cells),
    OPTIONAL_COUNTS(struct nh_raw_over, cells_per_rank),
    OPTIONAL_TEXTS(struct nh_raw_over, placement),
    CYAML_FIELD_IGNORE("environment", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_IGNORE("zip", CYAML_FLAG_OPTIONAL),
    OPTIONAL_TEXT("where", struct nh_raw_over, where),
    CYAML_FIELD_END};

static const cyaml_schema_field_t study_fields[] = {
    CYAML_FIELD_STRING_PTR("study", CYAML_FLAG_DEFAULT, struct nh_raw_study, study, 1, 64),
    OPTIONAL_TEXT("description", struct nh_raw_study, description),
    OPTIONAL_TEXT("published", struct nh_raw_study, published),
    CYAML_FIELD_IGNORE("needs", CYAML_FLAG_OPTIONAL),
    OPTIONAL_TEXT("machine", struct nh_raw_study, machine),
    OPTIONAL_TEXT("license_per_hour", struct nh_raw_study, license_per_hour),
    CYAML_FIELD_MAPPING("cost", CYAML_FLAG_OPTIONAL, struct nh_raw_study, cost, cost_fields),
    CYAML_FIELD_MAPPING("launcher", CYAML_FLAG_OPTIONAL, struct nh_raw_study, launcher,
                        launcher_fields),
    CYAML_FIELD_MAPPING("limits", CYAML_FLAG_OPTIONAL, struct nh_raw_study, limits, limits_fields),
    OPTIONAL_TEXTS(struct nh_raw_study, prices),
    OPTIONAL_TEXTS(struct nh_raw_study, references),
    CYAML_FIELD_UINT("launches", CYAML_FLAG_OPTIONAL, struct nh_raw_study, launches),
    CYAML_FIELD_UINT_PTR("seed", CYAML_FLAG_OPTIONAL, struct nh_raw_study, seed),
    CYAML_FIELD_BOOL("screen", CYAML_FLAG_OPTIONAL, struct nh_raw_study, screen),
    CYAML_FIELD_SEQUENCE("measure", CYAML_FLAG_POINTER, struct nh_raw_study, measure,
                         &measure_entry, 1, MOST_MEASURES),
    CYAML_FIELD_MAPPING("over", CYAML_FLAG_OPTIONAL, struct nh_raw_study, over, over_fields),
    CYAML_FIELD_END};
static const cyaml_schema_value_t study_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct nh_raw_study, study_fields)};

static const cyaml_config_t config = {
    .log_fn = NULL,
    .mem_fn = cyaml_mem,
    .log_level = CYAML_LOG_ERROR,
    .flags = CYAML_CFG_NO_ALIAS,
};

int nh_schema_check(const char *name, const struct nh_node *root, struct nh_error *err)
{
    return nh_check_node(name, &study_schema, root, err);
}

int nh_schema_load(const char *name, const char *text, size_t len, struct nh_raw_study **study,
                   struct nh_error *err)
{
    cyaml_data_t *data = NULL;
    cyaml_err_t bad =
        cyaml_load_data((const uint8_t *)text, len, &config, &study_schema, &data, NULL);
    *study = data;
    if (bad == CYAML_ERR_OOM)
        return nh_fail(err, NH_EFAIL, "out of memory");
    return bad ? nh_fail(err, NH_EINPUT, "%s:1: %s; see docs/study.md", name, cyaml_strerror(bad))
               : NH_OK;
}

void nh_schema_free(struct nh_raw_study *study)
{
    cyaml_free(&config, &study_schema, study, 0);
}
