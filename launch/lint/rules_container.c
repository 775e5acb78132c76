/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "launch/emit/parts.h"
#include "launch/lint/rule.h"

/* Rules for a container of a job definition. */

static const yaml_node_t *get(struct nh_lint *l, const char *path)
{
    return nh_doc_get(l->doc, l->node, path);
}

static bool is(const char *text, const char *other)
{
    return text && strcasecmp(text, other) == 0;
}

/* ---- facts ---- */

long nh_lint_resource(struct nh_lint *l, const yaml_node_t *container, const char *type,
                      const yaml_node_t **where)
{
    const yaml_node_t *list = nh_doc_get(l->doc, container, "resourceRequirements"), *one;
    for (size_t i = 0; (one = nh_doc_at(l->doc, list, i)); i++)
        if (is(nh_doc_text(l->doc, nh_doc_get(l->doc, one, "type")), type)) {
            *where = nh_doc_get(l->doc, one, "value");
            return nh_doc_number(l->doc, *where);
        }
    *where = nh_doc_get(l->doc, container, strcmp(type, "VCPU") == 0 ? "vcpus" : type);
    return nh_doc_number(l->doc, *where);
}

size_t nh_lint_devices(struct nh_lint *l, const yaml_node_t *container)
{
    const yaml_node_t *list = nh_doc_get(l->doc, container, "linuxParameters.devices"), *one;
    size_t n = 0;
    for (size_t i = 0; (one = nh_doc_at(l->doc, list, i)); i++) {
        const char *path = nh_doc_text(l->doc, nh_doc_get(l->doc, one, "hostPath"));
        n += path && strstr(path, "infiniband/uverbs");
    }
    return n;
}

const struct nh_machine *nh_lint_machine(struct nh_lint *l, const yaml_node_t *container)
{
    const yaml_node_t *where;
    const struct nh_machine *best = NULL;
    long vcpus = nh_lint_resource(l, container, "VCPU", &where);
    long gpus = nh_lint_resource(l, container, "GPU", &where);
    long devices = (long)nh_lint_devices(l, container);
    if (l->machine)
        return l->machine;
    for (size_t i = 0; i < l->catalog->machine_count; i++) {
        const struct nh_machine *m = &l->catalog->machines[i];
        bool fits = m->efa_interfaces && m->gpus == (gpus > 0 ? gpus : 0) &&
                    (m->vcpus == vcpus || (gpus > 0 && m->efa_interfaces == devices));
        if (fits && (devices || l->multinode) && (!best || m->visible_mib > best->visible_mib))
            best = m;
    }
    return best;
}

/* With EFA or over nodes: else it is none of our business. */
static bool is_parallel(struct nh_lint *l)
{
    return l->multinode || nh_lint_devices(l, l->node) > 0;
}

/* ---- limits of the container ---- */

static void shm(struct nh_lint *l)
{
    const yaml_node_t *where, *given = get(l, "linuxParameters.sharedMemorySize");
    long mib = nh_doc_number(l->doc, given);
    int need = nh_lint_resource(l, l->node, "GPU", &where) > 0 ? 16384 : 4096;
    if (!is_parallel(l) || (given && (mib < 0 || mib >= 4096)))
        return;
    if (given)
        nh_lint_add(l, nh_doc_line(given),
                    "sharedMemorySize %ld MiB | set linuxParameters.sharedMemorySize: %d", mib,
                    need);
    else
        nh_lint_add(l, nh_doc_line(l->node),
                    "no sharedMemorySize: /dev/shm has 64 MiB | add "
                    "linuxParameters.sharedMemorySize: %d",
                    need);
}

static void memory_high(struct nh_lint *l)
{
    const yaml_node_t *where;
    const struct nh_machine *m = nh_lint_machine(l, l->node);
    long mib = nh_lint_resource(l, l->node, "MEMORY", &where);
    if (m && m->visible_mib && mib > 0.95 * m->visible_mib)
        nh_lint_add(l, nh_doc_line(where),
                    "memory %ld MiB is %.1f %% of the %d MiB that Linux sees on %s | ask for %ld "
                    "or less",
                    mib, 100.0 * (double)mib / m->visible_mib, m->visible_mib, m->name,
                    nh_emit_memory_mib(m));
}

