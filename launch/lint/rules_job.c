/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <string.h>

#include "launch/lint/rule.h"

/* Rules for a job definition as a whole. */

static const yaml_node_t *get(struct nh_lint *l, const char *path)
{
    return nh_doc_get(l->doc, l->node, path);
}

static void timeout(struct nh_lint *l)
{
    const yaml_node_t *limit = get(l, "timeout.attemptDurationSeconds");
    long seconds = nh_doc_number(l->doc, limit);
    if (!limit)
        nh_lint_add(l, nh_doc_line(l->node),
                    "no time-out | add timeout: {attemptDurationSeconds: 3600}");
    else if (seconds >= 0 && seconds < 60)
        nh_lint_add(l, nh_doc_line(limit),
                    "attemptDurationSeconds %ld: Batch takes no less than 60 | give 60 or more",
                    seconds);
}

static void retries(struct nh_lint *l)
{
    const yaml_node_t *attempts = get(l, "retryStrategy.attempts");
    long n = nh_doc_number(l->doc, attempts);
    if (n > 1)
        nh_lint_add(l, nh_doc_line(attempts), "%ld attempts | set attempts to 1", n);
}

/* "0:" and ":" are open; "0:7" and "3" are not. */
static bool is_open(const char *range)
{
    const char *colon = strchr(range, ':');
    return colon && !colon[1];
}

static void ranges(struct nh_lint *l)
{
    const yaml_node_t *list = get(l, "nodeProperties.nodeRangeProperties"), *range, *first = NULL;
    bool open = false;
    size_t n = 0;
    for (; (range = nh_doc_at(l->doc, list, n)); n++) {
        const yaml_node_t *target = nh_doc_get(l->doc, range, "targetNodes");
        const char *text = nh_doc_text(l->doc, target);
        first = first ? first : target;
        open = open || !text || is_open(text);
    }
    if (n && !open)
        nh_lint_add(l, nh_doc_line(first),
                    "no node range is open (targetNodes '%.20s') | write targetNodes: '0:'",
                    nh_doc_text(l->doc, first));
    if (n > 5)
        nh_lint_add(l, nh_doc_line(list), "%zu node ranges | Batch takes 5 at most; use '0:'", n);
}

static void nodes(struct nh_lint *l)
{
    const yaml_node_t *count = get(l, "nodeProperties.numNodes"),
                      *head = get(l, "nodeProperties.mainNode");
    long n = nh_doc_number(l->doc, count), main_node = nh_doc_number(l->doc, head);
    if (n > 1000)
        nh_lint_add(l, nh_doc_line(count), "%ld nodes | Batch takes 1000 at most", n);
    if (n > 0 && main_node >= n)
        nh_lint_add(l, nh_doc_line(head), "mainNode %ld of %ld nodes | set mainNode to 0",
                    main_node, n);
}

static const struct nh_rule rules[] = {
    {"timeout", NH_SUBJECT_JOB,
     "there is no time-out by default: a node that never joins, or a rank that hangs, is paid for "
     "until somebody looks",
     timeout},
    {"retries", NH_SUBJECT_JOB,
     "a failed measurement is repeated, and paid for, that often; only a failure of the main node "
     "is retried at all",
     retries},
    {"closed-range", NH_SUBJECT_JOB,
     "submit-job can override numNodes only where a range is open at its end", ranges},
    {"node-count", NH_SUBJECT_JOB, "register-job-definition or submit-job refuses it", nodes},
};

const struct nh_rules nh_rules_job = {rules, sizeof rules / sizeof *rules};
