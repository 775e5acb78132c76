/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/schema.h"

#include <cyaml/cyaml.h>
#include <stddef.h>

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

#define PARAMETER(key, id)                                                                         \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_OPTIONAL, struct nh_raw_measure,                        \
                           parameters[NH_PARAM_ID_##id], 1, LONGEST)
static const cyaml_schema_field_t measure_fields[] = {
    CYAML_FIELD_STRING_PTR("kernel", CYAML_FLAG_DEFAULT, struct nh_raw_measure, kernel, 1, LONGEST),
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
    OPTIONAL_TEXT("machine", struct nh_raw_study, machine),
    OPTIONAL_TEXT("license_per_hour", struct nh_raw_study, license_per_hour),
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
