/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/doctor/show.h"

#include <string.h>

#include "common/progress.h"
#include "launch/doctor/finding.h"

struct screen {
    FILE *out;
    bool colour, quiet;
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static long count_of(const json_t *object, const char *level)
{
    return (long)json_integer_value(json_object_get(json_object_get(object, "counts"), level));
}

static enum nh_grade level_of(const json_t *object)
{
    return nh_grade_parse(text_of(object, "level"));
}

/* A level as four letters, in its colour on a terminal. */
static void print_level(const struct screen *s, enum nh_grade level)
{
    static const char *const words[] = {"ok  ", "warn", "FAIL"};
    static const char *const colours[] = {"\033[32m", "\033[33m", "\033[1;31m"};
    fprintf(s->out, "%s%s%s", s->colour ? colours[level] : "", words[level],
            s->colour ? "\033[0m" : "");
}

static void print_reasons(const struct screen *s, const json_t *finding)
{
    static const char *const keys[] = {"where", "why", "fix"};
    if (level_of(finding) == NH_GRADE_OK)
        return;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (*text_of(finding, keys[i]))
            fprintf(s->out, "  %18s%-6s %s\n", "", keys[i], text_of(finding, keys[i]));
}

static void print_finding(const struct screen *s, const json_t *finding)
{
    fputs("  ", s->out);
    print_level(s, level_of(finding));
    fprintf(s->out, " %-12s %s\n", text_of(finding, "subject"), text_of(finding, "what"));
    print_reasons(s, finding);
}

static void show_one(const struct screen *s, const json_t *node)
{
    const json_t *list = json_object_get(node, "findings");
    fprintf(s->out, "%s (launcher: %s, %ld rank%s)\n", text_of(node, "host"),
            text_of(node, "launcher"), (long)json_integer_value(json_object_get(node, "ranks")),
            json_integer_value(json_object_get(node, "ranks")) == 1 ? "" : "s");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!s->quiet || level_of(json_array_get(list, i)) != NH_GRADE_OK)
            print_finding(s, json_array_get(list, i));
}

/* ---- several nodes ---- */

static bool same_trouble(const json_t *a, const json_t *b)
{
    return strcmp(text_of(a, "subject"), text_of(b, "subject")) == 0 &&
           strcmp(text_of(a, "key"), text_of(b, "key")) == 0 &&
           strcmp(text_of(a, "level"), text_of(b, "level")) == 0;
}

static bool has_trouble(const json_t *node, const json_t *finding)
{
    const json_t *list = json_object_get(node, "findings");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (same_trouble(json_array_get(list, i), finding))
            return true;
    return false;
}

/* The names of the nodes from `from` on that have the same. */
static void print_nodes(const struct screen *s, const json_t *nodes, size_t from,
                        const json_t *finding)
{
    size_t count = 0;
    for (size_t i = from; i < json_array_size(nodes); i++)
        count += has_trouble(json_array_get(nodes, i), finding);
    if (count == json_array_size(nodes)) {
        fprintf(s->out, "  %18son     all %zu nodes\n", "", count);
        return;
    }
    fprintf(s->out, "  %18son    ", "");
    for (size_t i = from; i < json_array_size(nodes); i++)
        if (has_trouble(json_array_get(nodes, i), finding))
            fprintf(s->out, " %s", text_of(json_array_get(nodes, i), "host"));
    fputc('\n', s->out);
}

/* Each trouble once, as the first node that has it says it. */
static void print_troubles(const struct screen *s, const json_t *nodes)
{
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        const json_t *list = json_object_get(json_array_get(nodes, i), "findings");
        for (size_t k = 0; k < json_array_size(list); k++) {
            const json_t *finding = json_array_get(list, k);
            bool before = level_of(finding) == NH_GRADE_OK;
            for (size_t j = 0; j < i && !before; j++)
                before = has_trouble(json_array_get(nodes, j), finding);
            if (before)
                continue;
            print_finding(s, finding);
            print_nodes(s, nodes, i, finding);
        }
    }
}

static void print_node(const struct screen *s, const json_t *node)
{
    if (s->quiet && level_of(node) == NH_GRADE_OK)
        return;
    print_level(s, level_of(node));
    if (json_object_get(node, "error"))
        fprintf(s->out, " %-24s not reached: %s\n", text_of(node, "host"), text_of(node, "error"));
    else
        fprintf(s->out, " %-24s %ld fail, %ld warn, %ld ok\n", text_of(node, "host"),
                count_of(node, "fail"), count_of(node, "warn"), count_of(node, "ok"));
}

static void show_several(const struct screen *s, const json_t *nodes)
{
    for (size_t i = 0; i < json_array_size(nodes); i++)
        print_node(s, json_array_get(nodes, i));
    print_troubles(s, nodes);
}

void nh_doctor_show(const json_t *report, bool quiet, FILE *out)
{
    const struct screen s = {.out = out, .colour = nh_colour(out), .quiet = quiet};
    const json_t *nodes = json_object_get(report, "nodes");
    const json_t *differences = json_object_get(report, "differences");
    bool one = json_array_size(nodes) == 1 && !json_object_get(json_array_get(nodes, 0), "error");
    if (one)
        show_one(&s, json_array_get(nodes, 0));
    else
        show_several(&s, nodes);
    if (json_array_size(differences))
        fprintf(out, "Differences between nodes:\n");
    for (size_t i = 0; i < json_array_size(differences); i++) {
        fputs("  ", out);
        print_level(&s, level_of(json_array_get(differences, i)));
        fprintf(out, " %s\n", text_of(json_array_get(differences, i), "what"));
    }
    fprintf(out, "%ld fail, %ld warn, %ld ok\n", count_of(report, "fail"), count_of(report, "warn"),
            count_of(report, "ok"));
}
