/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "launch/lint/rule.h"

/* Rules for batch scripts and for shell text in the other files. */

static bool is_start(const char *text)
{
    return nh_script_has(text, "mpirun") || nh_script_has(text, "mpiexec") ||
           nh_script_has(text, "mpiexec.hydra");
}

static void each_line(struct nh_lint *l,
                      void (*see)(struct nh_lint *l, const struct nh_script_line *line))
{
    const char *at = l->text;
    size_t number = l->first_line;
    struct nh_script_line line;
    while (nh_script_next(&at, &number, &line))
        if (!line.comment)
            see(l, &line);
}

/* ---- the head of a batch script ---- */

static void late(struct nh_lint *l)
{
    const char *at = l->text;
    size_t number = l->first_line, command = 0;
    struct nh_script_line line;
    while (nh_script_next(&at, &number, &line)) {
        if (!line.comment && !command)
            command = line.number;
        else if (line.comment && command && strncmp(line.text, "#SBATCH", 7) == 0)
            nh_lint_add(l, line.number,
                        "'%.60s' after the first command (line %zu) | move it above that line",
                        line.text, command);
    }
}

static void first_line(struct nh_lint *l)
{
    const char *sign = strstr(l->text, "#!");
    size_t lines = l->first_line;
    if (l->doc || !sign || sign == l->text || sign - l->text > 200)
        return;
    for (const char *at = l->text; at < sign; at++)
        lines += *at == '\n';
    if (sign[-1] == '\n' && strncmp(sign, "#!/", 3) == 0)
        nh_lint_add(l, lines, "#! is not in the first line | move it there");
}

/* A long option, or its short letter, in the options of sbatch. */
static bool asks_for(const char *text, const char *name, char letter)
{
    char option[40], short_one[8];
    snprintf(option, sizeof option, "--%s", name);
    snprintf(short_one, sizeof short_one, " -%c", letter);
    for (const char *at = text; (at = strstr(at, "#SBATCH")); at++) {
        char line[512];
        snprintf(line, sizeof line, "%.*s", (int)(strcspn(at, "\n") % sizeof line), at);
        if (strstr(line, option) || (letter && strstr(line, short_one)))
            return true;
    }
    return false;
}

static void time_limit(struct nh_lint *l)
{
    if (!asks_for(l->text, "time", 't'))
        nh_lint_add(l, l->first_line, "no time limit | add #SBATCH --time=00:30:00");
}

static void exclusive(struct nh_lint *l)
{
    if (!asks_for(l->text, "exclusive", 0))
        nh_lint_add(l, l->first_line, "the nodes are not exclusive | add #SBATCH --exclusive");
}

/* ---- mpirun ---- */

/* Two ranks are what a ping-pong has. */
static void see_ranks(struct nh_lint *l, const struct nh_script_line *line)
{
    char word[32];
    const char *n = nh_script_option(line->text, "-np", word, sizeof word);
    if (!n)
        n = nh_script_option(line->text, "-n", word, sizeof word);
    if (is_start(line->text) && n && isdigit((unsigned char)*n) && strtol(n, NULL, 10) > 2)
        nh_lint_add(l, line->number,
                    "%s ranks whatever the number of nodes | write \"$SLURM_NTASKS\", or nodes "
                    "times ranks on a node",
                    n);
}

static void ranks(struct nh_lint *l)
{
    each_line(l, see_ranks);
}

static void see_flags(struct nh_lint *l, const struct nh_script_line *line)
{
    bool hydra = strstr(line->text, "-bootstrap") || strstr(line->text, "I_MPI_");
    if (is_start(line->text) && hydra && strstr(line->text, "--map-by"))
        nh_lint_add(l, line->number,
                    "--map-by is Open MPI's, this is Intel MPI | write -ppn 1 for a rank on each "
                    "node");
}

static void flags(struct nh_lint *l)
{
    each_line(l, see_flags);
}

static void see_binding(struct nh_lint *l, const struct nh_script_line *line)
{
    char word[32];
    if (is_start(line->text) && nh_script_option(line->text, "-N", word, sizeof word) &&
        !strstr(line->text, "bind-to") && !strstr(line->text, "map-by"))
        nh_lint_add(l, line->number,
                    "-N %s without binding | add --bind-to none, or --map-by ppr:4:package", word);
}

static void binding(struct nh_lint *l)
{
    each_line(l, see_binding);
}

static void see_pipe(struct nh_lint *l, const struct nh_script_line *line)
{
    const char *pipe = strchr(line->text, '|');
    if (is_start(line->text) && pipe && pipe[1] != '|' && !strstr(l->text, "pipefail"))
        nh_lint_add(l, line->number,
                    "the exit code of mpirun is lost in a pipe | begin with set "
                    "-o pipefail");
    if (strstr(line->text, "echo \"0\" >") || strstr(line->text, "echo 0 >"))
        nh_lint_add(l, line->number,
                    "success is written whatever happened | keep rc=$? of mpirun and exit with it");
}

