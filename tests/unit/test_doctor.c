/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks of the doctor on trees made up from documentation (tests/doctor-tree): a healthy
 * c5n.18xlarge and p4d.24xlarge, then one fault at a time; a stub metadata server; and what
 * is said when nodes differ. */
#include "tests/unit/support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/progress.h"
#include "launch/doctor/cpus.h"
#include "launch/doctor/doctor.h"
#include "launch/doctor/imds.h"
#include "launch/doctor/nodes.h"
#include "launch/doctor/show.h"

/* ---- trees ---- */

static char *c5n, *p4d; /* made once; a fault works on a copy */

static void shell(const char *fmt, const char *a, const char *b)
{
    char command[1500];
    snprintf(command, sizeof command, fmt, a, b);
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static char *copy_of(const char *tree)
{
    char *root = fresh_directory();
    shell("cp -a %s/. %s", tree, root);
    return root;
}

static void remove_tree(char *root)
{
    shell("rm -r %s%s", root, "");
    free(root);
}

static int make_trees(void **state)
{
    (void)state;
    unsetenv("SLURM_JOB_ID");
    unsetenv("AWS_BATCH_JOB_ID");
    unsetenv("NODEHOUR_MPIRUN");
    unsetenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    setenv("NODEHOUR_DATA", "common/catalog", 1);
    c5n = fresh_directory();
    p4d = fresh_directory();
    shell("tests/doctor-tree c5n.18xlarge %s%s", c5n, "");
    shell("tests/doctor-tree p4d.24xlarge %s%s", p4d, "");
    return 0;
}

static int remove_trees(void **state)
{
    (void)state;
    remove_tree(c5n);
    remove_tree(p4d);
    return 0;
}

static json_t *look(const char *root, const char *launcher, const char *only)
{
    const struct nh_doctor doctor = {.site = {.root = root, .launcher = launcher}, .only = only};
    struct nh_error err = {0};
    json_t *node = NULL;
    assert_ok(nh_doctor_here(&doctor, &node, &err), err);
    return node;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static const json_t *finding(const json_t *node, const char *subject, const char *key)
{
    const json_t *list = json_object_get(node, "findings");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *f = json_array_get(list, i);
        if (strcmp(text_of(f, "subject"), subject) == 0 && strcmp(text_of(f, "key"), key) == 0)
            return f;
    }
    fail_msg("no finding %s %s", subject, key);
    return NULL;
}

static void expect(const json_t *f, const char *level, const char *what, const char *fix)
{
    if (strcmp(text_of(f, "level"), level) != 0 || !strstr(text_of(f, "what"), what) ||
        !strstr(text_of(f, "fix"), fix))
        fail_msg("%s: \"%s\", fix \"%s\"; not %s: \"%s\", fix \"%s\"", text_of(f, "level"),
                 text_of(f, "what"), text_of(f, "fix"), level, what, fix);
    if (strcmp(level, "ok") != 0)
        assert_true(*text_of(f, "why") && *text_of(f, "fix") && *text_of(f, "where"));
}

/* ---- healthy ---- */

static void expect_healthy(const char *root)
{
    json_t *node = look(root, NULL, NULL), *list = json_object_get(node, "findings");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(text_of(json_array_get(list, i), "level"), "ok") != 0)
            fail_msg("%s: %s", text_of(json_array_get(list, i), "subject"),
                     text_of(json_array_get(list, i), "what"));
    assert_true(json_array_size(list) > 20);
    json_decref(node);
}

static void test_healthy_nodes_are_well(void **state)
{
    (void)state;
    expect_healthy(c5n);
    expect_healthy(p4d);
}

