/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/nearest.h"
#include "launch/study/study.h"

/* Studies that come with nodehour: share/nodehour/studies/NAME.yaml. */

enum { MOST_STUDIES = 100 };

struct names {
    char *items[MOST_STUDIES];
    size_t count;
};

/* NH_EINPUT when there is none. */
static int path_of(const char *name, char *path, size_t len)
{
    char file[NH_PATH_MAX], long_way[NH_PATH_MAX];
    if (nh_path(file, sizeof file, NULL, "studies/%s.yaml", name) ||
        nh_data_path(file, long_way, sizeof long_way, NULL))
        return NH_EINPUT;
    char *real = realpath(long_way, NULL); /* without bin/.. */
    int rc = real ? nh_path(path, len, NULL, "%s", real) : NH_EINPUT;
    free(real);
    return rc;
}

static int by_letters(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void find_names(struct names *names)
{
    char path[NH_PATH_MAX];
    DIR *dir = nh_data_path("studies", path, sizeof path, NULL) ? NULL : opendir(path);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)) && names->count < MOST_STUDIES) {
        const char *end = strstr(entry->d_name, ".yaml");
        if (!end || end[5] != '\0')
            continue;
        char *name = strndup(entry->d_name, (size_t)(end - entry->d_name));
        if (name)
            names->items[names->count++] = name;
    }
    if (dir)
        closedir(dir);
    qsort(names->items, names->count, sizeof *names->items, by_letters);
}

static void clear_names(struct names *names)
{
    while (names->count)
        free(names->items[--names->count]);
}

int nh_study_find(const char *name, char *path, size_t len, struct nh_error *err)
{
    struct names names = {.count = 0};
    if (access(name, F_OK) == 0)
        return nh_path(path, len, err, "%s", name);
    if (!strchr(name, '/') && !path_of(name, path, len))
        return NH_OK;
    find_names(&names);
    const char *near = nh_nearest(name, (const char *const *)names.items, names.count);
    int rc = near ? nh_fail(err, NH_EINPUT, "study '%.200s': no such file; did you mean '%s'?",
                            name, near)
                  : nh_fail(err, NH_EINPUT,
                            "study '%.200s': no such file; 'nodehour plan' lists the studies that "
                            "come with nodehour",
                            name);
    clear_names(&names);
    return rc;
}

static int list_one(const char *name, FILE *out, struct nh_error *err)
{
    char path[NH_PATH_MAX], *text;
    size_t len;
    struct nh_node *root;
    if (path_of(name, path, sizeof path))
        return NH_OK;
    int rc = nh_file_read(path, &text, &len, err);
    if (rc)
        return rc;
    rc = nh_node_parse(path, text, len, &root, err);
    free(text);
    if (rc)
        return rc;
    const struct nh_node *about = nh_node_get(root, "description");
    const struct nh_node *row = nh_node_get(root, "published");
    fprintf(out, "  %-24s %-6s %s\n", name, row && row->text ? row->text : "-",
            about && about->text ? about->text : "");
    nh_node_free(root);
    return NH_OK;
}

int nh_study_list(FILE *out, struct nh_error *err)
{
    struct names names = {.count = 0};
    int rc = NH_OK;
    find_names(&names);
    if (!names.count)
        rc = nh_fail(err, NH_EINPUT, "no study came with this nodehour; give a file");
    for (size_t i = 0; i < names.count && !rc; i++)
        rc = list_one(names.items[i], out, err);
    clear_names(&names);
    return rc;
}

int nh_study_names_shipped(struct nh_args *list, struct nh_error *err)
{
    struct names names = {.count = 0};
    find_names(&names);
    for (size_t i = 0; i < names.count; i++)
        nh_args_add(list, "%s", names.items[i]);
    clear_names(&names);
    return list->failed ? nh_fail(err, NH_EFAIL, "out of memory") : NH_OK;
}
