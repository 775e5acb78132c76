/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/awscli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/paths.h"
#include "launch/args.h"
#include "launch/mpirun.h"
#include "launch/process.h"

static const double limit_s = 300; /* a long history of prices is many pages */

int nh_awscli_find(const char *wanted, char *buf, size_t len, struct nh_error *err)
{
    if (wanted && access(wanted, X_OK) == 0)
        return nh_path(buf, len, err, "%s", wanted);
    if (wanted)
        return nh_fail(err, NH_EINPUT,
                       "--aws: '%.200s' is not a program; give the path of the AWS CLI", wanted);
    if (nh_on_path("aws", buf, len))
        return NH_OK;
    return nh_fail(err, NH_EINPUT,
                   "no AWS CLI (aws) on PATH; install it: apt-get install awscli, or give --aws");
}

/* What the CLI writes to stderr, by its error codes and botocore's own texts. */
static const struct {
    const char *says;
    int code;
    const char *means;
} failures[] = {
    {"Unable to locate credentials", NH_EINPUT,
     "no credentials; run 'aws configure' or 'aws sso login', or set AWS_PROFILE"},
    {"could not be found", NH_EINPUT, "no such profile; set AWS_PROFILE to one that is configured"},
    {"ExpiredToken", NH_EINPUT, "the credentials have expired; log in again, 'aws sso login'"},
    {"RequestExpired", NH_EINPUT,
     "the credentials have expired or the clock is wrong; log in again, or set the clock"},
    {"InvalidClientTokenId", NH_EINPUT, "the credentials are not valid; run 'aws configure'"},
    {"UnrecognizedClientException", NH_EINPUT,
     "the credentials are not valid; run 'aws configure'"},
    {"AuthFailure", NH_EINPUT,
     "the credentials are not valid in this region; run 'aws configure', or enable the region"},
    {"AccessDenied", NH_EINPUT,
     "not allowed; the account needs pricing:GetProducts, ec2:DescribeSpotPriceHistory, "
     "ec2:DescribeCapacityBlockOfferings, savingsplans:DescribeSavingsPlansOfferingRates, or "
     "leave the model out of --price-model"},
    {"UnauthorizedOperation", NH_EINPUT,
     "not allowed; the account needs ec2:DescribeSpotPriceHistory and "
     "ec2:DescribeCapacityBlockOfferings, or leave the model out of --price-model"},
    {"Throttling", NH_EFAIL, "throttled by AWS; try again in a minute"},
    {"RequestLimitExceeded", NH_EFAIL, "throttled by AWS; try again in a minute"},
    {"Rate exceeded", NH_EFAIL, "throttled by AWS; try again in a minute"},
    {"Could not connect to the endpoint", NH_EFAIL,
     "no connection to AWS; check the network, and the name given to --region"},
    {"Connect timeout", NH_EFAIL, "no connection to AWS; check the network"},
    {"Invalid choice", NH_EINPUT, "this AWS CLI does not know the operation; install a newer one"},
    {"Unknown options", NH_EINPUT, "this AWS CLI does not know an option; install a newer one"},
};

static void last_line(char *text, char *buf, size_t len)
{
    char *line = text;
    for (char *p = strtok(text, "\r\n"); p; p = strtok(NULL, "\r\n"))
        if (*p)
            line = p;
    snprintf(buf, len, "%.300s", line);
}

static int explain(char *said, const char *outcome, struct nh_error *err)
{
    char line[320];
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        if (strstr(said, failures[i].says))
            return nh_fail(err, failures[i].code, "%s", failures[i].means);
    last_line(said, line, sizeof line);
    return nh_fail(err, NH_EFAIL, "%s%s%s; run the command by hand", outcome, *line ? ": " : "",
                   line);
}

/* What was written to a file in memory. */
static int read_back(int fd, char **out, size_t *len, struct nh_error *err)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return nh_file_read(path, out, len, err);
}

static int watch(char *const *argv, int out, int said, struct nh_outcome *outcome,
                 struct nh_error *err)
{
    /* Its pager would wait for a key, and its own retries hide throttling for minutes. */
    static const char *const env[] = {"AWS_PAGER=", "AWS_MAX_ATTEMPTS=4", NULL};
    struct nh_guard guard;
    pid_t pid;
    nh_guard_enter(&guard);
    int rc = nh_process_spawn(argv, env, (const int[]){out, said}, &pid, err);
    if (!rc)
        nh_process_watch(&guard, pid, limit_s, NULL, NULL, outcome);
    nh_guard_leave(&guard);
    return rc;
}

static int judge(const struct nh_outcome *outcome, int said_fd, struct nh_error *err)
{
    char *said = NULL, text[96];
    size_t len;
    if (outcome->end == NH_END_EXIT && outcome->value == 0)
        return NH_OK;
    if (outcome->end == NH_END_STOPPED)
        return nh_fail(err, NH_ESTOPPED, "stopped; the same command begins anew");
    int rc = read_back(said_fd, &said, &len, err);
    if (!rc)
        rc = explain(said, nh_outcome_text(outcome, text, sizeof text), err);
    free(said);
    return rc;
}

static int run_into(char *const *argv, int out_fd, int said_fd, char **out, size_t *len,
                    struct nh_error *err)
{
    struct nh_outcome outcome = {0};
    int rc = watch(argv, out_fd, said_fd, &outcome, err);
    if (!rc)
        rc = judge(&outcome, said_fd, err);
    return rc ? rc : read_back(out_fd, out, len, err);
}

int nh_awscli_run(const char *program, char *const *words, char **out, size_t *len,
                  struct nh_error *err)
{
    struct nh_args args = {0};
    nh_args_add(&args, "%s", program);
    nh_args_extend(&args, words);
    int out_fd = memfd_create("aws-out", MFD_CLOEXEC);
    int said_fd = memfd_create("aws-err", MFD_CLOEXEC);
    int rc = args.failed || out_fd < 0 || said_fd < 0
                 ? nh_fail_errno(err, "%s: cannot be started", program)
                 : run_into(args.items, out_fd, said_fd, out, len, err);
    if (out_fd >= 0)
        close(out_fd);
    if (said_fd >= 0)
        close(said_fd);
    nh_args_clear(&args);
    return rc ? nh_context(err, "aws %s %s", words[0], words[1]) : NH_OK;
}
