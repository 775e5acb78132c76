/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch/screen/work.h"

/* Tournaments over hosts some of which may break the launch. Who is at fault: hosts that cannot
 * be reached any more; else the one that the log names; else halves are tried, until a host is
 * alone. A host that was singled out so is tried once more, beside hosts that work. */

enum { GROUP = 64, PARTNERS = 2, SPARE_LOSSES = 3, PAIRS = 6 };

static void set_condition(struct nh_screen_work *w, const size_t *members, size_t count,
                          enum nh_screen_condition condition)
{
    for (size_t i = 0; i < count; i++)
        w->hosts[members[i]].condition = condition;
}

static void suspect(struct nh_screen_work *w, size_t host, const char *reason)
{
    struct nh_screen_host *h = &w->hosts[host];
    h->condition = NH_SCREEN_PENDING;
    h->stumbled = true;
    snprintf(h->reason, sizeof h->reason, "%s", reason);
}

/* ---- reach ---- */

/* Takes over what was said of each; `lost` may be NULL. */
static size_t mark_lost(struct nh_screen_work *w, const size_t *members, size_t count,
                        char (*reasons)[NH_HOST_REASON])
{
    size_t lost = 0;
    for (size_t i = 0; i < count; i++) {
        struct nh_screen_host *h = &w->hosts[members[i]];
        if (!*reasons[i])
            continue;
        lost++;
        h->condition = NH_SCREEN_FAILED;
        memcpy(h->reason, reasons[i], sizeof h->reason);
    }
    return lost;
}

int nh_screen_reach(struct nh_screen_work *w, const size_t *members, size_t count,
                    bool same_program, size_t *lost, struct nh_error *err)
{
    struct nh_hosts part = {calloc(count, sizeof *part.items), count};
    char(*reasons)[NH_HOST_REASON] = calloc(count, sizeof *reasons);
    int rc = part.items && reasons ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; i < count && !rc; i++)
        part.items[i] = w->screen->hosts->items[members[i]];
    if (!rc)
        rc = nh_hosts_ask(&part, w->screen->agent, same_program ? w->program : NULL, reasons, err);
    *lost = rc ? 0 : mark_lost(w, members, count, reasons);
    free(part.items);
    free(reasons);
    return rc;
}

/* ---- who is named ---- */

static bool is_name_letter(char c)
{
    return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_';
}

static bool names(const char *text, const char *name)
{
    const char *at = strchr(name, '@');
    size_t length = strlen(at ? at + 1 : name);
    for (const char *p = strstr(text, at ? at + 1 : name); p; p = strstr(p + 1, at ? at + 1 : name))
        if ((p == text || !is_name_letter(p[-1])) &&
            (!is_name_letter(p[length]) || (p[length] == '.' && !is_name_letter(p[length + 1]))))
            return true;
    return false;
}

/* "no rank of host a has come on for 20 s: host b (rank 1) does not answer": a is a witness. */
static const char *blame(const char *reason)
{
    const char *after = strstr(reason, " has come on for ");
    return after ? after : reason;
}

/* The only member that the reason names; `count` for none or several. */
static size_t find_named(const struct nh_screen_work *w, const size_t *members, size_t count,
                         const char *reason)
{
    size_t found = count;
    for (size_t i = 0; i < count; i++) {
        if (!names(blame(reason), w->screen->hosts->items[members[i]].name))
            continue;
        if (found < count)
            return count;
        found = i;
    }
    return found;
}

/* ---- groups ---- */

/* `why`: what failed with them, where halving has led to them; else NULL. */
static int cover(struct nh_screen_work *w, size_t *members, size_t count,
                 struct nh_screen_cells *cells, const char *why, struct nh_error *err);

static int measure_both(struct nh_screen_work *w, const size_t *members, size_t count,
                        struct nh_screen_cells *cells, char *reason, struct nh_error *err)
{
    int rc = nh_screen_measure(w, members, count, false, cells, reason, err);
    return rc ? rc : nh_screen_measure(w, members, count, true, cells, reason, err);
}

/* Halving ends with one host after so many losses; when nothing works, there is no culprit. */
static int check_hope(const struct nh_screen_work *w, const char *reason, struct nh_error *err)
{
    double most = ceil(log2((double)w->screen->hosts->count + 1)) + SPARE_LOSSES;
    if (w->won || (double)w->lost_in_a_row < most)
        return NH_OK;
    return nh_fail(err, NH_EFAIL,
                   "%zu launches over ever fewer hosts failed, and none ended well (%s); repair "
                   "what they have in common, such as mpirun",
                   w->lost_in_a_row, reason);
}