static void memory_low(struct nh_lint *l)
{
    const yaml_node_t *where;
    const struct nh_machine *m = nh_lint_machine(l, l->node);
    long mib = nh_lint_resource(l, l->node, "MEMORY", &where);
    if (is_parallel(l) && m && m->visible_mib && mib > 0 && mib < 0.1 * m->visible_mib)
        nh_lint_add(l, nh_doc_line(where),
                    "memory %ld MiB of the %d MiB of %s | ask for %ld: the node is yours", mib,
                    m->visible_mib, m->name, nh_emit_memory_mib(m));
}

static void memlock(struct nh_lint *l)
{
    const yaml_node_t *list = get(l, "ulimits"), *one;
    if (!is_parallel(l))
        return;
    for (size_t i = 0; (one = nh_doc_at(l->doc, list, i)); i++) {
        const char *limit = nh_doc_text(l->doc, nh_doc_get(l->doc, one, "hardLimit"));
        if (!is(nh_doc_text(l->doc, nh_doc_get(l->doc, one, "name")), "memlock"))
            continue;
        if (limit && strcmp(limit, "-1") != 0)
            nh_lint_add(l, nh_doc_line(one), "memlock %.20s | set softLimit and hardLimit to -1",
                        limit);
        return;
    }
    nh_lint_add(l, nh_doc_line(l->node),
                "no ulimit memlock: containers have 64 KiB | add ulimits: [{name: memlock, "
                "softLimit: -1, hardLimit: -1}]");
}

static void init(struct nh_lint *l)
{
    const yaml_node_t *given = get(l, "linuxParameters.initProcessEnabled");
    if (is_parallel(l) && !nh_doc_is_true(l->doc, given) && (!given || nh_doc_text(l->doc, given)))
        nh_lint_add(l, nh_doc_line(given ? given : l->node),
                    "no init process | set linuxParameters.initProcessEnabled: true");
}

/* Interfaces of the launch templates in the same file; 0: none there. */
static size_t interfaces(struct nh_lint *l)
{
    const yaml_node_t *resources = nh_doc_get(l->doc, nh_doc_root(l->doc), "Resources"), *one;
    const char *name;
    size_t n = 0;
    for (size_t i = 0; nh_doc_pair(l->doc, resources, i, &name, &one); i++) {
        const yaml_node_t *nic,
            *list = nh_doc_get(l->doc, one, "Properties.LaunchTemplateData.NetworkInterfaces");
        for (size_t k = 0; (nic = nh_doc_at(l->doc, list, k)); k++) {
            const char *type = nh_doc_text(l->doc, nh_doc_get(l->doc, nic, "InterfaceType"));
            n += type && strncmp(type, "efa", 3) == 0;
        }
    }
    return n;
}

static void efa_devices(struct nh_lint *l)
{
    const struct nh_machine *m = nh_lint_machine(l, l->node);
    size_t devices = nh_lint_devices(l, l->node), nics = interfaces(l);
    const yaml_node_t *list = get(l, "linuxParameters.devices");
    size_t line = nh_doc_line(list ? list : l->node);
    if (!l->multinode)
        return;
    if (nics && devices != nics)
        nh_lint_add(l, line,
                    "%zu EFA devices for %zu EFA interfaces of the launch template | list "
                    "/dev/infiniband/uverbs0 to uverbs%zu",
                    devices, nics, nics - 1);
    else if (m && devices != (size_t)m->efa_interfaces)
        nh_lint_add(l, line,
                    "%zu EFA devices, %s has %d | list /dev/infiniband/uverbs0 to uverbs%d",
                    devices, m->name, m->efa_interfaces, m->efa_interfaces - 1);
    else if (!m && !devices)
        nh_lint_add(l, line,
                    "no EFA device | list /dev/infiniband/uverbs0 in "
                    "linuxParameters.devices");
}

/* ---- image ---- */

static void image(struct nh_lint *l)
{
    const yaml_node_t *given = get(l, "image");
    const char *name = nh_doc_text(l->doc, given);
    if (!name || strstr(name, "@sha256:"))
        return;
    const char *slash = strrchr(name, '/'), *tag = strchr(slash ? slash : name, ':');
    if (!tag || strcmp(tag, ":latest") == 0)
        nh_lint_add(l, nh_doc_line(given),
                    "image '%.100s' is whatever was pushed last | name it by its digest, "
                    "@sha256:...",
                    name);
}