static void test_values_of_healthy_nodes(void **state)
{
    (void)state;
    json_t *node = look(p4d, NULL, NULL);
    assert_string_equal(text_of(finding(node, "instance", "type"), "value"), "p4d.24xlarge");
    assert_string_equal(text_of(finding(node, "efa", "devices"), "value"), "4");
    assert_string_equal(text_of(finding(node, "uverbs", "usable"), "value"), "4 of 4");
    assert_string_equal(text_of(finding(node, "cores", "cores"), "value"), "48");
    assert_string_equal(text_of(finding(node, "smt", "threads_per_core"), "value"), "2");
    assert_string_equal(text_of(finding(node, "numa", "nodes"), "value"), "2");
    assert_string_equal(text_of(finding(node, "gpu", "count"), "value"), "8");
    assert_string_equal(text_of(finding(node, "nvme", "local"), "value"), "8");
    assert_string_equal(text_of(finding(node, "versions", "NCCL"), "value"), "2.23.4");
    assert_string_equal(text_of(finding(node, "versions", "NVIDIA driver"), "value"), "550.127.05");
    assert_string_equal(text_of(finding(node, "versions", "libfabric"), "value"), "1.25.0");
    assert_string_equal(text_of(finding(node, "versions", "EFA installer"), "value"), "1.34.0");
    assert_string_equal(text_of(finding(node, "libfabric", "providers"), "value"),
                        "efa, efa;ofi_rxr, shm, tcp");
    json_decref(node);
}

/* ---- one fault at a time ---- */

static const struct fault {
    bool on_p4d;
    const char *edit; /* in the tree, by the shell */
    const char *launcher;
    const char *subject, *key, *level, *what, *fix;
} faults[] = {
    {false, "rm -r sys/class/infiniband sys/class/infiniband_verbs sys/bus/pci", "batch", "efa",
     "devices", "fail", "0 of 1 EFA", "InterfaceType efa"},
    {true, "rm -r sys/class/infiniband/rdmap160s27 sys/bus/pci/devices/0000:a0:1b.0", "slurm",
     "efa", "devices", "fail", "3 of 4 EFA", "Efa: {Enabled: true}"},
    {false, "echo '1: DOWN' >sys/class/infiniband/rdmap0s6/ports/1/state", "host", "efa", "port",
     "fail", "1: DOWN", "instance"},
    {false, "rm -r sys/class/infiniband sys/module/efa", "host", "driver", "module", "fail",
     "not loaded; EFA devices on the bus: 1", "modprobe efa"},
    {true, "rm -r sys/class/infiniband/rdmap160s27", "host", "driver", "bound", "fail", "3 of 4",
     "dmesg"},
    {false, "rm dev/infiniband/uverbs0", "batch", "uverbs", "file", "fail",
     "uverbs0 of rdmap0s6 is missing", "MKNOD"},
    {false, "rm dev/infiniband/uverbs0", "container", "uverbs", "file", "fail", "missing",
     "docker run --device=/dev/infiniband/uverbs0"},
    {false, "echo 'provider: tcp' >.commands/fi_info", "slurm", "libfabric", "providers", "fail",
     "offers tcp", "module load libfabric-aws"},
    {false, "rm .commands/fi_info", "host", "libfabric", "providers", "warn", "neither",
     "/opt/amazon/efa/lib"},
    {false, "sed -i 's/unlimited  */65536 /' proc/self/limits", "batch", "memlock", "limit", "fail",
     "0.0625 MiB", "\"memlock\", \"softLimit\": -1"},
    {false, "sed -i 's/unlimited  */268435456 /' proc/self/limits", "slurm", "memlock", "limit",
     "warn", "256 MiB", "PropagateResourceLimitsExcept=MEMLOCK"},
    {false, "echo 'shm /dev/shm tmpfs rw,size=65536k 0 0' >proc/mounts", "batch", "shm", "free",
     "fail", "64 MiB free; 36 ranks of MPI need 151 MiB, 1037 MiB at most",
     "linuxParameters.sharedMemorySize: 2048"},
    {true, "echo 'shm /dev/shm tmpfs rw,size=1g 0 0' >proc/mounts", "container", "shm", "free",
     "warn", "1024 MiB free; 48 ranks of MPI need 202 MiB, 1382 MiB at most",
     "docker run --shm-size 2048m"},
    {false, "echo nothing >proc/mounts", "host", "shm", "free", "fail", "no /dev/shm", "mount"},
    {false, "echo 1 >proc/sys/kernel/yama/ptrace_scope", "batch", "cma", "ptrace_scope", "warn",
     "ptrace_scope is 1", "user data: sysctl -w kernel.yama.ptrace_scope=0"},
    {false, "sed -i 's/1048576/128/' proc/self/limits", "slurm", "files", "limit", "fail",
     "may open 128 files; 36 ranks", "LimitNOFILE"},
    {false, "sed -i 's/1048576/256/' proc/self/limits", "host", "files", "limit", "warn",
     "need up to 292", "nofile"},
    {false, "echo 0-70 >sys/devices/system/cpu/online", "slurm", "smt", "threads_per_core", "warn",
     "some cores have 1 hardware threads online and some 2", "DisableSimultaneousMultithreading"},
    {false, "echo 0-31 >sys/devices/system/cpu/online", "host", "cores", "cores", "warn",
     "32 of 36 cores", "CoreCount"},
    {false, "sed -i 's/list:.*/list:\\t0-17/' proc/self/status", "slurm", "cores", "usable", "warn",
     "18 of 36 cores", "--exclusive"},
    {false, "mkdir -p sys/fs/cgroup; echo 800000 100000 >sys/fs/cgroup/cpu.max", "container",
     "cores", "usable", "warn", "quota of 8 CPUs", "--cpus"},
    {false, "rm -r sys/devices/system/node/node1", "host", "numa", "nodes", "warn",
     "1 NUMA node in 2 sockets", "numa=off"},
    {false, "echo 1 >proc/sys/kernel/numa_balancing", "host", "numa", "balancing", "warn", "is on",
     "kernel.numa_balancing=0"},
    {false, "sed -i 's/5128/0/' proc/meminfo", "host", "hugepages", "reserved", "warn",
     "0 huge pages", "vm.nr_hugepages"},
    {false,
     "mkdir sys/devices/system/cpu/cpu3/cpufreq; echo powersave "
     ">sys/devices/system/cpu/cpu3/cpufreq/scaling_governor",
     "host", "governor", "governor", "warn", "1 of 1 CPUs", "cpupower"},
    {false,
     "echo acpi_pm >sys/devices/system/clocksource/clocksource0/current_clocksource; "
     "echo acpi_pm >sys/devices/system/clocksource/clocksource0/available_clocksource",
     "host", "clocksource", "current", "warn", "acpi_pm", "stable TSC"},
    {false, "echo hpet >sys/devices/system/clocksource/clocksource0/current_clocksource", "host",
     "clocksource", "current", "warn", "hpet", "echo tsc >"},
    {false, "echo 'cpu 900 0 50 10000 0 0 0 50 0 0' >proc/stat", "host", "steal", "since_start",
     "warn", "5.00 %", "dedicated"},
    {false, "sed -i -e 's/0.000001872/0.734/' '.commands/chronyc -n tracking'", "host", "clock",
     "synchronised", "warn", "734 ms", "169.254.169.123"},
    {false, "sed -i 's/Normal/Not synchronised/' '.commands/chronyc -n tracking'", "batch", "clock",
     "synchronised", "warn", "nothing keeps", "compute environment"},
    {false, "rm '.commands/mpirun --version'", "host", "versions", "MPI", "warn", "none",
     "openmpi"},
    {true, "mv opt/nccl/build/lib/libnccl.so.2.23.4 opt/nccl/build/lib/libnccl.so.2.7.6", "host",
     "versions", "NCCL", "fail", "2.7.6", "2.7.8"},
    {true, "rm -r sys/bus/pci/devices/0000:20:1c.0", "host", "gpu", "count", "fail", "7 on the bus",
     "off the bus"},
    {true, "rm -r proc/driver/nvidia", "host", "gpu", "count", "fail", "0 with the driver",
     "modprobe nvidia"},
    {true, "rm dev/nvidia5", "slurm", "gpu", "count", "fail", "7 to be opened", "--gpus-per-node"},
    {true, "rm -r sys/class/nvme/nvme8", "host", "nvme", "local", "warn", "7 of 8", "AWS"},
};