/* Those that did not get lost, in front; how many. */
static size_t keep_untried(const struct nh_screen_work *w, size_t *members, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (w->hosts[members[i]].condition == NH_SCREEN_UNTRIED)
            members[kept++] = members[i];
    return kept;
}

/* After a launch over them failed. */
static int isolate(struct nh_screen_work *w, size_t *members, size_t count,
                   struct nh_screen_cells *cells, const char *reason, struct nh_error *err)
{
    size_t lost, half = count / 2;
    int rc = check_hope(w, reason, err);
    if (!rc)
        rc = nh_screen_reach(w, members, count, false, &lost, err);
    if (rc)
        return rc;
    size_t named = lost ? count : find_named(w, members, count, reason);
    if (named < count)
        suspect(w, members[named], reason);
    if (lost || named < count)
        return cover(w, members, keep_untried(w, members, count), cells, NULL, err);
    rc = cover(w, members, half, cells, reason, err);
    return rc ? rc : cover(w, members + half, count - half, cells, reason, err);
}

static int cover(struct nh_screen_work *w, size_t *members, size_t count,
                 struct nh_screen_cells *cells, const char *why, struct nh_error *err)
{
    char reason[NH_HOST_REASON] = "";
    if (count == 1 && why)
        suspect(w, members[0], why);
    if (count < 2)
        return NH_OK;
    int rc = measure_both(w, members, count, cells, reason, err);
    if (rc == NH_OK)
        set_condition(w, members, count, NH_SCREEN_MEASURED);
    return rc == NH_EPARTIAL ? isolate(w, members, count, cells, reason, err) : rc;
}

int nh_screen_field(struct nh_screen_work *w, size_t *members, size_t count,
                    struct nh_screen_cells *cells, struct nh_error *err)
{
    size_t groups = (count + GROUP - 1) / GROUP;
    int rc = NH_OK;
    for (size_t g = 0; g < groups && !rc; g++) {
        size_t begin = g * count / groups, end = (g + 1) * count / groups;
        rc = cover(w, members + begin, end - begin, cells, NULL, err);
    }
    return rc;
}

/* ---- once more ---- */

static size_t add_measured(const struct nh_screen_work *w, size_t *members, size_t count,
                           size_t room)
{
    for (size_t i = 0; i < w->first.hosts && count < room; i++)
        if (w->hosts[i].condition == NH_SCREEN_MEASURED && !w->hosts[i].stumbled)
            members[count++] = i;
    return count;
}

static bool is_pending(const struct nh_screen_work *w, size_t host)
{
    return w->hosts[host].condition == NH_SCREEN_PENDING;
}

/* Halving may end without two hosts that work, with three hosts for one: then by pairs. */
static int find_pair(struct nh_screen_work *w, struct nh_error *err)
{
    char reason[NH_HOST_REASON];
    size_t n = w->first.hosts, tries = 0, beside[1];
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n && tries < PAIRS; j++) {
            size_t pair[] = {i, j};
            if (add_measured(w, beside, 0, 1) || !is_pending(w, i) || !is_pending(w, j))
                continue;
            tries++;
            int rc = measure_both(w, pair, 2, &w->first, reason, err);
            if (rc == NH_OK) {
                set_condition(w, pair, 2, NH_SCREEN_MEASURED);
                w->hosts[i].stumbled = w->hosts[j].stumbled = false;
            } else if (rc != NH_EPARTIAL) {
                return rc;
            }
        }
    return NH_OK;
}

int nh_screen_retry(struct nh_screen_work *w, struct nh_error *err)
{
    int rc = find_pair(w, err);
    for (size_t i = 0; i < w->first.hosts && !rc; i++) {
        struct nh_screen_host *h = &w->hosts[i];
        size_t members[PARTNERS + 1] = {i};
        if (!is_pending(w, i))
            continue;
        size_t count = add_measured(w, members, 1, PARTNERS + 1);
        if (count < 2)
            continue; /* nobody to try it with */
        rc = measure_both(w, members, count, &w->first, h->reason, err);
        h->condition = rc ? NH_SCREEN_FAILED : NH_SCREEN_MEASURED;
        rc = rc == NH_EPARTIAL ? NH_OK : rc;
    }
    return rc;
}
