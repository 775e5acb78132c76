/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/doctor/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct nh_finding *nh_finding_add(struct nh_findings *list, const char *key, enum nh_grade differs)
{
    struct nh_finding *f = &list->spare;
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 32;
        struct nh_finding *grown = realloc(list->items, room * sizeof *grown);
        if (grown) {
            list->items = grown;
            list->room = room;
        }
    }
    if (list->count < list->room)
        f = &list->items[list->count++];
    else
        list->failed = true;
    *f = (struct nh_finding){.subject = list->subject, .key = key, .differs = differs};
    return f;
}

void nh_findings_clear(struct nh_findings *list)
{
    free(list->items);
    *list = (struct nh_findings){0};
}

/* Text that programs and files gave may hold anything; a finding is one line. */
static void put(char *buf, size_t len, const char *fmt, va_list args)
{
    vsnprintf(buf, len, fmt, args);
    for (char *p = buf; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            *p = ' ';
}

void nh_finding_where(struct nh_finding *f, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put(f->where, sizeof f->where, fmt, args);
    va_end(args);
}

void nh_finding_value(struct nh_finding *f, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put(f->value, sizeof f->value, fmt, args);
    va_end(args);
}

void nh_finding_what(struct nh_finding *f, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put(f->what, sizeof f->what, fmt, args);
    va_end(args);
}

void nh_finding_bad(struct nh_finding *f, enum nh_grade level, const char *why, const char *fix,
                    ...)
{
    va_list args;
    f->level = level;
    f->why = why;
    va_start(args, fix);
    put(f->fix, sizeof f->fix, fix, args);
    va_end(args);
}

static const char *const level_names[] = {"ok", "warn", "fail"};

const char *nh_grade_name(enum nh_grade level)
{
    return level_names[level];
}

enum nh_grade nh_grade_parse(const char *name)
{
    for (int i = NH_GRADE_OK; i < NH_GRADE_FAIL; i++)
        if (strcmp(name, level_names[i]) == 0)
            return (enum nh_grade)i;
    return NH_GRADE_FAIL;
}

/* Foreign bytes that are not UTF-8 become "?". */
static json_t *text_json(const char *text)
{
    json_t *s = json_string(text);
    return s ? s : json_string("?");
}

json_t *nh_finding_json(const struct nh_finding *f)
{
    json_t *o = json_object();
    json_object_set_new(o, "subject", json_string(f->subject));
    json_object_set_new(o, "key", json_string(f->key));
    json_object_set_new(o, "level", json_string(nh_grade_name(f->level)));
    json_object_set_new(o, "value", text_json(f->value));
    json_object_set_new(o, "what", text_json(f->what));
    json_object_set_new(o, "where", text_json(f->where));
    if (f->why)
        json_object_set_new(o, "why", json_string(f->why));
    if (*f->fix)
        json_object_set_new(o, "fix", text_json(f->fix));
    if (f->differs)
        json_object_set_new(o, "differs", json_string(nh_grade_name(f->differs)));
    return o;
}
