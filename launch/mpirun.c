/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/mpirun.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch/capture.h"

#ifndef NH_MPIRUN
#define NH_MPIRUN "mpirun"
#endif

const char *const nh_ssh_options[] = {"-o", "BatchMode=yes",          "-o", "ConnectTimeout=10",
                                      "-o", "ServerAliveInterval=15", NULL};
#define SSH_WORDS "-o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=15"

struct nh_mpi_flavour {
    const char *name;
    const char *marks[2];          /* either of them in the output of mpirun --version */
    const char *unbound[4];        /* nodehour-mpi binds its ranks itself, and records it */
    const char *hosts;             /* option with the list of hosts */
    const char *per_node;          /* option with the ranks of a node; NULL: --map-by ppr:N:node */
    const char *oversubscribe;     /* option for more ranks than slots, or NULL: never refused */
    const char *map_oversubscribe; /* the same as a modifier of --map-by, or NULL */
    const char *env;               /* option that sets a variable of the ranks */
    const char *wdir;
    const char *ssh[4], *slurm[4];   /* options: who starts ranks elsewhere */
    const char *ssh_env, *slurm_env; /* variables that have no option */
    const char *srun_type;           /* how srun helps ranks to find each other */
    const char *const *as_root;      /* environment that lets root start it, or NULL */
    bool slots_in_hosts;             /* "a:36,b:36" */
    bool env_two_words;              /* NAME VALUE instead of NAME=VALUE */
};

static const char *const ompi_as_root[] = {"OMPI_ALLOW_RUN_AS_ROOT=1",
                                           "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", NULL};

/* Open MPI 5 has PRRTE as its launcher: its parameters are set by --prtemca, the module is
 * called ssh instead of rsh, and oversubscription is a modifier of the mapping. */
static const struct nh_mpi_flavour flavours[] = {
    {.name = "Open MPI",
     .marks = {"(Open MPI) 5"},
     .unbound = {"--bind-to", "none"},
     .hosts = "--host",
     .slots_in_hosts = true,
     .map_oversubscribe = ":OVERSUBSCRIBE",
     .env = "-x",
     .wdir = "--wdir",
     .ssh = {"--prtemca", "plm_ssh_agent", "ssh " SSH_WORDS},
     .srun_type = "pmix",
     .as_root = ompi_as_root},
    {.name = "Open MPI",
     .marks = {"Open MPI", "OpenRTE"},
     .unbound = {"--bind-to", "none"},
     .hosts = "--host",
     .slots_in_hosts = true,
     .oversubscribe = "--oversubscribe",
     .env = "-x",
     .wdir = "--wdir",
     .ssh = {"--mca", "plm_rsh_agent", "ssh " SSH_WORDS},
     .srun_type = "pmix",
     .as_root = ompi_as_root},
    /* Within Slurm, Intel MPI takes the placement of the allocation instead of -ppn. */
    {.name = "Intel MPI",
     .marks = {"Intel(R) MPI"},
     .unbound = {"-genv", "I_MPI_PIN", "0"},
     .hosts = "-hosts",
     .per_node = "-perhost",
     .env = "-genv",
     .env_two_words = true,
     .wdir = "-wdir",
     .ssh = {"-bootstrap", "ssh"},
     .slurm = {"-bootstrap", "slurm"},
     .srun_type = "pmi2",
     .ssh_env = "I_MPI_HYDRA_BOOTSTRAP_EXEC_EXTRA_ARGS=" SSH_WORDS,
     .slurm_env = "I_MPI_JOB_RESPECT_PROCESS_PLACEMENT=0"},
    {.name = "MPICH",
     .marks = {"HYDRA"},
     .unbound = {"-bind-to", "none"},
     .hosts = "-hosts",
     .per_node = "-ppn",
     .env = "-genv",
     .env_two_words = true,
     .wdir = "-wdir",
     .ssh = {"-launcher", "ssh"},
     .slurm = {"-launcher", "slurm"},
     .srun_type = "pmi2",
     .ssh_env = "HYDRA_LAUNCHER_EXTRA_ARGS=" SSH_WORDS},
};

