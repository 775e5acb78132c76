/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/doctor/nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/paths.h"
#include "launch/capture.h"
#include "launch/mpirun.h"

static const double default_timeout_s = 15;
static const json_int_t clock_tolerance_s = 1;
enum { ROOM = 1 << 17 }; /* a report has about 20 KiB */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* ---- asking ---- */

/* What each node is to do: the same doctor, for itself alone. */
static void add_remote_words(const struct nh_doctor *doctor, const struct nh_host *host,
                             const char *program, struct nh_args *words)
{
    const struct nh_site_request *site = &doctor->site;
    nh_args_add(words, "%s", program);
    nh_args_add(words, "doctor");
    nh_args_add(words, "--here");
    nh_args_add(words, "--json");
    nh_args_add(words, "--nodes=%zu", doctor->hosts->count);
    if (host->slots || site->slots)
        nh_args_add(words, "--slots=%ld", host->slots ? (long)host->slots : site->slots);
    if (site->ranks)
        nh_args_add(words, "--ranks=%ld", site->ranks);
    if (site->machine)
        nh_args_add(words, "--machine=%s", site->machine);
    if (site->launcher || doctor->srun)
        nh_args_add(words, "--launcher=%s", site->launcher ? site->launcher : "slurm");
    if (doctor->only)
        nh_args_add(words, "--only=%s", doctor->only);
}

/* All CPUs of the node, unbound: the step must see the node as ranks will. */
static void add_srun(const struct nh_host *host, struct nh_args *command)
{
    const char *cpus = getenv("SLURM_JOB_CPUS_PER_NODE");
    nh_args_add(command, "--nodes=1");
    nh_args_add(command, "--ntasks=1");
    nh_args_add(command, "--nodelist=%s", host->name);
    nh_args_add(command, "--overlap");
    nh_args_add(command, "--cpu-bind=none");
    nh_args_add(command, "--input=none");
    if (cpus && strtol(cpus, NULL, 10) > 0)
        nh_args_add(command, "--cpus-per-task=%ld", strtol(cpus, NULL, 10));
}

/* ssh hands its words to a shell on the other side, so they are quoted for one. A shared
 * connection must not begin here: its master would keep our pipe open. */
static void add_ssh(const struct nh_host *host, const struct nh_args *words,
                    struct nh_args *command)
{
    char *quoted = words->failed ? NULL : nh_args_quoted(words->items);
    nh_args_extend(command, (char *const *)nh_ssh_options);
    nh_args_add(command, "-o");
    nh_args_add(command, "ControlMaster=no");
    nh_args_add(command, "%s", host->name);
    nh_args_add(command, "%s", quoted ? quoted : "");
    command->failed = command->failed || !quoted;
    free(quoted);
}

/* `agent` is the path of ssh or srun, `program` our own. */
static void make_command(const struct nh_doctor *doctor, const struct nh_host *host,
                         const char *agent, const char *program, struct nh_args *command)
{
    struct nh_args words = {0};
    add_remote_words(doctor, host, program, &words);
    nh_args_add(command, "%s", agent);
    if (doctor->srun)
        add_srun(host, command);
    else
        add_ssh(host, &words, command);
    if (doctor->srun && !words.failed)
        nh_args_extend(command, words.items);
    command->failed = command->failed || words.failed;
    nh_args_clear(&words);
}

/* ---- answers ---- */

