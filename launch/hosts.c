/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/hosts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/units.h"

enum { SLOTS_MAX = 4096 };

void nh_hosts_clear(struct nh_hosts *hosts)
{
    for (size_t i = 0; i < hosts->count; i++)
        free(hosts->items[i].name);
    free(hosts->items);
    *hosts = (struct nh_hosts){0};
}

static size_t find(const struct nh_hosts *hosts, const char *name, size_t len)
{
    size_t i = 0;
    while (i < hosts->count &&
           (strncmp(hosts->items[i].name, name, len) != 0 || hosts->items[i].name[len] != '\0'))
        i++;
    return i;
}

/* Letters of names and addresses, and user@. A leading '-' would be an option of ssh. */
static bool is_host_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  ".-_@";
    return *name && *name != '-' && strspn(name, letters) == strlen(name);
}

int nh_hosts_add(struct nh_hosts *hosts, const char *name, int slots, struct nh_error *err)
{
    if (!is_host_name(name))
        return nh_fail(err, NH_EINPUT, "'%.80s' is no host name; give a name or an IPv4 address",
                       name);
    if (find(hosts, name, strlen(name)) < hosts->count)
        return nh_fail(err, NH_EINPUT, "host %s is there twice; leave one out", name);
    struct nh_host *grown = realloc(hosts->items, (hosts->count + 1) * sizeof *grown);
    if (grown)
        hosts->items = grown;
    char *copy = strdup(name);
    if (!grown || !copy) {
        free(copy);
        return nh_fail(err, NH_EFAIL, "out of memory");
    }
    hosts->items[hosts->count++] = (struct nh_host){.name = copy, .slots = slots};
    return NH_OK;
}

static int read_line(char *line, struct nh_hosts *hosts, struct nh_error *err)
{
    static const char blanks[] = " \t\r";
    char *rest;
    long slots = 0;
    int rc = NH_OK;
    line[strcspn(line, "#")] = '\0';
    const char *name = strtok_r(line, blanks, &rest);
    if (!name)
        return NH_OK;
    for (char *word = strtok_r(NULL, blanks, &rest); word && !rc;
         word = strtok_r(NULL, blanks, &rest)) {
        if (strncmp(word, "slots=", strlen("slots=")) != 0)
            return nh_fail(err, NH_EINPUT, "'%.80s' is unknown; a line is HOST [slots=N]", word);
        rc = nh_parse_long("slots", word + strlen("slots="), 1, SLOTS_MAX, &slots, err);
    }
    return rc ? rc : nh_hosts_add(hosts, name, (int)slots, err);
}

int nh_hosts_read(const char *path, struct nh_hosts *hosts, struct nh_error *err)
{
    char *text;
    size_t len, number = 1;
    int rc = nh_file_read(path, &text, &len, err);
    if (rc)
        return rc;
    for (char *line = text; line && !rc; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        rc = read_line(line, hosts, err);
        if (rc)
            nh_context(err, "%s:%zu", path, number);
        line = end ? end + 1 : NULL;
    }
    free(text);
    if (!rc && !hosts->count)
        rc = nh_fail(err, NH_EINPUT, "%s: no hosts; write one a line: HOST [slots=N]", path);
    if (rc)
        nh_hosts_clear(hosts);
    return rc;
}

static int read_list(const char *text, struct nh_hosts *hosts, struct nh_error *err)
{
    char *copy = strdup(text), *rest = NULL;
    int rc = copy ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    for (char *word = copy ? strtok_r(copy, ",", &rest) : NULL; word && !rc;
         word = strtok_r(NULL, ",", &rest))
        rc = nh_hosts_add(hosts, word, 0, err);
    free(copy);
    if (!rc && !hosts->count)
        rc = nh_fail(err, NH_EINPUT, "--hosts: no hosts; give a file, or HOST,...");
    return rc;
}

int nh_hosts_given(const char *text, struct nh_hosts *hosts, struct nh_error *err)
{
    bool file = strchr(text, '/') || access(text, F_OK) == 0;
    return file ? nh_hosts_read(text, hosts, err) : read_list(text, hosts, err);
}

static void take_out(struct nh_hosts *hosts, size_t i)
{
    free(hosts->items[i].name);
    hosts->count--;
    memmove(&hosts->items[i], &hosts->items[i + 1], (hosts->count - i) * sizeof *hosts->items);
}

/* A file may name hosts of other studies too. */
static int exclude_file(struct nh_hosts *hosts, const char *path, struct nh_error *err)
{
    struct nh_hosts out = {0};
    struct stat st;
    if (!stat(path, &st) && S_ISREG(st.st_mode) && st.st_size == 0)
        return NH_OK; /* a list of bad hosts when there are none */
    int rc = nh_hosts_read(path, &out, err);
    for (size_t k = 0; k < out.count; k++) {
        size_t i = find(hosts, out.items[k].name, strlen(out.items[k].name));
        if (i < hosts->count)
            take_out(hosts, i);
    }
    nh_hosts_clear(&out);
    return rc ? nh_context(err, "--exclude") : NH_OK;
}

int nh_hosts_exclude(struct nh_hosts *hosts, const char *list, bool all, struct nh_error *err)
{
    if (strchr(list, '/'))
        return exclude_file(hosts, list, err);
    for (const char *at = list; *at;) {
        size_t len = strcspn(at, ","), i = find(hosts, at, len);
        if (i < hosts->count)
            take_out(hosts, i);
        else if (all)
            return nh_fail(err, NH_EINPUT, "--exclude: host '%.*s' is not among the %zu hosts",
                           (int)len, at, hosts->count);
        at += len + (at[len] == ',');
    }
    return NH_OK;
}

void nh_hosts_choose(const struct nh_hosts *hosts, long nodes, long number, struct nh_args *names)
{
    for (long i = 0; i < nodes && hosts->count; i++)
        nh_args_add(names, "%s", hosts->items[(size_t)(number * nodes + i) % hosts->count].name);
}