static void exit_code(struct nh_lint *l)
{
    each_line(l, see_pipe);
}

/* ---- nodes ---- */

static void see_eth0(struct nh_lint *l, const struct nh_script_line *line)
{
    if (nh_script_has(line->text, "eth0") || strstr(line->text, "=eth0"))
        nh_lint_add(l, line->number,
                    "eth0 is hard-coded | exclude what is no network instead: lo,docker0, or name "
                    "an address range");
}

static void eth0(struct nh_lint *l)
{
    each_line(l, see_eth0);
}

static void see_slots(struct nh_lint *l, const struct nh_script_line *line)
{
    if (nh_script_has(line->text, "nproc") &&
        (strstr(line->text, "slots") || strstr(line->text, "SLOTS")))
        nh_lint_add(l, line->number,
                    "slots by nproc | count cores: lscpu -p=CORE,SOCKET | grep -v '^#' | sort -u "
                    "| wc -l");
}

static void slots(struct nh_lint *l)
{
    each_line(l, see_slots);
}

static void see_wait(struct nh_lint *l, const struct nh_script_line *line)
{
    if (strstr(line->text, "tail -f /dev/null") || strstr(line->text, "sleep infinity"))
        nh_lint_add(l, line->number,
                    "waits for ever | ask every few seconds whether the main node is there, and "
                    "exit when not");
}

static void for_ever(struct nh_lint *l)
{
    each_line(l, see_wait);
}

static void see_key(struct nh_lint *l, const struct nh_script_line *line)
{
    if (strstr(line->text, "StrictHostKeyChecking no") ||
        strstr(line->text, "StrictHostKeyChecking=no"))
        nh_lint_add(l, line->number,
                    "host keys are not checked | exchange the keys when nodes register, and check "
                    "them");
}

static void host_key(struct nh_lint *l)
{
    each_line(l, see_key);
}

static void see_drive(struct nh_lint *l, const struct nh_script_line *line)
{
    const char *at = strstr(line->text, "/dev/nvme");
    if (at && (isdigit((unsigned char)at[9]) || at[9] == '[') &&
        (strstr(line->text, "mdadm") || strstr(line->text, "mkfs")))
        nh_lint_add(l, line->number,
                    "drives by number | take "
                    "/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_*");
}

static void drives(struct nh_lint *l)
{
    each_line(l, see_drive);
}

static void see_removed(struct nh_lint *l, const struct nh_script_line *line)
{
    static const char *const gone[] = {
        "FI_EFA_MTU_SIZE=", "FI_EFA_TX_IOV_LIMIT=", "FI_EFA_RX_IOV_LIMIT="};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        if (strstr(line->text, gone[i]))
            nh_lint_add(l, line->number, "%.30s | remove it: libfabric no longer has it", gone[i]);
    if (strstr(line->text, "FI_EFA_USE_DEVICE_RDMA=1") && l->machine && l->machine->efa_rdma < 0)
        nh_lint_add(l, line->number,
                    "FI_EFA_USE_DEVICE_RDMA=1 on %s, whose EFA has no RDMA | "
                    "remove it",
                    l->machine->name);
}

static void removed(struct nh_lint *l)
{
    each_line(l, see_removed);
}

static const struct nh_rule rules[] = {
    {"sbatch-late", NH_SUBJECT_SBATCH, "Slurm reads options until the first command only", late},
    {"first-line", NH_SUBJECT_SCRIPT, "the kernel starts another shell, or none", first_line},
    {"time-limit", NH_SUBJECT_SBATCH, "a rank that hangs is paid for until somebody looks",
     time_limit},
    {"exclusive", NH_SUBJECT_SBATCH, "another job on a node is in every number", exclusive},
    {"constant-ranks", NH_SUBJECT_SCRIPT,
     "with another number of nodes the same ranks run: nodes idle, or cores are shared", ranks},
    {"mpi-flags", NH_SUBJECT_SCRIPT,
     "both ranks land on one node: shared memory is measured and called a network", flags},
    {"binding", NH_SUBJECT_SCRIPT, "Open MPI 5 then binds all ranks of a node to its first package",
     binding},
    {"exit-code", NH_SUBJECT_SCRIPT, "a run that failed counts as done", exit_code},
    {"interface", NH_SUBJECT_SCRIPT, "mpirun hangs where the interface has another name", eth0},
    {"slots", NH_SUBJECT_SCRIPT, "hyper-threads are counted: two ranks share a core", slots},
    {"for-ever", NH_SUBJECT_SCRIPT, "the node is paid for until the time-out, if there is one",
     for_ever},
    {"host-key", NH_SUBJECT_SCRIPT, "whoever answers at the address is believed", host_key},
    {"drives", NH_SUBJECT_SCRIPT,
     "the root volume is an nvme device as well, and numbers change: it may be overwritten",
     drives},
    {"removed-variable", NH_SUBJECT_SCRIPT, "libfabric aborts when it finds it", removed},
};

const struct nh_rules nh_rules_script = {rules, sizeof rules / sizeof *rules};