/* ---- environment ---- */

static void each_variable(struct nh_lint *l, void (*see)(struct nh_lint *l, size_t line,
                                                         const char *name, const char *value))
{
    const yaml_node_t *list = get(l, "environment"), *one;
    for (size_t i = 0; (one = nh_doc_at(l->doc, list, i)); i++) {
        const yaml_node_t *value = nh_doc_get(l->doc, one, "value");
        const char *name = nh_doc_text(l->doc, nh_doc_get(l->doc, one, "name")),
                   *text = nh_doc_text(l->doc, value);
        if (name && text)
            see(l, nh_doc_line(value), name, text);
    }
}

/* "$PATH" or "${PATH}": the beginning of a shell's variable, or NULL. */
static const char *shell_variable(const char *text)
{
    for (const char *at = text; (at = strchr(at, '$')); at++) {
        const char *name = at[1] == '{' ? at + 2 : at + 1;
        if (isalpha((unsigned char)*name) || *name == '_')
            return at;
    }
    return NULL;
}

static void see_literal(struct nh_lint *l, size_t line, const char *name, const char *value)
{
    const char *variable = shell_variable(value);
    if (variable)
        nh_lint_add(l, line,
                    "%.40s contains '%.40s', which nothing expands | write the whole value, or "
                    "set it in the image (ENV)",
                    name, variable);
}

static void literals(struct nh_lint *l)
{
    each_variable(l, see_literal);
}

static void see_removed(struct nh_lint *l, size_t line, const char *name, const char *value)
{
    const struct nh_machine *m = nh_lint_machine(l, l->node);
    static const char *const gone[] = {"FI_EFA_MTU_SIZE", "FI_EFA_TX_IOV_LIMIT",
                                       "FI_EFA_RX_IOV_LIMIT"};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        if (strcmp(name, gone[i]) == 0)
            nh_lint_add(l, line, "%s | remove it: libfabric no longer has it", name);
    if (strcmp(name, "FI_EFA_USE_DEVICE_RDMA") == 0 && strcmp(value, "1") == 0 && m &&
        m->efa_rdma < 0)
        nh_lint_add(l, line, "%s=1 on %s, whose EFA has no RDMA | remove it", name, m->name);
}

static void removed(struct nh_lint *l)
{
    each_variable(l, see_removed);
}

static void see_reserved(struct nh_lint *l, size_t line, const char *name, const char *value)
{
    (void)value;
    if (strncmp(name, "AWS_BATCH", 9) == 0)
        nh_lint_add(l, line, "variable %.60s | rename it: AWS_BATCH_* is Batch's own", name);
}

static void reserved(struct nh_lint *l)
{
    each_variable(l, see_reserved);
}

static void see_secret(struct nh_lint *l, size_t line, const char *name, const char *value)
{
    if (strstr(value, "PRIVATE KEY") || strstr(name, "SECRET_ACCESS_KEY") ||
        strcmp(name, "AWS_SESSION_TOKEN") == 0)
        nh_lint_add(l, line,
                    "%.60s holds a secret | keep it in Secrets Manager and give the job role "
                    "secretsmanager:GetSecretValue",
                    name);
}

static void secrets(struct nh_lint *l)
{
    each_variable(l, see_secret);
}

/* NCCL_TOTAL_PROCS=16 and the like. */
static void see_ranks(struct nh_lint *l, size_t line, const char *name, const char *value)
{
    bool counts = strstr(name, "PROCS") || strstr(name, "NTASKS") || strstr(name, "NUM_RANKS") ||
                  strcmp(name, "NP") == 0;
    if (l->multinode && counts && strstr(name, "PER_NODE") == NULL && strtol(value, NULL, 10) > 2)
        nh_lint_add(l, line,
                    "%.60s=%.20s whatever the number of nodes | take it from "
                    "AWS_BATCH_JOB_NUM_NODES times the ranks on a node",
                    name, value);
}

/* ---- command ---- */

/* The words with spaces between, for looking into them. */
static void command_line(struct nh_lint *l, char *buf, size_t len)
{
    const yaml_node_t *list = get(l, "command"), *word;
    size_t used = 0;
    *buf = '\0';
    for (size_t i = 0; used < len && (word = nh_doc_at(l->doc, list, i)); i++) {
        const char *text = nh_doc_text(l->doc, word);
        used += (size_t)snprintf(buf + used, len - used, "%s%s", i ? " " : "", text ? text : "?");
    }
}

