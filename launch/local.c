/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/paths.h"
#include "launch/launcher.h"
#include "launch/process.h"

/* Launches on this machine by its mpirun. The MPI libraries differ in the options that
 * keep mpirun from binding ranks (nodehour-mpi binds them itself and records it) and in
 * what they refuse by default; those differences are this table. */

#ifndef NH_MPIRUN
#define NH_MPIRUN "mpirun"
#endif

struct flavour {
    const char *name;
    const char *mark;           /* in the output of mpirun --version */
    const char *unbound[4];     /* options: do not bind ranks; NULL-terminated */
    const char *oversubscribe;  /* option for more ranks than cores, or NULL */
    const char *const *as_root; /* environment that lets root start it, or NULL */
};

static const char *const ompi_as_root[] = {"OMPI_ALLOW_RUN_AS_ROOT=1",
                                           "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", NULL};

static const struct flavour flavours[] = {
    {"Open MPI", "Open MPI", {"--bind-to", "none"}, "--oversubscribe", ompi_as_root},
    {"Open MPI", "OpenRTE", {"--bind-to", "none"}, "--oversubscribe", ompi_as_root},
    {"Intel MPI", "Intel(R) MPI", {"-genv", "I_MPI_PIN", "0"}, NULL, NULL},
    {"MPICH", "HYDRA", {"-bind-to", "none"}, NULL, NULL},
};

struct local {
    char mpirun[NH_PATH_MAX];
    const struct flavour *flavour;
    const char *const *env;
    int cores;
    char description[NH_PATH_MAX + 96];
};

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool on_path(const char *name, char *buf, size_t len)
{
    const char *dir = getenv("PATH");
    while (dir && *dir) {
        size_t n = strcspn(dir, ":");
        if (!nh_path(buf, len, NULL, "%.*s/%s", (int)n, dir, name) && is_program(buf))
            return true;
        dir += n + (dir[n] == ':');
    }
    return false;
}

static int missing(const char *name, struct nh_error *err)
{
    bool mpich = strstr(name, "mpich") != NULL;
    if (strcmp(name, NH_MPIRUN) == 0)
        return nh_fail(err, NH_EINPUT, "no %s on PATH; install one: apt-get install %s", name,
                       mpich ? "mpich" : "openmpi-bin");
    return nh_fail(err, NH_EINPUT,
                   "mpirun '%s' is not a program; give another --mpirun, or install "
                   "one: apt-get install openmpi-bin",
                   name);
}

static int find_mpirun(const char *wanted, char *buf, size_t len, struct nh_error *err)
{
    const char *from_user = getenv("NODEHOUR_MPIRUN");
    const char *name = wanted ? wanted : from_user && *from_user ? from_user : NH_MPIRUN;
    bool found = strchr(name, '/') ? is_program(name) : on_path(name, buf, len);
    if (!found)
        return missing(name, err);
    return strchr(name, '/') ? nh_path(buf, len, err, "%s", name) : NH_OK;
}

/* The first number of the version text, "4.1.4"; empty when there is none. */
static void version_of(const char *text, char *buf, size_t len)
{
    size_t used = 0;
    for (; *text && !(isdigit((unsigned char)text[0]) &&
                      (text[1] == '.' || isdigit((unsigned char)text[1])));
         text++)
        ;
    while (used + 1 < len && (isalnum((unsigned char)text[used]) || text[used] == '.')) {
        buf[used] = text[used];
        used++;
    }
    buf[used] = '\0';
}

static int recognise(struct local *l, struct nh_error *err)
{
    char text[2048] = "", version[24];
    char *argv[] = {l->mpirun, "--version", NULL};
    int rc = nh_process_capture(argv, geteuid() == 0 ? ompi_as_root : NULL, text, sizeof text, err);
    if (rc) {
        err->code = NH_EINPUT;
        return nh_context(err, "mpirun does not work; repair it, or give another by --mpirun");
    }
    for (size_t i = 0; i < sizeof flavours / sizeof *flavours && !l->flavour; i++)
        if (strstr(text, flavours[i].mark))
            l->flavour = &flavours[i];
    if (!l->flavour)
        return nh_fail(err, NH_EINPUT,
                       "%s: not the mpirun of Open MPI, MPICH or Intel MPI; give one by --mpirun",
                       l->mpirun);
    version_of(text, version, sizeof version);
    l->env = geteuid() == 0 ? l->flavour->as_root : NULL;
    snprintf(l->description, sizeof l->description, "%s%s%s (%s)%s", l->flavour->name,
             *version ? " " : "", version, l->mpirun, l->env ? ", allowed to run as root" : "");
    return NH_OK;
}

static void local_release(void *context)
{
    free(context);
}

static int local_probe(const struct nh_launcher_options *options, void **context,
                       struct nh_error *err)
{
    struct local *l = calloc(1, sizeof *l);
    if (!l)
        return nh_fail(err, NH_EFAIL, "out of memory");
    l->cores = options->cores;
    int rc = find_mpirun(options->mpirun, l->mpirun, sizeof l->mpirun, err);
    if (!rc)
        rc = recognise(l, err);
    if (rc)
        local_release(l);
    else
        *context = l;
    return rc;
}

static const char *local_describe(const void *context)
{
    const struct local *l = context;
    return l->description;
}

static void local_command(const void *context, const struct nh_launch *launch,
                          struct nh_args *command)
{
    const struct local *l = context;
    nh_args_add(command, "%s", l->mpirun);
    nh_args_extend(command, (char *const *)l->flavour->unbound);
    if (launch->ranks > l->cores && l->flavour->oversubscribe)
        nh_args_add(command, "%s", l->flavour->oversubscribe);
    nh_args_add(command, "-n");
    nh_args_add(command, "%d", launch->ranks);
    nh_args_extend(command, launch->argv);
}

static int local_start(void *context, const struct nh_launch *launch, pid_t *pid,
                       struct nh_error *err)
{
    const struct local *l = context;
    struct nh_args command = {0};
    local_command(l, launch, &command);
    int rc = command.failed ? nh_fail(err, NH_EFAIL, "out of memory")
                            : nh_process_start(command.items, l->env, launch->log_path, pid, err);
    nh_args_clear(&command);
    return rc;
}

const struct nh_launcher nh_launcher_local = {
    .name = "local",
    .probe = local_probe,
    .describe = local_describe,
    .command = local_command,
    .start = local_start,
    .release = local_release,
};