/* The last line that says something, as ssh and srun end with the reason. */
static void last_line(const char *text, char *buf, size_t len)
{
    size_t end = strlen(text);
    while (end && strchr("\r\n \t", text[end - 1]))
        end--;
    size_t begin = end;
    while (begin && !strchr("\r\n", text[begin - 1]))
        begin--;
    snprintf(buf, len, "%.*s", (int)(end - begin), text + begin);
    for (char *p = buf; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            *p = ' ';
}

/* The report begins a line by "{"; a login script may have printed something before it. */
static json_t *find_report(const char *text)
{
    const char *begin = *text == '{' ? text : strstr(text, "\n{");
    json_t *report = begin ? json_loads(begin, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    if (strcmp(text_of(report, "format"), "nodehour-doctor") == 0)
        return report;
    json_decref(report);
    return NULL;
}

static json_t *unreachable(const struct nh_host *host, const struct nh_capture *c, double timeout_s)
{
    char line[600], text[800];
    last_line(c->text, line, sizeof line);
    if (c->late)
        snprintf(text, sizeof text, "no answer within %.0f s%s%s", timeout_s, *line ? ": " : "",
                 line);
    else if (*line)
        snprintf(text, sizeof text, "%s", line);
    else
        snprintf(text, sizeof text, "%s ended with status %d and no report", c->argv[0], c->status);
    json_t *error = json_string(text);
    return json_pack("{s:s, s:o}", "host", host->name, "error",
                     error ? error : json_string("no report"));
}

static json_t *answer(const struct nh_host *host, const struct nh_capture *c, double timeout_s)
{
    json_t *report = find_report(c->text);
    json_t *node = json_incref(json_array_get(json_object_get(report, "nodes"), 0));
    json_decref(report);
    if (!json_is_object(node)) {
        json_decref(node);
        return unreachable(host, c, timeout_s);
    }
    json_object_set_new(node, "host", json_string(host->name));
    return node;
}

/* The node's clock against ours: its time must lie within the time of the question. */
static void judge_time(json_t *node, json_int_t before, json_int_t after)
{
    json_int_t there = json_integer_value(json_object_get(node, "unix_time"));
    if (json_object_get(node, "error"))
        return;
    json_int_t off = there < before ? there - before : there > after ? there - after : 0;
    json_object_set_new(node, "clock_seconds_off", json_integer(off));
}

/* What the questions need: a command and room for the answer of each host. */
struct questions {
    struct nh_args *commands;
    struct nh_capture *captures;
    char *text;
};

static int prepare(const struct nh_doctor *doctor, struct questions *q, struct nh_error *err)
{
    char agent[NH_PATH_MAX], program[NH_PATH_MAX];
    const char *name = doctor->srun ? "srun" : "ssh";
    size_t count = doctor->hosts->count;
    if (!nh_on_path(name, agent, sizeof agent))
        return nh_fail(err, NH_EINPUT,
                       "no %s on PATH; install it, or look at this host alone: "
                       "nodehour doctor --here",
                       name);
    int rc = nh_program_path("nodehour", program, sizeof program, err);
    if (rc)
        return rc;
    q->commands = calloc(count, sizeof *q->commands);
    q->captures = calloc(count, sizeof *q->captures);
    q->text = calloc(count, ROOM);
    if (!q->commands || !q->captures || !q->text)
        return nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; i < count && !rc; i++) {
        make_command(doctor, &doctor->hosts->items[i], agent, program, &q->commands[i]);
        q->captures[i] = (struct nh_capture){
            .argv = q->commands[i].items, .text = q->text + i * ROOM, .room = ROOM};
        if (q->commands[i].failed)
            rc = nh_fail(err, NH_EFAIL, "out of memory");
    }
    return rc;
}

int nh_nodes_ask(const struct nh_doctor *doctor, json_t *nodes, struct nh_error *err)
{
    const struct nh_hosts *hosts = doctor->hosts;
    double timeout_s = doctor->timeout_s > 0 ? doctor->timeout_s : default_timeout_s;
    struct questions q = {0};
    int rc = prepare(doctor, &q, err);
    json_int_t before = (json_int_t)time(NULL);
    if (!rc)
        nh_capture_all(q.captures, hosts->count, timeout_s);
    json_int_t after = (json_int_t)time(NULL);
    for (size_t i = 0; i < hosts->count && !rc; i++) {
        json_t *node = answer(&hosts->items[i], &q.captures[i], timeout_s);
        judge_time(node, before, after);
        json_array_append_new(nodes, node);
    }
    for (size_t i = 0; q.commands && i < hosts->count; i++)
        nh_args_clear(&q.commands[i]);
    free(q.commands);
    free(q.captures);
    free(q.text);
    return rc;
}

/* ---- comparing ---- */

static const json_t *find(const json_t *node, const char *subject, const char *key)
{
    const json_t *list = json_object_get(node, "findings");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *f = json_array_get(list, i);
        if (strcmp(text_of(f, "subject"), subject) == 0 && strcmp(text_of(f, "key"), key) == 0)
            return f;
    }
    return NULL;
}

/* "absent" where a node that was reached does not say it. */
static const char *value_on(const json_t *node, const char *subject, const char *key)
{
    const json_t *f = find(node, subject, key);
    return f ? text_of(f, "value") : "absent";
}

static bool was_reached(const json_t *node)
{
    return !json_object_get(node, "error");
}

/* What a check could not find out in its time is no value: it neither counts as one nor differs. */
static bool says(const json_t *node, const char *subject, const char *key)
{
    return was_reached(node) && strcmp(value_on(node, subject, key), "unknown") != 0;
}

/* The value that most nodes have; of several with as many, the first node's. */
static const char *majority(const json_t *nodes, const char *subject, const char *key)
{
    const char *best = "";
    size_t best_count = 0, n = json_array_size(nodes);
    for (size_t i = 0; i < n; i++) {
        const json_t *node = json_array_get(nodes, i);
        size_t count = 0;
        if (!says(node, subject, key))
            continue;
        const char *value = value_on(node, subject, key);
        for (size_t j = i; j < n; j++)
            count += was_reached(json_array_get(nodes, j)) &&
                     strcmp(value_on(json_array_get(nodes, j), subject, key), value) == 0;
        if (count > best_count) {
            best = value;
            best_count = count;
        }
    }
    return best;
}