static void ranks(struct nh_lint *l)
{
    char text[2048], word[32];
    const yaml_node_t *command = get(l, "command");
    each_variable(l, see_ranks);
    command_line(l, text, sizeof text);
    const char *n = nh_script_option(text, "-np", word, sizeof word);
    /* With blanks in a word it is a shell's text, which the rule for scripts sees. */
    if (l->multinode && n && strtol(n, NULL, 10) > 2 && nh_script_has(text, "mpirun") &&
        is(nh_doc_text(l->doc, nh_doc_at(l->doc, command, 0)), "mpirun"))
        nh_lint_add(l, nh_doc_line(command),
                    "mpirun -np %s whatever the number of nodes | take it from "
                    "AWS_BATCH_JOB_NUM_NODES times the ranks on a node",
                    n);
}

static void hosts(struct nh_lint *l)
{
    char text[8192];
    const yaml_node_t *command = get(l, "command");
    command_line(l, text, sizeof text);
    if (l->multinode && strstr(text, "mpirun") && !strstr(text, "host"))
        nh_lint_add(l, nh_doc_line(command),
                    "mpirun without a host file | give the main node one with every node's "
                    "address, and let the others wait");
}

static void expanded(struct nh_lint *l)
{
    const yaml_node_t *command = get(l, "command"), *word;
    char text[2048];
    command_line(l, text, sizeof text);
    if (nh_script_has(text, "-c") || nh_script_has(text, "-lc") || nh_script_has(text, "-ec"))
        return;
    for (size_t i = 0; (word = nh_doc_at(l->doc, command, i)); i++) {
        const char *given = nh_doc_text(l->doc, word);
        const char *variable = given ? shell_variable(given) : NULL;
        if (variable)
            nh_lint_add(l, nh_doc_line(word),
                        "the command contains '%.40s', and no shell expands it | start it by "
                        "bash -c, or let the program read the variable",
                        variable);
    }
}

static const struct nh_rule rules[] = {
    {"shm", NH_SUBJECT_CONTAINER,
     "MPI and NCCL need up to 28.8 MiB for every rank in /dev/shm; else they die of SIGBUS, or "
     "the node's own ranks talk through the network card",
     shm},
    {"memory-high", NH_SUBJECT_CONTAINER,
     "the agent keeps memory for itself: the job stays RUNNABLE for ever", memory_high},
    {"memory-low", NH_SUBJECT_CONTAINER,
     "the container is killed for memory at that limit, /dev/shm included", memory_low},
    {"memlock", NH_SUBJECT_CONTAINER,
     "EFA registers memory, which must be locked: libfabric fails with -12", memlock},
    {"init", NH_SUBJECT_CONTAINER,
     "SIGTERM of a time-out does not reach the programs, and what has ended stays as zombie", init},
    {"efa-devices", NH_SUBJECT_CONTAINER,
     "the container starts only when every listed device is there, and uses only those listed",
     efa_devices},
    {"image-tag", NH_SUBJECT_CONTAINER,
     "another image tomorrow gives other numbers, with no trace in the results", image},
    {"literal-variable", NH_SUBJECT_CONTAINER,
     "Batch passes values as they stand: PATH becomes '$PATH:/opt/...' with a dollar sign",
     literals},
    {"removed-variable", NH_SUBJECT_CONTAINER, "libfabric aborts when it finds it", removed},
    {"reserved-variable", NH_SUBJECT_CONTAINER, "register-job-definition or the agent refuses it",
     reserved},
    {"secret", NH_SUBJECT_CONTAINER,
     "everybody who may describe jobs can read the environment of a job definition", secrets},
    {"constant-ranks", NH_SUBJECT_CONTAINER,
     "with another numNodes the job still runs this many ranks: nodes idle, or cores are shared",
     ranks},
    {"no-host-file", NH_SUBJECT_CONTAINER,
     "every container runs a job of its own on one node, and nothing crosses the network", hosts},
    {"unexpanded", NH_SUBJECT_CONTAINER, "the program gets the dollar sign", expanded},
};

const struct nh_rules nh_rules_container = {rules, sizeof rules / sizeof *rules};
