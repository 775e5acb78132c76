/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <ftw.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/report/format.h"
#include "common/paths.h"

/* Pictures are made by the browser that also shows the page: the charts are the same, and no
 * library is linked for it. */
static const char *const browsers[] = {"chromium", "chromium-browser", "google-chrome",
                                       "google-chrome-stable"};

extern char **environ;

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

/* The exit status, or -1 when the program is not there. Its chatter goes nowhere. */
static int run_quietly(char *const *argv)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", 1, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
    int failed = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        return -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    /* posix_spawnp of older libraries says 127 for a program that is not there. */
    return WIFEXITED(status) ? WEXITSTATUS(status) == 127 ? -1 : WEXITSTATUS(status) : 1;
}

static int try_browsers(const char *option, const char *page, const char *path, const char *profile)
{
    char output[NH_PATH_MAX], user_data[NH_PATH_MAX], address[NH_PATH_MAX];
    int status = -1;
    snprintf(output, sizeof output, "%s=%s", option, path);
    snprintf(user_data, sizeof user_data, "--user-data-dir=%s", profile);
    snprintf(address, sizeof address, "file://%s", page);
    for (size_t i = 0; status == -1 && i < sizeof browsers / sizeof *browsers; i++) {
        /* Its sandbox does not work for root; the page has no script and loads nothing. */
        const char *const argv[] = {browsers[i],
                                    "--headless=new",
                                    "--disable-gpu",
                                    "--hide-scrollbars",
                                    "--no-pdf-header-footer",
                                    "--window-size=1280,1700",
                                    "--blink-settings=preferredColorScheme=1",
                                    user_data,
                                    output,
                                    geteuid() == 0 ? "--no-sandbox" : "--no-first-run",
                                    address,
                                    NULL};
        status = run_quietly((char *const *)(uintptr_t)argv);
    }
    return status;
}

int nh_render(const char *browser_option, const char *page, const char *path, struct nh_error *err)
{
    char profile[] = "/tmp/nodehour-browser-XXXXXX";
    if (!mkdtemp(profile))
        return nh_fail_errno(err, "cannot make a temporary folder");
    int status = try_browsers(browser_option, page, path, profile);
    nftw(profile, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (status == -1)
        return nh_fail(err, NH_EFAIL,
                       "PNG and PDF are made by Chromium or Chrome, and none is in PATH; install "
                       "the package chromium, or print the page from any browser");
    if (status != 0 || access(path, R_OK) != 0)
        return nh_fail(err, NH_EFAIL,
                       "the browser made no picture of the page (exit code %d); open the page and "
                       "print it",
                       status);
    return NH_OK;
}