static void test_each_fault_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const struct fault *x = &faults[i];
        char *root = copy_of(x->on_p4d ? p4d : c5n);
        shell("cd %s && %s", root, x->edit);
        json_t *node = look(root, x->launcher, x->subject);
        expect(finding(node, x->subject, x->key), x->level, x->what, x->fix);
        json_decref(node);
        remove_tree(root);
    }
}

static void test_locked_memory_with_the_capability(void **state)
{
    (void)state;
    char *root = copy_of(c5n);
    shell("cd %s && sed -i 's/unlimited  */65536 /' proc/self/limits && "
          "sed -i 's/CapEff:.*/CapEff:\\t0000000000004000/' proc/self/status%s",
          root, "");
    json_t *node = look(root, NULL, "memlock");
    expect(finding(node, "memlock", "limit"), "ok", "CAP_IPC_LOCK", "");
    json_decref(node);
    remove_tree(root);
}

static void test_without_efa_nothing_of_it_is_wanted(void **state)
{
    (void)state;
    char *root = copy_of(c5n);
    shell("cd %s && rm -r sys/devices/virtual sys/class sys/bus && "
          "sed -i 's/unlimited  */65536 /' proc/self/limits%s",
          root, "");
    json_t *node = look(root, NULL, "instance,efa,driver,uverbs,memlock");
    expect(finding(node, "instance", "type"), "ok", "not an EC2 instance", "");
    expect(finding(node, "efa", "devices"), "ok", "nothing says", "");
    expect(finding(node, "memlock", "limit"), "ok", "matters to EFA only", "");
    assert_int_equal(json_array_size(json_object_get(node, "findings")), 3);
    json_decref(node);
    remove_tree(root);
}

