/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/hostcheck.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch/capture.h"

static const double limit_s = 20;
enum { DIGEST = 64, TEXT = 1024 };

/* Who carries a question to a host. */
struct carrier {
    const char *name, *package;
    char path[NH_PATH_MAX];
};

/* One host's question and answer. */
struct question {
    struct nh_args argv;
    char text[TEXT];
    char *reason; /* "": it is fit */
};

/* The line that names the trouble: that of the tool, else the last one, since ssh and srun
 * may say other things before it. */
static void reason_line(const char *text, char *buf, size_t len)
{
    *buf = '\0';
    while (*text) {
        size_t n = strcspn(text, "\r\n");
        if (n)
            snprintf(buf, len, "%.*s", (int)n, text);
        if (strncmp(text, "sha256sum:", strlen("sha256sum:")) == 0)
            return;
        text += n + strspn(text + n, "\r\n");
    }
}

/* The digest in what sha256sum printed, after any warnings: the first word of a line. */
static bool find_digest(const char *text, char digest[DIGEST + 1])
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        size_t n = strspn(line, "0123456789abcdef");
        if (n == DIGEST && line[n] == ' ') {
            memcpy(digest, line, DIGEST);
            digest[DIGEST] = '\0';
            return true;
        }
    }
    return false;
}

static int own_digest(const char *program, char digest[DIGEST + 1], struct nh_error *err)
{
    char tool[NH_PATH_MAX], text[NH_PATH_MAX + 128] = "";
    if (!nh_on_path("sha256sum", tool, sizeof tool))
        return nh_fail(err, NH_EINPUT,
                       "no sha256sum on PATH; install it: apt-get install coreutils");
    char *argv[] = {tool, "--", (char *)program, NULL};
    int rc = nh_capture(argv, NULL, text, sizeof text, err);
    if (!rc && !find_digest(text, digest))
        rc = nh_fail(err, NH_EFAIL, "%s: no digest of %s", tool, program);
    return rc;
}

/* srun takes words; what ssh hands to the shell of the other side is one line: quoted. */
static void ask(const struct carrier *carrier, enum nh_mpi_agent agent, const char *host,
                const char *program, struct question *q)
{
    static const char *const srun[] = {"--overlap", "--nodes=1",  "--ntasks=1",
                                       "--quiet",   "--nodelist", NULL};
    char *digest[] = {"sha256sum", "--", (char *)program, NULL}, *nothing[] = {"true", NULL};
    char **question = program ? digest : nothing;
    bool by_ssh = agent == NH_AGENT_SSH;
    nh_args_add(&q->argv, "%s", carrier->path);
    nh_args_extend(&q->argv, (char *const *)(by_ssh ? nh_ssh_options : srun));
    nh_args_add(&q->argv, "%s", host);
    if (!by_ssh) {
        nh_args_extend(&q->argv, question);
        return;
    }
    char *line = nh_args_quoted(question);
    nh_args_add(&q->argv, "%s", line ? line : "false");
    free(line);
}

static void judge(const struct nh_capture *c, const struct carrier *carrier, const char *program,
                  const char *wanted, struct question *q)
{
    char line[200], digest[DIGEST + 1];
    reason_line(c->text, line, sizeof line);
    if (c->late)
        snprintf(q->reason, NH_HOST_REASON, "no answer by %s in %.0f s", carrier->name, limit_s);
    else if (c->code)
        snprintf(q->reason, NH_HOST_REASON, "%s", *line ? line : "it failed, without a word");
    else if (program && !find_digest(c->text, digest))
        snprintf(q->reason, NH_HOST_REASON, "no digest of the program (%s)", line);
    else if (program && strcmp(digest, wanted) != 0)
        snprintf(q->reason, NH_HOST_REASON,
                 "another program there (sha256 %.12s..., here %.12s...)", digest, wanted);
}

static int sum_up(const struct nh_hosts *hosts, char (*reasons)[NH_HOST_REASON],
                  struct nh_error *err)
{
    char list[700] = "";
    size_t used = 0, bad = 0;
    for (size_t i = 0; i < hosts->count; i++) {
        if (!*reasons[i])
            continue;
        if (used < sizeof list - 1)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s: %s", bad ? "; " : "",
                                     hosts->items[i].name, reasons[i]);
        bad++;
    }
    if (!bad)
        return NH_OK;
    return nh_fail(err, NH_EPREFLIGHT,
                   "%zu of %zu hosts cannot be used: %s; repair them, or leave them out by "
                   "--exclude",
                   bad, hosts->count, list);
}

static int find_carrier(enum nh_mpi_agent agent, struct carrier *carrier, struct nh_error *err)
{
    bool ssh = agent == NH_AGENT_SSH;
    *carrier = ssh ? (struct carrier){.name = "ssh", .package = "openssh-client"}
                   : (struct carrier){.name = "srun", .package = "slurm-client"};
    if (nh_on_path(carrier->name, carrier->path, sizeof carrier->path))
        return NH_OK;
    return nh_fail(err, NH_EINPUT, "no %s on PATH; install it: apt-get install %s", carrier->name,
                   carrier->package);
}

/* Memory for all questions, which the caller clears. */
static int ask_all(const struct nh_hosts *hosts, const struct carrier *carrier,
                   enum nh_mpi_agent agent, const char *program, struct question *questions,
                   struct nh_error *err)
{
    struct nh_capture *captures = calloc(hosts->count, sizeof *captures);
    char wanted[DIGEST + 1] = "";
    int rc = captures ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    if (!rc && program)
        rc = own_digest(program, wanted, err);
    for (size_t i = 0; i < hosts->count && !rc; i++) {
        struct question *q = &questions[i];
        ask(carrier, agent, hosts->items[i].name, program, q);
        captures[i] = (struct nh_capture){.argv = q->argv.items, .text = q->text, .room = TEXT};
        if (q->argv.failed)
            rc = nh_fail(err, NH_EFAIL, "out of memory");
    }
    if (!rc)
        nh_capture_all(captures, hosts->count, limit_s);
    for (size_t i = 0; i < hosts->count && !rc; i++)
        judge(&captures[i], carrier, program, wanted, &questions[i]);
    free(captures);
    return rc;
}

int nh_hosts_ask(const struct nh_hosts *hosts, enum nh_mpi_agent agent, const char *program,
                 char (*reasons)[NH_HOST_REASON], struct nh_error *err)
{
    struct carrier carrier;
    int rc = find_carrier(agent, &carrier, err);
    if (rc)
        return rc;
    struct question *questions = calloc(hosts->count, sizeof *questions);
    if (!questions)
        return nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; i < hosts->count; i++) {
        questions[i].reason = reasons[i];
        reasons[i][0] = '\0';
    }
    rc = ask_all(hosts, &carrier, agent, program, questions, err);
    for (size_t i = 0; i < hosts->count; i++)
        nh_args_clear(&questions[i].argv);
    free(questions);
    return rc;
}

int nh_hosts_check(const struct nh_hosts *hosts, enum nh_mpi_agent agent, const char *program,
                   struct nh_error *err)
{
    char(*reasons)[NH_HOST_REASON] = calloc(hosts->count, sizeof *reasons);
    if (!reasons)
        return nh_fail(err, NH_EFAIL, "out of memory");
    int rc = nh_hosts_ask(hosts, agent, program, reasons, err);
    if (!rc)
        rc = sum_up(hosts, reasons, err);
    free(reasons);
    return rc;
}
