/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/screen/screen.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch/screen/work.h"

enum {
    SECOND_GROUP = 24,  /* suspects and ends of links in a launch of the second pass */
    SECOND_PARTNERS = 5 /* good hosts beside them, where there are so many */
};

void nh_screen_note(struct nh_screen_work *w, const char *fmt, ...)
{
    if (w->note_count == NH_SCREEN_NOTES)
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(w->notes[w->note_count++], sizeof w->notes[0], fmt, args);
    va_end(args);
}

/* ---- memory, folder, launcher ---- */

static int open_memory(struct nh_screen_work *w, struct nh_error *err)
{
    size_t n = w->screen->hosts->count;
    w->hosts = calloc(n, sizeof *w->hosts);
    w->good = calloc(n, sizeof *w->good);
    w->scores = calloc(n, sizeof *w->scores);
    w->scores_again = calloc(n, sizeof *w->scores_again);
    if (!w->hosts || !w->good || !w->scores || !w->scores_again)
        return nh_fail(err, NH_EFAIL, "out of memory");
    int rc = nh_screen_cells_new(n, &w->first, err);
    return rc ? rc : nh_screen_cells_new(n, &w->second, err);
}

static int open_launcher(struct nh_screen_work *w, struct nh_error *err)
{
    const struct nh_screen *s = w->screen;
    const struct nh_launcher_options options = {.mpirun = s->mpirun, .cores = s->cores};
    int rc = nh_cluster_new(&options, s->agent, &w->cluster, err);
    if (rc)
        return rc;
    w->cluster->srun = s->srun;
    if (s->srun && !nh_on_path("srun", w->cluster->srun_path, sizeof w->cluster->srun_path))
        return nh_fail(err, NH_EINPUT, "no srun on PATH; add Slurm's programs to PATH");
    return nh_cluster_ready(w->cluster, err);
}

static int open_folder(struct nh_screen_work *w, struct nh_error *err)
{
    char name[] = "/tmp/nodehour-screen-XXXXXX";
    if (!mkdtemp(name))
        return nh_fail_errno(err, "%s: cannot create the directory", name);
    snprintf(w->folder, sizeof w->folder, "%s", name);
    return NH_OK;
}

static void remove_folder(const struct nh_screen_work *w)
{
    char path[128];
    for (size_t i = 0; i < w->launches; i++) {
        snprintf(path, sizeof path, "%s/%zu.jsonl", w->folder, i);
        unlink(path);
        snprintf(path, sizeof path, "%s/%zu.log", w->folder, i);
        unlink(path);
    }
    rmdir(w->folder);
}

static int open_work(struct nh_screen_work *w, struct nh_error *err)
{
    w->started_s = nh_monotonic_s();
    int rc = nh_program_path("nodehour-mpi", w->program, sizeof w->program, err);
    if (!rc && access(w->program, X_OK))
        rc = nh_fail(err, NH_EINPUT, "%s is missing; build it: install MPI and hwloc, then make",
                     w->program);
    if (!rc)
        rc = open_memory(w, err);
    if (!rc)
        rc = open_launcher(w, err);
    if (!rc)
        rc = open_folder(w, err);
    return rc;
}

static void close_work(struct nh_screen_work *w)
{
    if (*w->folder)
        remove_folder(w);
    if (w->cluster)
        nh_cluster_release(w->cluster);
    nh_screen_cells_free(&w->first);
    nh_screen_cells_free(&w->second);
    free(w->hosts);
    free(w->good);
    free(w->scores);
    free(w->scores_again);
}

/* ---- first pass ---- */

static size_t in_condition(const struct nh_screen_work *w, enum nh_screen_condition condition,
                           size_t *members)
{
    size_t count = 0;
    for (size_t i = 0; i < w->first.hosts; i++)
        if (w->hosts[i].condition == condition)
            members[count++] = i;
    return count;
}

static void all_members(size_t *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        members[i] = i;
}

