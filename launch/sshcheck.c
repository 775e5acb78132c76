/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/sshcheck.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch/capture.h"
#include "launch/mpirun.h"

static const double limit_s = 20;
enum { DIGEST = 64, TEXT = 1024, SSH_FAILED = 255 };

/* One host's question and answer. */
struct question {
    struct nh_args argv;
    char text[TEXT];
    char reason[256]; /* "": it is fit */
};

/* The last line that says something: before it ssh may warn. */
static void last_line(const char *text, char *buf, size_t len)
{
    *buf = '\0';
    while (*text) {
        size_t n = strcspn(text, "\r\n");
        if (n)
            snprintf(buf, len, "%.*s", (int)n, text);
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

/* What ssh hands to the shell of the other side is one line: quoted. */
static void ask(const char *ssh, const char *host, const char *program, struct question *q)
{
    char *remote[] = {"sha256sum", "--", (char *)program, NULL};
    char *line = program ? nh_args_quoted(remote) : NULL;
    nh_args_add(&q->argv, "%s", ssh);
    nh_args_extend(&q->argv, (char *const *)nh_ssh_options);
    nh_args_add(&q->argv, "%s", host);
    nh_args_add(&q->argv, "%s", line ? line : "true");
    free(line);
}

static void judge(const struct nh_capture *c, const char *program, const char *wanted,
                  struct question *q)
{
    char line[200], digest[DIGEST + 1];
    last_line(c->text, line, sizeof line);
    if (c->late)
        snprintf(q->reason, sizeof q->reason, "no answer by ssh in %.0f s", limit_s);
    else if (c->code && c->status != SSH_FAILED && program)
        snprintf(q->reason, sizeof q->reason, "not the same program there (%s)", line);
    else if (c->code)
        snprintf(q->reason, sizeof q->reason, "%s", *line ? line : "ssh failed");
    else if (program && !find_digest(c->text, digest))
        snprintf(q->reason, sizeof q->reason, "no digest of the program (%s)", line);
    else if (program && strcmp(digest, wanted) != 0)
        snprintf(q->reason, sizeof q->reason,
                 "another program there (sha256 %.12s..., here %.12s...)", digest, wanted);
}

static int sum_up(const struct nh_hosts *hosts, const struct question *questions,
                  const char *program, struct nh_error *err)
{
    char list[800] = "";
    size_t used = 0, bad = 0;
    for (size_t i = 0; i < hosts->count; i++) {
        if (!*questions[i].reason)
            continue;
        if (used < sizeof list - 1)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s: %s", bad ? "; " : "",
                                     hosts->items[i].name, questions[i].reason);
        bad++;
    }
    if (!bad)
        return NH_OK;
    return nh_fail(err, NH_EPREFLIGHT, "%zu of %zu hosts cannot be used: %s; %s", bad, hosts->count,
                   list,
                   program ? "every host must be reached by ssh without a password and have the "
                             "same programs in the same place"
                           : "every host must be reached by ssh without a password");
}

int nh_ssh_check(const struct nh_hosts *hosts, const char *program, struct nh_error *err)
{
    char ssh[NH_PATH_MAX], wanted[DIGEST + 1] = "";
    if (!nh_on_path("ssh", ssh, sizeof ssh))
        return nh_fail(err, NH_EINPUT,
                       "no ssh on PATH; install it: apt-get install openssh-client");
    int rc = program ? own_digest(program, wanted, err) : NH_OK;
    if (rc)
        return rc;
    struct question *questions = calloc(hosts->count, sizeof *questions);
    struct nh_capture *captures = calloc(hosts->count, sizeof *captures);
    if (!questions || !captures)
        rc = nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; i < hosts->count && !rc; i++) {
        struct question *q = &questions[i];
        ask(ssh, hosts->items[i].name, program, q);
        captures[i] = (struct nh_capture){.argv = q->argv.items, .text = q->text, .room = TEXT};
        if (q->argv.failed)
            rc = nh_fail(err, NH_EFAIL, "out of memory");
    }
    if (!rc)
        nh_capture_all(captures, hosts->count, limit_s);
    for (size_t i = 0; i < hosts->count && !rc; i++)
        judge(&captures[i], program, wanted, &questions[i]);
    if (!rc)
        rc = sum_up(hosts, questions, program, err);
    for (size_t i = 0; questions && i < hosts->count; i++)
        nh_args_clear(&questions[i].argv);
    free(questions);
    free(captures);
    return rc;
}