static void test_nothing_is_there_at_all(void **state)
{
    (void)state;
    char *root = fresh_directory();
    json_t *node = look(root, NULL, NULL);
    assert_true(json_array_size(json_object_get(node, "findings")) > 5);
    json_decref(node);
    remove_tree(root);
}

/* ---- slots and Slurm ---- */

static json_t *look_under_slurm(const char *layout, const char *tasks, long slots)
{
    char *root = copy_of(c5n);
    struct nh_error err = {0};
    json_t *node = NULL;
    setenv("SLURM_JOB_ID", "7", 1);
    setenv("SLURMD_NODENAME", "c5n-1", 1);
    setenv("SLURM_TASKS_PER_NODE", tasks, 1);
    shell("printf 'NodeName=c5n-1 Arch=x86_64 CoresPerSocket=%%s' '%s' "
          ">'%s/.commands/scontrol show node -o c5n-1'",
          layout, root);
    const struct nh_doctor doctor = {.site = {.root = root, .slots = slots}, .only = "cores"};
    assert_ok(nh_doctor_here(&doctor, &node, &err), err);
    unsetenv("SLURM_JOB_ID");
    unsetenv("SLURMD_NODENAME");
    unsetenv("SLURM_TASKS_PER_NODE");
    remove_tree(root);
    return node;
}

static void test_slurm_knows_the_node(void **state)
{
    (void)state;
    json_t *node =
        look_under_slurm("18 CPUTot=72 Sockets=2 Boards=1 ThreadsPerCore=2", "36(x2)", 36);
    assert_string_equal(text_of(node, "launcher"), "slurm");
    expect(finding(node, "cores", "slurm_topology"), "ok", "2 sockets x 18 cores x 2 threads", "");
    expect(finding(node, "cores", "slurm_tasks"), "ok", "36", "");
    expect(finding(node, "cores", "slots"), "ok", "36", "");
    json_decref(node);
}

/* ParallelCluster 3.8 leaves N:1:1 (aws-parallelcluster#5797). */
static void test_slurm_takes_threads_for_sockets(void **state)
{
    (void)state;
    json_t *node = look_under_slurm("1 CPUTot=72 Sockets=72 Boards=1 ThreadsPerCore=1", "72", 72);
    expect(finding(node, "cores", "slurm_topology"), "warn", "72 sockets x 1 cores x 1 threads",
           "Sockets=2 CoresPerSocket=18 ThreadsPerCore=2");
    expect(finding(node, "cores", "slurm_tasks"), "warn", "72", "--ntasks-per-node=36");
    expect(finding(node, "cores", "slots"), "warn", "72", "slots=36");
    json_decref(node);
    node = look_under_slurm("24 CPUTot=96 Sockets=2 Boards=1 ThreadsPerCore=2", "20", 0);
    expect(finding(node, "cores", "slurm_topology"), "fail", "2 sockets x 24", "Sockets=2");
    expect(finding(node, "cores", "slurm_tasks"), "warn", "20", "36");
    json_decref(node);
}

static void test_lists_of_cpus(void **state)
{
    (void)state;
    assert_int_equal(nh_cpu_list_count("0-3,8,10-11"), 7);
    assert_int_equal(nh_cpu_list_count("0"), 1);
    assert_int_equal(nh_cpu_list_count(""), 0);
    assert_int_equal(nh_cpu_list_count("3-1"), -1);
    assert_int_equal(nh_cpu_list_count("0-99999999"), -1);
    assert_int_equal(nh_cpu_list_count("a"), -1);
    assert_int_equal(nh_cpu_list_count("1;2"), -1);
}

