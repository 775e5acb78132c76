/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/leftover.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_word(const char *pid, const char *word)
{
    char path[64], *text = NULL;
    size_t room = 0;
    bool found = false;
    snprintf(path, sizeof path, "/proc/%.20s/cmdline", pid);
    FILE *in = fopen(path, "re");
    while (in && !found && getdelim(&text, &room, '\0', in) > 0)
        found = strcmp(text, word) == 0;
    if (in)
        fclose(in);
    free(text);
    return found;
}

pid_t nh_leftover(const char *word)
{
    pid_t found = 0;
    DIR *list = opendir("/proc");
    if (!list)
        return 0;
    for (struct dirent *e = readdir(list); e && !found; e = readdir(list)) {
        long pid = strtol(e->d_name, NULL, 10);
        if (pid > 0 && pid != (long)getpid() && has_word(e->d_name, word))
            found = (pid_t)pid;
    }
    closedir(list);
    return found;
}
