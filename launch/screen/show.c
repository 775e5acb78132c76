/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "common/journal.h"
#include "common/record.h"
#include "common/units.h"
#include "launch/screen/screen.h"

static const char *text_of(const json_t *object, const char *key)
{
    return nh_json_text(object, key, "");
}

/* ---- what follows from a report ---- */

void nh_screen_excluded(const json_t *report, struct nh_args *names)
{
    const json_t *list = json_object_get(report, "exclude");
    for (size_t i = 0; i < json_array_size(list); i++)
        nh_args_add(names, "%s", json_string_value(json_array_get(list, i)));
}

static const json_t *find_node(const json_t *report, const char *host)
{
    const json_t *nodes = json_object_get(report, "nodes");
    for (size_t i = 0; i < json_array_size(nodes); i++)
        if (strcmp(text_of(json_array_get(nodes, i), "host"), host) == 0)
            return json_array_get(nodes, i);
    return NULL;
}

static size_t count_verdict(const json_t *report, const char *verdict)
{
    const json_t *nodes = json_object_get(report, "nodes");
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(nodes); i++)
        n += strcmp(text_of(json_array_get(nodes, i), "verdict"), verdict) == 0;
    return n;
}

static size_t count_hosts(const json_t *report)
{
    return (size_t)nh_json_number(report, "hosts", 0);
}

/* Names with commas between them; malloc'ed. */
static char *join(const json_t *list)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    for (size_t i = 0; out && i < json_array_size(list); i++)
        fprintf(out, "%s%s", i ? "," : "", json_string_value(json_array_get(list, i)));
    if (!out || fclose(out))
        return NULL;
    return text;
}

int nh_screen_verdict(const json_t *report, struct nh_error *err)
{
    char list[700] = "";
    size_t used = 0, count = json_array_size(json_object_get(report, "exclude"));
    for (size_t i = 0; i < count && used < sizeof list; i++) {
        const char *host = json_string_value(json_array_get(json_object_get(report, "exclude"), i));
        const json_t *node = find_node(report, host);
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%s%s (%s: %.160s)", i ? ", " : "",
                             host, text_of(node, "verdict"), text_of(node, "what"));
    }
    if (count)
        return nh_fail(err, NH_EPREFLIGHT,
                       "%zu of %zu hosts are bad: %s; leave them out by "
                       "--exclude",
                       count, count_hosts(report), list);
    if (nh_json_number(report, "launches", 0) > 0 && nh_json_number(report, "measured", 0) == 0) {
        const json_t *first = json_array_get(json_object_get(report, "nodes"), 0);
        return nh_fail(err, NH_EPREFLIGHT,
                       "no two of %zu hosts could be launched on together (%.300s); repair that, "
                       "then screen again",
                       count_hosts(report), text_of(first, "what"));
    }
    return NH_OK;
}

int nh_screen_write_list(const json_t *report, const char *path, struct nh_error *err)
{
    char *text = NULL;
    size_t len;
    const json_t *list = json_object_get(report, "exclude");
    FILE *out = open_memstream(&text, &len);
    for (size_t i = 0; out && i < json_array_size(list); i++)
        fprintf(out, "%s\n", json_string_value(json_array_get(list, i)));
    int rc = !out || fclose(out) ? nh_fail(err, NH_EFAIL, "out of memory")
                                 : nh_file_replace(path, text, len, err);
    free(text);
    return rc;
}

/* ---- for people ---- */

static void show_head(const json_t *report, FILE *out)
{
    char took[NH_UNIT_TEXT];
    fprintf(out, "%zu hosts, every one with every other one: %.0f launches by %s, %s\n",
            count_hosts(report), nh_json_number(report, "launches", 0), text_of(report, "launcher"),
            nh_format_duration(nh_json_number(report, "seconds", 0), took));
}

static void show_medians(const json_t *report, FILE *out)
{
    const json_t *m = json_object_get(report, "medians");
    char latency[NH_UNIT_TEXT], sends[NH_UNIT_TEXT], receives[NH_UNIT_TEXT];
    if (!json_is_real(json_object_get(m, "latency_ns")))
        return;
    fprintf(out, "median host: latency %s, sends %s, receives %s\n",
            nh_format_ns(nh_json_number(m, "latency_ns", 0), latency),
            nh_format_rate(nh_json_number(m, "sends_bytes_per_s", 0), sends),
            nh_format_rate(nh_json_number(m, "receives_bytes_per_s", 0), receives));
}

static void show_nodes(const json_t *report, FILE *out)
{
    const json_t *nodes = json_object_get(report, "nodes");
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        const json_t *node = json_array_get(nodes, i);
        if (strcmp(text_of(node, "verdict"), "ok") != 0 || *text_of(node, "what"))
            fprintf(out, "  %-11s %s: %s\n", text_of(node, "verdict"), text_of(node, "host"),
                    text_of(node, "what"));
    }
}

static void show_links(const json_t *report, FILE *out)
{
    const json_t *links = json_object_get(report, "links");
    size_t shown = json_array_size(links), found = (size_t)nh_json_number(report, "links_found", 0);
    char value[NH_UNIT_TEXT];
    for (size_t i = 0; i < shown; i++) {
        const json_t *l = json_array_get(links, i);
        bool latency = strcmp(text_of(l, "measure"), "latency_ns") == 0;
        double number = nh_json_number(l, "value", 0);
        fprintf(out, "  link        %s %s %s: %s, %.2f times worse than its hosts (z %.1f), %s\n",
                text_of(l, "from"), latency ? "-" : "->", text_of(l, "to"),
                latency ? nh_format_ns(number, value) : nh_format_rate(number, value),
                nh_json_number(l, "times_worse", 0), nh_json_number(l, "z", 0),
                json_is_true(json_object_get(l, "confirmed")) ? "confirmed" : "not confirmed");
    }
    if (found > shown)
        fprintf(out, "  and %zu more links\n", found - shown);
}

static void show_exclude(const json_t *report, FILE *out)
{
    const json_t *list = json_object_get(report, "exclude");
    char *names = json_array_size(list) ? join(list) : NULL;
    if (names)
        fprintf(out, "leave out (nodehour, sbatch, salloc, srun): --exclude=%s\n", names);
    free(names);
}

void nh_screen_show(const json_t *report, FILE *out)
{
    const json_t *notes = json_object_get(report, "notes");
    if (count_hosts(report) > 1)
        show_head(report, out);
    show_medians(report, out);
    show_nodes(report, out);
    show_links(report, out);
    for (size_t i = 0; i < json_array_size(notes); i++)
        fprintf(out, "note: %s\n", json_string_value(json_array_get(notes, i)));
    if (count_hosts(report) > 1)
        fprintf(out, "%zu ok, %zu slow, %zu failed, %zu unconfirmed, %zu unknown\n",
                count_verdict(report, "ok"), count_verdict(report, "slow"),
                count_verdict(report, "failed"), count_verdict(report, "unconfirmed"),
                count_verdict(report, "unknown"));
    show_exclude(report, out);
}