/* ---- metadata ---- */

static struct server {
    pid_t pid;
    char endpoint[64];
} server;

static void reply(int fd, const char *status, const char *body)
{
    dprintf(fd, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status,
            strlen(body), body);
}

/* What EC2 says, in the manner of IMDSv2: nothing without the token. */
static void answer(int fd, const char *request, bool grouped)
{
    static const char *const pages[][2] = {
        {"/latest/meta-data/instance-id ", "i-0123456789abcdef0"},
        {"/latest/meta-data/placement/availability-zone ", "us-east-1a"},
        {"/latest/meta-data/instance-life-cycle ", "on-demand"},
        {"/latest/meta-data/placement/group-name ", "nh-group"}};
    if (strncmp(request, "PUT /latest/api/token ", 22) == 0 &&
        strstr(request, "X-aws-ec2-metadata-token-ttl-seconds:")) {
        reply(fd, "200 OK", "TOKEN==");
        return;
    }
    if (!strstr(request, "X-aws-ec2-metadata-token: TOKEN==\r\n")) {
        reply(fd, "401 Unauthorized", "");
        return;
    }
    for (size_t i = 0; i < sizeof pages / sizeof *pages - !grouped; i++)
        if (strncmp(request + 4, pages[i][0], strlen(pages[i][0])) == 0) {
            reply(fd, "200 OK", pages[i][1]);
            return;
        }
    reply(fd, "404 Not Found", "<html>not found</html>");
}

static _Noreturn void serve(int listener, bool grouped, bool mute)
{
    for (;;) {
        char request[2048] = "";
        int fd = accept(listener, NULL, NULL);
        size_t used = 0;
        ssize_t n;
        while (!strstr(request, "\r\n\r\n") && used < sizeof request - 1 &&
               (n = read(fd, request + used, sizeof request - 1 - used)) > 0) {
            used += (size_t)n;
            request[used] = '\0';
        }
        if (mute)
            pause();
        answer(fd, request, grouped);
        close(fd);
    }
}

static void start_server(bool grouped, bool mute)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(listen(listener, 8), 0);
    snprintf(server.endpoint, sizeof server.endpoint, "http://127.0.0.1:%d/",
             ntohs(address.sin_port));
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.endpoint, 1);
    server.pid = fork();
    if (server.pid == 0)
        serve(listener, grouped, mute);
    close(listener);
}

static int stop_server(void **state)
{
    (void)state;
    unsetenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    unsetenv("AWS_EC2_METADATA_DISABLED");
    if (server.pid > 0) {
        kill(server.pid, SIGKILL);
        waitpid(server.pid, NULL, 0);
    }
    server.pid = 0;
    return 0;
}

static void test_metadata_is_read(void **state)
{
    (void)state;
    start_server(true, false);
    json_t *node = look(c5n, NULL, "instance");
    expect(finding(node, "instance", "instance_id"), "ok", "i-0123456789abcdef0", "");
    expect(finding(node, "instance", "availability_zone"), "ok", "us-east-1a", "");
    expect(finding(node, "instance", "placement_group"), "ok", "nh-group", "");
    json_decref(node);
}

static void test_no_placement_group(void **state)
{
    (void)state;
    start_server(false, false);
    json_t *node = look(c5n, "batch", "instance");
    expect(finding(node, "instance", "placement_group"), "warn", "none", "placementGroup");
    json_decref(node);
}

static void test_metadata_that_does_not_answer(void **state)
{
    (void)state;
    start_server(true, true);
    double start_s = nh_monotonic_s();
    json_t *node = look(c5n, "container", "instance");
    assert_true(nh_monotonic_s() - start_s < 5); /* 0.2 s on a machine that is not loaded */
    expect(finding(node, "instance", "metadata"), "warn", "does not answer", "hop-limit 2");
    json_decref(node);
}

static void test_metadata_is_not_asked(void **state)
{
    (void)state;
    struct nh_imds imds;
    start_server(true, false);
    assert_true(nh_imds_open(&imds));
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    assert_false(nh_imds_open(&imds));
    json_t *node = look(c5n, NULL, "instance");
    assert_int_equal(json_array_size(json_object_get(node, "findings")), 1);
    json_decref(node);
    unsetenv("AWS_EC2_METADATA_DISABLED");
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "https://somewhere", 1);
    assert_false(nh_imds_open(&imds));
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:0", 1);
    assert_false(nh_imds_open(&imds));
}

