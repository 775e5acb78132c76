/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/logtail.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { TAIL_BYTES = 65536, MOST_LINES = 20 };

static int worth(const char *line)
{
    if (strncmp(line, "nodehour-mpi", strlen("nodehour-mpi")) == 0)
        return 3;
    if (strstr(line, "noticed that process") || strstr(line, "BAD TERMINATION") ||
        strstr(line, "not enough slots"))
        return 2;
    while (*line && !isalpha((unsigned char)*line))
        line++;
    return *line != '\0';
}

const char *nh_log_reason(const char *path, char *buf, size_t len)
{
    char line[1024];
    int best = 0;
    *buf = '\0';
    FILE *in = fopen(path, "re");
    if (!in)
        return buf;
    if (fseek(in, -TAIL_BYTES, SEEK_END))
        rewind(in); /* shorter than that */
    while (fgets(line, sizeof line, in)) {
        line[strcspn(line, "\r\n")] = '\0';
        int value = worth(line);
        if (!value || value < best)
            continue;
        best = value;
        size_t n = strlen(line);
        while (n && strchr(" .", line[n - 1]))
            n--;
        snprintf(buf, len, "%.*s", (int)(n < len ? n : len - 1), line);
    }
    fclose(in);
    return buf;
}

/* What a terminal would obey is made visible as '?'. */
static void print_line(const char *line, FILE *out)
{
    fputs("    | ", out);
    for (; *line && *line != '\n' && *line != '\r'; line++)
        putc((unsigned char)*line < ' ' && *line != '\t' ? '?' : *line, out);
    putc('\n', out);
}

void nh_log_tail(const char *path, int count, FILE *out)
{
    char lines[MOST_LINES][200];
    long n = 0;
    count = count < MOST_LINES ? count : MOST_LINES;
    FILE *in = fopen(path, "re");
    if (!in)
        return;
    if (fseek(in, -TAIL_BYTES, SEEK_END))
        rewind(in); /* shorter than that */
    while (fgets(lines[n % MOST_LINES], sizeof lines[0], in))
        n++;
    fclose(in);
    for (long i = n > count ? n - count : 0; i < n; i++)
        print_line(lines[i % MOST_LINES], out);
}
