/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FINDING_H
#define NH_FINDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/* What a check of `nodehour doctor` says. Each finding is one named value of the host, with
 * a verdict: a study can be right (ok), may be disturbed (warn), or cannot be right (fail). */
enum nh_grade { NH_GRADE_OK, NH_GRADE_WARN, NH_GRADE_FAIL };

struct nh_finding {
    const char *subject, *key; /* static text; together they name the value */
    enum nh_grade level;
    enum nh_grade differs; /* what it means when nodes differ in the value; ok: nothing */
    char value[160];       /* as measured, with its unit */
    char what[360];        /* one sentence */
    char where[160];       /* the file, limit or command that was read */
    const char *why;       /* static text; NULL where nothing is wrong */
    char fix[520];         /* for this launcher */
};

/** A growing list. Zeroed is empty; `subject` names the check that is being made. */
struct nh_findings {
    struct nh_finding *items;
    size_t count, room;
    const char *subject;
    bool failed; /* memory was short: looked at once, at the end */
    struct nh_finding spare;
};

/** A new finding, ok until it is said to be bad. Never NULL; valid until the next is added. */
struct nh_finding *nh_finding_add(struct nh_findings *list, const char *key, enum nh_grade differs);
void nh_findings_clear(struct nh_findings *list);

void nh_finding_where(struct nh_finding *f, const char *fmt, ...) NH_PRINTF(2, 3);
void nh_finding_value(struct nh_finding *f, const char *fmt, ...) NH_PRINTF(2, 3);
void nh_finding_what(struct nh_finding *f, const char *fmt, ...) NH_PRINTF(2, 3);
/** The verdict, why it matters, and the exact remedy. */
void nh_finding_bad(struct nh_finding *f, enum nh_grade level, const char *why, const char *fix,
                    ...) NH_PRINTF(4, 5);

/** "ok", "warn", "fail". */
const char *nh_grade_name(enum nh_grade level);
/** The level of that name; anything else is fail. */
enum nh_grade nh_grade_parse(const char *name);

/** One finding as an object; see docs/doctor.md. New reference. */
json_t *nh_finding_json(const struct nh_finding *f);

#endif