/* Adds one difference; `others` names hosts and values, and is taken. */
static void add_difference(json_t *out, const json_t *finding, const char *level, const char *usual,
                           json_t *others)
{
    char what[900];
    size_t used = 0, n = json_array_size(others);
    const char *subject = text_of(finding, "subject"), *key = text_of(finding, "key");
    what[0] = '\0';
    for (size_t i = 0; i < n && used < sizeof what - 200; i++)
        used += (size_t)snprintf(what + used, sizeof what - used, "%s%.80s has %s %s %.100s",
                                 i ? ", " : "", text_of(json_array_get(others, i), "host"), subject,
                                 key, text_of(json_array_get(others, i), "value"));
    if (used >= sizeof what)
        used = sizeof what - 1;
    snprintf(what + used, sizeof what - used, "%s; the majority: %.160s",
             used >= sizeof what - 200 ? ", ..." : "", usual);
    json_t *text = json_string(what);
    json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "subject", subject,
                                         "key", key, "level", level, "majority", usual, "nodes",
                                         others, "what", text ? text : json_string(key)));
}

static void compare_value(const json_t *nodes, const json_t *finding, json_t *out)
{
    const char *subject = text_of(finding, "subject"), *key = text_of(finding, "key");
    const char *usual = majority(nodes, subject, key);
    json_t *others = json_array();
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        const json_t *node = json_array_get(nodes, i);
        const char *value = value_on(node, subject, key);
        if (says(node, subject, key) && strcmp(value, usual) != 0)
            json_array_append_new(
                others, json_pack("{s:s, s:s}", "host", text_of(node, "host"), "value", value));
    }
    if (json_array_size(others))
        add_difference(out, finding, text_of(finding, "differs"), usual, others);
    else
        json_decref(others);
}

/* True when an earlier node has this value too, so that it was compared already. */
static bool was_compared(const json_t *nodes, size_t before, const json_t *finding)
{
    for (size_t i = 0; i < before; i++)
        if (find(json_array_get(nodes, i), text_of(finding, "subject"), text_of(finding, "key")))
            return true;
    return false;
}

static void compare_values(const json_t *nodes, json_t *out)
{
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        const json_t *list = json_object_get(json_array_get(nodes, i), "findings");
        for (size_t k = 0; k < json_array_size(list); k++) {
            const json_t *finding = json_array_get(list, k);
            if (*text_of(finding, "differs") && !was_compared(nodes, i, finding))
                compare_value(nodes, finding, out);
        }
    }
}

static void add_note(json_t *out, const char *subject, const char *key, const char *host,
                     const char *what)
{
    json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:n, s:[{s:s, s:n}], s:s}", "subject",
                                         subject, "key", key, "level", "warn", "majority", "nodes",
                                         "host", host, "value", "what", what));
}

/* Ranks on two hosts of one machine talk through its memory: no network is measured. */
static void find_shared_machines(const json_t *nodes, json_t *out)
{
    char what[400];
    for (size_t i = 1; i < json_array_size(nodes); i++) {
        const json_t *node = json_array_get(nodes, i), *own = find(node, "instance", "boot");
        for (size_t j = 0; own && j < i; j++) {
            const json_t *other = json_array_get(nodes, j);
            if (strcmp(value_on(other, "instance", "boot"), text_of(own, "value")) != 0)
                continue;
            snprintf(what, sizeof what,
                     "%.100s and %.100s are one machine: no network lies between them",
                     text_of(other, "host"), text_of(node, "host"));
            add_note(out, "instance", "boot", text_of(node, "host"), what);
            break;
        }
    }
}

static void find_wrong_clocks(const json_t *nodes, json_t *out)
{
    char what[300];
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        const json_t *node = json_array_get(nodes, i);
        json_int_t off = json_integer_value(json_object_get(node, "clock_seconds_off"));
        if (off >= -clock_tolerance_s && off <= clock_tolerance_s)
            continue;
        snprintf(what, sizeof what, "the clock of %.100s is %lld s %s of this host's",
                 text_of(node, "host"), (long long)(off < 0 ? -off : off),
                 off < 0 ? "behind" : "ahead");
        add_note(out, "clock", "difference", text_of(node, "host"), what);
    }
}

json_t *nh_nodes_compare(const json_t *nodes)
{
    json_t *out = json_array();
    compare_values(nodes, out);
    find_shared_machines(nodes, out);
    find_wrong_clocks(nodes, out);
    return out;
}