static int first_pass(struct nh_screen_work *w, size_t *members, struct nh_error *err)
{
    size_t lost, n = w->first.hosts;
    all_members(members, n);
    int rc = nh_screen_reach(w, members, n, true, &lost, err);
    size_t count = in_condition(w, NH_SCREEN_UNTRIED, members);
    if (!rc)
        rc = nh_screen_field(w, members, count, &w->first, err);
    if (!rc)
        rc = nh_screen_retry(w, err);
    for (size_t i = 0; i < n; i++)
        w->good[i] = w->hosts[i].condition == NH_SCREEN_MEASURED;
    if (!rc)
        rc = nh_screen_select(&w->first, w->good, w->scores, &w->divided, err);
    if (!rc)
        rc = nh_screen_links(&w->first, w->good, w->scores, w->links, NH_SCREEN_LINKS,
                             &w->link_count, err);
    return rc ? rc : nh_screen_apart(&w->first, w->good, w->scores, &w->apart, err);
}

/* ---- second pass ---- */

static bool is_suspect(const struct nh_screen_work *w, size_t host)
{
    return w->hosts[host].condition == NH_SCREEN_MEASURED && !w->good[host];
}

static bool is_end_of_link(const struct nh_screen_work *w, size_t host)
{
    size_t kept = w->link_count < NH_SCREEN_LINKS ? w->link_count : NH_SCREEN_LINKS;
    for (size_t i = 0; i < kept; i++)
        if (w->links[i].from == host || w->links[i].to == host)
            return true;
    return false;
}

/* Hosts that are good and are no end of a link that stands out come first. */
static size_t add_partners(const struct nh_screen_work *w, size_t *members, size_t count)
{
    size_t room = count + SECOND_PARTNERS;
    for (size_t i = 0; i < w->first.hosts && count < room; i++)
        if (w->good[i] && !is_end_of_link(w, i))
            members[count++] = i;
    return count;
}

/* One launch of the second pass; when it fails the suspects stay unconfirmed. */
static int second_launch(struct nh_screen_work *w, const size_t *members, size_t count,
                         struct nh_error *err)
{
    char reason[NH_HOST_REASON] = "";
    int rc = nh_screen_measure(w, members, count, false, &w->second, reason, err);
    if (!rc)
        rc = nh_screen_measure(w, members, count, true, &w->second, reason, err);
    for (size_t i = 0; i < count && !rc; i++)
        w->hosts[members[i]].again = true;
    if (rc == NH_EPARTIAL) {
        nh_screen_note(w, "a launch of the second pass failed: %.150s", reason);
        rc = NH_OK;
    }
    return rc;
}

static int second_pass(struct nh_screen_work *w, size_t *members, struct nh_error *err)
{
    size_t wanted = 0, n = w->first.hosts;
    int rc = NH_OK;
    for (size_t i = 0; i < n && !rc; i++) {
        if (is_suspect(w, i) || (w->good[i] && is_end_of_link(w, i)))
            members[wanted++] = i;
        bool last = i + 1 == n;
        if (wanted == SECOND_GROUP || (last && wanted)) {
            size_t count = add_partners(w, members, wanted);
            wanted = 0;
            rc = count < 2 ? NH_OK : second_launch(w, members, count, err);
        }
    }
    return rc ? rc : nh_screen_score(&w->second, w->good, w->scores_again, err);
}

/* ---- all of it ---- */

static int screen_all(struct nh_screen_work *w, struct nh_error *err)
{
    size_t *members = calloc(w->first.hosts + SECOND_GROUP + SECOND_PARTNERS, sizeof *members);
    if (!members)
        return nh_fail(err, NH_EFAIL, "out of memory");
    nh_guard_enter(&w->guard);
    int rc = first_pass(w, members, err);
    if (!rc)
        rc = second_pass(w, members, err);
    nh_guard_leave(&w->guard);
    free(members);
    return rc;
}

int nh_screen_run(const struct nh_screen *screen, json_t **report, struct nh_error *err)
{
    struct nh_screen_work w = {.screen = screen};
    *report = NULL;
    int rc = open_work(&w, err);
    if (!rc && screen->hosts->count > 1)
        rc = screen_all(&w, err);
    if (screen->shown)
        nh_progress_end(screen->shown);
    if (!rc && !(*report = nh_screen_report(&w)))
        rc = nh_fail(err, NH_EFAIL, "out of memory");
    close_work(&w);
    return rc;
}