/* ---- the program ---- */

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool nh_on_path(const char *name, char *buf, size_t len)
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

static int find_program(const char *wanted, char *buf, size_t len, struct nh_error *err)
{
    const char *from_user = getenv("NODEHOUR_MPIRUN");
    const char *name = wanted ? wanted : from_user && *from_user ? from_user : NH_MPIRUN;
    bool found = strchr(name, '/') ? is_program(name) : nh_on_path(name, buf, len);
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

static const struct nh_mpi_flavour *recognise(const char *version)
{
    for (size_t i = 0; i < sizeof flavours / sizeof *flavours; i++)
        for (size_t j = 0; j < 2 && flavours[i].marks[j]; j++)
            if (strstr(version, flavours[i].marks[j]))
                return &flavours[i];
    return NULL;
}

int nh_mpirun_find(const char *wanted, struct nh_mpirun *m, struct nh_error *err)
{
    char text[2048] = "", version[24];
    char *argv[] = {m->path, "--version", NULL};
    int rc = find_program(wanted, m->path, sizeof m->path, err);
    if (rc)
        return rc;
    rc = nh_capture(argv, geteuid() == 0 ? ompi_as_root : NULL, text, sizeof text, err);
    if (rc) {
        err->code = NH_EINPUT;
        return nh_context(err, "mpirun does not work; repair it, or give another by --mpirun");
    }
    m->flavour = recognise(text);
    if (!m->flavour)
        return nh_fail(err, NH_EINPUT,
                       "%s: not the mpirun of Open MPI, MPICH or Intel MPI; give one by --mpirun",
                       m->path);
    version_of(text, version, sizeof version);
    snprintf(m->description, sizeof m->description, "%s%s%s (%s)%s", m->flavour->name,
             *version ? " " : "", version, m->path,
             geteuid() == 0 && m->flavour->as_root ? ", allowed to run as root" : "");
    return NH_OK;
}

/* ---- its words ---- */

static void add_hosts(const struct nh_mpi_flavour *f, const struct nh_mpi_place *p,
                      struct nh_args *words)
{
    int slots = p->hosts.slots < p->ranks_per_node ? p->hosts.slots : p->ranks_per_node;
    char *list = NULL;
    size_t len;
    FILE *out = open_memstream(&list, &len);
    for (size_t i = 0; out && i < p->hosts.count; i++) {
        fprintf(out, "%s%s", i ? "," : "", p->hosts.names[i]);
        if (f->slots_in_hosts)
            fprintf(out, ":%d", slots);
    }
    if (!out || fclose(out))
        words->failed = true;
    nh_args_add(words, "%s", f->hosts);
    nh_args_add(words, "%s", list ? list : "");
    free(list);
}

/* Open MPI: how ranks are put on nodes and cores, in one word. */
static void add_map(const struct nh_mpi_flavour *f, const struct nh_mpi_place *p, bool crowded,
                    struct nh_args *words)
{
    char per_node[32] = "", cores[24] = "";
    const char *more = crowded && f->map_oversubscribe ? f->map_oversubscribe : "";
    if (p->hosts.count)
        snprintf(per_node, sizeof per_node, "ppr:%d:node", p->ranks_per_node);
    if (p->bind && p->threads > 1)
        snprintf(cores, sizeof cores, ":PE=%d", p->threads);
    if (!*per_node && !*cores && !*more)
        return;
    nh_args_add(words, "--map-by");
    nh_args_add(words, "%s%s%s", *per_node || !*cores ? per_node : "slot", cores, more);
}

/* By cores, so that two ranks never share one by its hyper-threads. */
static void add_binding(const struct nh_mpi_flavour *f, const struct nh_mpi_place *p,
                        struct nh_args *words)
{
    static const char *const open_mpi[] = {"--bind-to", "core", NULL};
    static const char *const intel[] = {"-genv", "I_MPI_PIN",        "1",
                                        "-genv", "I_MPI_PIN_CELL",   "core",
                                        "-genv", "I_MPI_PIN_DOMAIN", NULL};
    if (!p->bind) {
        nh_args_extend(words, (char *const *)f->unbound);
    } else if (!f->per_node) {
        nh_args_extend(words, (char *const *)open_mpi);
    } else if (strcmp(f->unbound[0], "-bind-to") == 0) {
        nh_args_add(words, "-bind-to");
        nh_args_add(words, "core:%d", p->threads > 1 ? p->threads : 1);
    } else {
        nh_args_extend(words, (char *const *)intel);
        nh_args_add(words, "%s", p->threads > 1 ? "omp" : "core");
    }
}

static void add_variable(const struct nh_mpi_flavour *f, const char *pair, struct nh_args *words)
{
    const char *equals = strchr(pair, '=');
    nh_args_add(words, "%s", f->env);
    if (!f->env_two_words || !equals) {
        nh_args_add(words, "%s", pair);
        return;
    }
    nh_args_add(words, "%.*s", (int)(equals - pair), pair);
    nh_args_add(words, "%s", equals + 1);
}

/* A shell that ssh starts does not have our variables: the library search path is one
 * without which a program in a place of its own does not even start. */
static void add_environment(const struct nh_mpi_flavour *f, const struct nh_mpi_place *p,
                            struct nh_args *words)
{
    const char *libraries = getenv("LD_LIBRARY_PATH");
    if (p->agent != NH_AGENT_NONE && libraries && *libraries && !f->env_two_words)
        add_variable(f, "LD_LIBRARY_PATH", words);
    if (p->threads) {
        char pair[40];
        snprintf(pair, sizeof pair, "OMP_NUM_THREADS=%d", p->threads);
        add_variable(f, pair, words);
    }
    for (char *const *pair = p->env; pair && *pair; pair++)
        add_variable(f, *pair, words);
}

void nh_mpirun_words(const struct nh_mpirun *m, const struct nh_mpi_place *p, struct nh_args *words)
{
    const struct nh_mpi_flavour *f = m->flavour;
    bool crowded = p->ranks_per_node > p->hosts.slots;
    nh_args_add(words, "%s", m->path);
    if (p->agent == NH_AGENT_SSH)
        nh_args_extend(words, (char *const *)f->ssh);
    if (p->agent == NH_AGENT_SLURM)
        nh_args_extend(words, (char *const *)f->slurm);
    if (p->hosts.count)
        add_hosts(f, p, words);
    if (p->hosts.count && f->per_node) {
        nh_args_add(words, "%s", f->per_node);
        nh_args_add(words, "%d", p->ranks_per_node);
    }
    if (!f->per_node)
        add_map(f, p, crowded, words);
    add_binding(f, p, words);
    if (crowded && f->oversubscribe)
        nh_args_add(words, "%s", f->oversubscribe);
    if (p->wdir) {
        nh_args_add(words, "%s", f->wdir);
        nh_args_add(words, "%s", p->wdir);
    }
    add_environment(f, p, words);
    nh_args_add(words, "-n");
    nh_args_add(words, "%d", p->ranks);
}

void nh_mpirun_env(const struct nh_mpirun *m, enum nh_mpi_agent agent, struct nh_args *env)
{
    const struct nh_mpi_flavour *f = m->flavour;
    if (geteuid() == 0 && f->as_root)
        nh_args_extend(env, (char *const *)f->as_root);
    if (agent == NH_AGENT_SSH && f->ssh_env)
        nh_args_add(env, "%s", f->ssh_env);
    if (agent == NH_AGENT_SLURM && f->slurm_env)
        nh_args_add(env, "%s", f->slurm_env);
}

const char *nh_mpirun_srun_type(const struct nh_mpirun *mpirun)
{
    return getenv("SLURM_MPI_TYPE") ? NULL : mpirun->flavour->srun_type;
}
