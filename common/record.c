/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/record.h"

#include <stdlib.h>
#include <string.h>

#include "common/fields.h"
#include "common/journal.h"

void nh_record_init(struct nh_record *r)
{
    *r = (struct nh_record){.launch = -1, .ops_per_sample = 1, .level = 0.95};
}

void nh_record_clear(struct nh_record *r)
{
    char *const texts[] = {r->time,   r->program, r->run,       r->job,    r->kernel, r->metric,
                           r->timing, r->sync,    r->stop_rule, r->verify, r->machine};
    json_t *const values[] = {r->params, r->derived, r->detail,    r->times,
                              r->limits, r->clock,   r->placement, r->transport,
                              r->system, r->env,     r->command,   r->imported};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        json_decref(values[i]);
    free(r->samples_ns);
    nh_record_init(r);
}

static json_t *text_or_null(const char *text)
{
    /* Text from outside may be no UTF-8; a record without it is better than none. */
    json_t *value = text ? json_string(text) : NULL;
    return value ? value : json_null();
}

static json_t *value_or_null(json_t *value)
{
    return value ? json_incref(value) : json_null();
}

static json_t *known_integer(json_int_t value, json_int_t least)
{
    return value < least ? json_null() : json_integer(value);
}

static json_t *samples_array(const struct nh_record *r)
{
    json_t *array = json_array();
    for (size_t i = 0; i < r->sample_count; i++)
        json_array_append_new(array, json_integer(r->samples_ns[i]));
    return array;
}

/* Flags say something of a series of samples; without samples they are unknown. */
static json_t *flag(const struct nh_summary *s, bool value)
{
    return s->n == 0 ? json_null() : json_boolean(value);
}

static json_t *modes_object(const struct nh_summary *s)
{
    if (!s->bimodal)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "low", nh_json_real(s->modes.low), "high",
                     nh_json_real(s->modes.high), "low_share", nh_json_real(s->modes.low_share));
}

static json_t *stats_object(const struct nh_summary *s, double level)
{
    json_t *o = json_object();
    json_object_set_new(o, "samples", json_integer((json_int_t)s->n));
    json_object_set_new(o, "warmup_samples", json_integer((json_int_t)s->warmup));
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"median", s->median},
                   {"ci_low", s->ci.lo},
                   {"ci_high", s->ci.hi},
                   {"ci_level", level},
                   {"ci_coverage", s->ci.coverage},
                   {"min", s->min},
                   {"max", s->max},
                   {"mean", s->mean},
                   {"mad", s->mad},
                   {"p90", s->p90},
                   {"p95", s->p95},
                   {"p99", s->p99},
                   {"autocorrelation_lag1", s->rho1},
                   {"effective_samples", s->n_eff},
                   {"runs_z", s->runs_z},
                   {"trend_z", s->trend_z},
                   {"drift", s->drift}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        json_object_set_new(o, numbers[i].name, nh_json_real(numbers[i].value));
    json_object_set_new(o, "outliers",
                        s->n == 0 ? json_null() : json_integer((json_int_t)s->outliers));
    json_object_set_new(o, "steady", flag(s, s->steady));
    json_object_set_new(o, "autocorrelated", flag(s, s->autocorrelated));
    json_object_set_new(o, "trending", flag(s, s->trending));
    json_object_set_new(o, "modes", modes_object(s));
    return o;
}

static void set_identity(json_t *o, const struct nh_record *r)
{
    json_object_set_new(o, "format", json_string(NH_RECORD_FORMAT));
    json_object_set_new(o, "version", json_integer(NH_RECORD_VERSION));
    json_object_set_new(o, "time", text_or_null(r->time));
    json_object_set_new(o, "program", text_or_null(r->program));
    json_object_set_new(o, "run", text_or_null(r->run));
    json_object_set_new(o, "job", text_or_null(r->job));
    json_object_set_new(o, "launch", r->launch < 0 ? json_null() : json_integer(r->launch));
    json_object_set_new(o, "kernel", text_or_null(r->kernel));
    json_object_set_new(o, "params", value_or_null(r->params));
    json_object_set_new(o, "nodes", known_integer(r->nodes, 1));
    json_object_set_new(o, "ranks", known_integer(r->ranks, 1));
}

static void set_measurement(json_t *o, const struct nh_record *r)
{
    json_object_set_new(o, "metric", text_or_null(r->metric));
    json_object_set_new(o, "unit", json_string("ns"));
    json_object_set_new(o, "better", json_string("lower"));
    json_object_set_new(o, "timing", text_or_null(r->timing));
    json_object_set_new(o, "sync", text_or_null(r->sync));
    json_object_set_new(o, "stats", stats_object(&r->stats, r->level));
    json_object_set_new(o, "derived", value_or_null(r->derived));
    json_object_set_new(o, "detail", value_or_null(r->detail));
    json_object_set_new(o, "times", value_or_null(r->times));
    json_object_set_new(o, "limits", value_or_null(r->limits));
    json_object_set_new(o, "verify", text_or_null(r->verify));
    json_object_set_new(o, "stop",
                        json_pack("{s:o, s:o, s:o}", "rule", text_or_null(r->stop_rule),
                                  "precision_target", nh_json_real(r->precision_target),
                                  "elapsed_s", nh_json_real(r->elapsed_s)));
    json_object_set_new(o, "ops_per_sample", known_integer((json_int_t)r->ops_per_sample, 1));
    json_object_set_new(o, "first_op_ns", known_integer(r->first_op_ns, 0));
    json_object_set_new(o, "samples_ns", samples_array(r));
}

static void set_environment(json_t *o, const struct nh_record *r)
{
    json_object_set_new(o, "clock", value_or_null(r->clock));
    json_object_set_new(o, "placement", value_or_null(r->placement));
    json_object_set_new(o, "transport", value_or_null(r->transport));
    json_object_set_new(o, "machine", text_or_null(r->machine));
    json_object_set_new(o, "system", value_or_null(r->system));
    json_object_set_new(o, "env", value_or_null(r->env));
    json_object_set_new(o, "command", value_or_null(r->command));
}

json_t *nh_record_json(const struct nh_record *r)
{
    json_t *o = json_object();
    set_identity(o, r);
    set_measurement(o, r);
    set_environment(o, r);
    if (r->imported)
        json_object_set_new(o, "imported", json_incref(r->imported));
    return o;
}

char *nh_record_line(const struct nh_record *r)
{
    json_t *o = nh_record_json(r);
    char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(12));
    json_decref(o);
    size_t len = text ? strlen(text) : 0;
    char *line = text ? realloc(text, len + 2) : NULL;
    if (!line) {
        free(text);
        return NULL;
    }
    memcpy(line + len, "\n", 2);
    return line;
}

double nh_record_central(const struct nh_record *r)
{
    return r->imported ? r->stats.mean : r->stats.median;
}

int nh_record_append(const char *path, const struct nh_record *r, struct nh_error *err)
{
    char *line = nh_record_line(r);
    if (!line)
        return nh_fail(err, NH_EFAIL, "out of memory");
    int rc = nh_journal_append(path, line, strlen(line), err);
    free(line);
    return rc;
}