/* ---- several nodes ---- */

static json_t *node_called(const char *host, const char *root)
{
    json_t *node = look(root, "host", "cores,efa,versions,instance");
    json_object_set_new(node, "host", json_string(host));
    json_object_set_new(node, "clock_seconds_off", json_integer(0));
    return node;
}

/* Two of three were too busy to say: the third one is not the odd one. */
static void test_what_is_not_known_is_no_difference(void **state)
{
    (void)state;
    json_t *nodes = json_array();
    static const char *const values[] = {"unknown", "1.17.0", "unknown", "1.17.0"};
    for (size_t i = 0; i < 4; i++)
        json_array_append_new(nodes,
                              json_pack("{s:s, s:i, s:[{s:s, s:s, s:s, s:s, s:s}]}", "host",
                                        i == 1 ? "b" : "others", "clock_seconds_off", 0, "findings",
                                        "subject", "libfabric", "key", "version", "value",
                                        values[i], "level", "ok", "differs", "fail"));
    json_t *report = nh_doctor_report(nodes);
    assert_int_equal(json_array_size(json_object_get(report, "differences")), 0);
    json_decref(report);
}

static void test_the_odd_one_is_named(void **state)
{
    (void)state;
    struct nh_error err = {0};
    char *root = copy_of(c5n);
    shell("cd %s && sed -i 's/4.1.6/5.0.5/' '.commands/mpirun --version' && "
          "echo 0-31 >sys/devices/system/cpu/online%s",
          root, "");
    json_t *report = nh_doctor_report(json_pack("[o, o, o, {s:s, s:s}]", node_called("a", c5n),
                                                node_called("odd", root), node_called("c", c5n),
                                                "host", "gone", "error", "Connection refused"));
    const json_t *list = json_object_get(report, "differences");
    bool cores = false, mpi = false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *d = json_array_get(list, i);
        assert_string_equal(text_of(json_array_get(json_object_get(d, "nodes"), 0), "host"), "odd");
        assert_int_equal(json_array_size(json_object_get(d, "nodes")), 1);
        cores = cores || (strcmp(text_of(d, "key"), "cores") == 0 &&
                          strcmp(text_of(d, "majority"), "36") == 0 &&
                          strcmp(text_of(d, "level"), "fail") == 0);
        mpi = mpi || (strcmp(text_of(d, "key"), "MPI") == 0 &&
                      strstr(text_of(d, "what"), "5.0.5; the majority: mpirun (Open MPI) 4.1.6"));
    }
    assert_true(cores && mpi);
    assert_string_equal(text_of(report, "level"), "fail");
    assert_int_equal(nh_doctor_verdict(report, &err), NH_EPREFLIGHT);
    assert_says(&err, "gone cannot be looked at: Connection refused");
    json_decref(report);
    remove_tree(root);
}

static void test_alike_nodes_have_no_differences(void **state)
{
    (void)state;
    struct nh_error err = {0};
    json_t *report =
        nh_doctor_report(json_pack("[o, o]", node_called("a", c5n), node_called("b", c5n)));
    assert_int_equal(json_array_size(json_object_get(report, "differences")), 0);
    assert_ok(nh_doctor_verdict(report, &err), err);
    json_decref(report);
}

static void test_one_machine_under_two_names(void **state)
{
    (void)state;
    char *root = copy_of(c5n), *other = copy_of(c5n);
    shell("mkdir -p %s/proc/sys/kernel/random && echo 5d1c >%s/proc/sys/kernel/random/boot_id",
          root, root);
    shell("mkdir -p %s/proc/sys/kernel/random && echo 77aa >%s/proc/sys/kernel/random/boot_id",
          other, other);
    json_t *third = node_called("c", other);
    json_object_set_new(third, "clock_seconds_off", json_integer(-40));
    json_t *nodes = json_pack("[o, o, o]", node_called("a", root), node_called("b", root), third);
    json_t *list = nh_nodes_compare(nodes);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(text_of(json_array_get(list, 0), "what"),
                        "a and b are one machine: no network lies between them");
    assert_string_equal(text_of(json_array_get(list, 1), "what"),
                        "the clock of c is 40 s behind of this host's");
    json_decref(list);
    json_decref(nodes);
    remove_tree(root);
    remove_tree(other);
}

/* ---- input, verdict, print ---- */

static void test_wrong_input(void **state)
{
    (void)state;
    struct nh_error err = {0};
    json_t *report = NULL;
    struct nh_doctor doctor = {.site = {.root = c5n}, .only = "shm,memlok"};
    assert_int_equal(nh_doctor_run(&doctor, &report, &err), NH_EINPUT);
    assert_says(&err, "unknown subject 'memlok'; did you mean 'memlock'?");
    doctor = (struct nh_doctor){.site = {.root = c5n, .launcher = "pbs"}};
    assert_int_equal(nh_doctor_run(&doctor, &report, &err), NH_EINPUT);
    assert_says(&err, "--launcher: 'pbs'");
    doctor = (struct nh_doctor){.site = {.root = c5n, .machine = "c5n.18xlarg"}};
    assert_int_equal(nh_doctor_run(&doctor, &report, &err), NH_EINPUT);
    assert_says(&err, "c5n.18xlarge");
    assert_null(report);
}

static void test_the_verdict_has_failure_and_fix(void **state)
{
    (void)state;
    struct nh_error err = {0};
    json_t *report = NULL;
    char *root = copy_of(c5n);
    const struct nh_doctor doctor = {.site = {.root = root, .launcher = "batch"}};
    shell("echo 'shm /dev/shm tmpfs rw,size=65536k 0 0' >%s/proc/mounts%s", root, "");
    assert_ok(nh_doctor_run(&doctor, &report, &err), err);
    assert_int_equal(nh_doctor_verdict(report, &err), NH_EPREFLIGHT);
    assert_says(&err, "shm: /dev/shm has 64 MiB free");
    assert_says(&err, "sharedMemorySize: 2048");
    json_decref(report);
    remove_tree(root);
}

static void test_print_of_several_nodes(void **state)
{
    (void)state;
    char *text = NULL, *root = copy_of(c5n);
    size_t len;
    FILE *out = open_memstream(&text, &len);
    shell("rm -r %s/sys/module/efa %s/sys/class/infiniband", root, root);
    json_t *report =
        nh_doctor_report(json_pack("[o, o, {s:s, s:s}]", node_called("good", c5n),
                                   node_called("bad", root), "host", "gone", "error", "no route"));
    nh_doctor_show(report, true, out);
    fclose(out);
    assert_null(strstr(text, "\033["));
    assert_non_null(strstr(text, "FAIL gone                     not reached: no route\n"));
    assert_non_null(strstr(text, "FAIL efa          0 of 1 EFA devices of a c5n.18xlarge\n"));
    assert_non_null(strstr(text, "on     bad\n"));
    assert_non_null(strstr(text, "bad has efa devices 0; the majority: 1\n"));
    assert_null(strstr(text, "36 of 36 cores"));
    free(text);
    json_decref(report);
    remove_tree(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy_nodes_are_well),
        cmocka_unit_test(test_values_of_healthy_nodes),
        cmocka_unit_test(test_each_fault_is_found),
        cmocka_unit_test(test_locked_memory_with_the_capability),
        cmocka_unit_test(test_without_efa_nothing_of_it_is_wanted),
        cmocka_unit_test(test_nothing_is_there_at_all),
        cmocka_unit_test(test_slurm_knows_the_node),
        cmocka_unit_test(test_slurm_takes_threads_for_sockets),
        cmocka_unit_test(test_lists_of_cpus),
        cmocka_unit_test_teardown(test_metadata_is_read, stop_server),
        cmocka_unit_test_teardown(test_no_placement_group, stop_server),
        cmocka_unit_test_teardown(test_metadata_that_does_not_answer, stop_server),
        cmocka_unit_test_teardown(test_metadata_is_not_asked, stop_server),
        cmocka_unit_test(test_what_is_not_known_is_no_difference),
        cmocka_unit_test(test_the_odd_one_is_named),
        cmocka_unit_test(test_alike_nodes_have_no_differences),
        cmocka_unit_test(test_one_machine_under_two_names),
        cmocka_unit_test(test_wrong_input),
        cmocka_unit_test(test_the_verdict_has_failure_and_fix),
        cmocka_unit_test(test_print_of_several_nodes),
    };
    return cmocka_run_group_tests(tests, make_trees, remove_trees);
}
