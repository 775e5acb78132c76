#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# nodehour doctor: this machine as it is and with real limits, trees made up from
# documentation (tests/doctor-tree), and several nodes by stand-ins of ssh and srun.
#
# bats file_tags=together

setup() {
    cd "$BATS_TEST_TMPDIR"
    nodehour=$NH_BIN/nodehour
    unset SLURM_JOB_ID AWS_BATCH_JOB_ID AWS_EC2_METADATA_SERVICE_ENDPOINT
}

tree() { # MACHINE DIR
    "$NH_ROOT/tests/doctor-tree" "$1" "$2"
}

# value SUBJECT KEY: of the first node of the report on stdin
value() {
    jq -r --arg s "$1" --arg k "$2" \
        '.nodes[0].findings[] | select(.subject == $s and .key == $k) | .value'
}

# ssh that runs the command of a host in the tree of the host's name; its words are those of
# OpenSSH: options, host, one command line for a shell.
fake_ssh() {
    mkdir -p bin
    cat >bin/ssh <<'END'
#!/bin/bash
echo "$*" >>ssh.log
while [[ $1 == -o ]]; do shift 2; done
case $1 in
gone) echo "Warning: Permanently added 'gone'." >&2
    echo "ssh: connect to host gone port 22: Connection refused" >&2; exit 255 ;;
slow) sleep 30 ;;
odd) echo "Welcome to odd {"; echo "unset: {x}" >&2 ;;
esac
eval "$2 --root '$PWD/trees/$1'"
END
    chmod +x bin/ssh
    PATH=$PWD/bin:$PATH
}

@test "doctor: the values of this machine are those that other tools read" {
    run bash -c "'$nodehour' doctor --json 2>err"
    [ "$status" -eq 0 ] || [ "$status" -eq 72 ]
    [ ! -s err ]
    [ "$(jq -r '.format, .version' <<<"$output" | paste -sd' ')" = "nodehour-doctor 1" ]
    [ "$(value versions kernel <<<"$output")" = "$(uname -r)" ]
    [ "$(value files limit <<<"$output")" = "$(ulimit -n)" ]
    [ "$(value cores cores <<<"$output")" = "$(lscpu -p=CORE,SOCKET | grep -v '^#' | sort -u | wc -l)" ]
    [ "$(value cma copy <<<"$output")" != "" ]
    [[ $(value noise lost <<<"$output") == *" %" ]]
    # a piece of work is meant to take 200 us, and takes that when nobody disturbs it
    [[ $output =~ "a piece of work there: "(1[5-9]|2[0-9])[0-9]" us at least" ]]
    [[ $(value programs nodehour-mpi <<<"$output") == "0.1.0 "* ]]
    [ "$(jq '[.nodes[0].findings[] | select(.level == "ok")] | length' <<<"$output")" = "$(jq .counts.ok <<<"$output")" ]
}

@test "doctor: takes less than 5 s" {
    local start=$EPOCHREALTIME end
    run "$nodehour" doctor
    end=$EPOCHREALTIME
    (((${end/./} - ${start/./}) < 5000000))
}

@test "doctor: a real limit of open files is found, with the fix" {
    run bash -c "ulimit -n 40; '$nodehour' doctor --only files --launcher batch"
    [ "$status" -eq 72 ]
    [[ $output == *"may open 40 files"*"why "*"fix "*"\"nofile\""* ]]
    [[ ${lines[-1]} == "1 fail, 0 warn, 0 ok" ]]
}

@test "doctor: a real /dev/shm of 2 MiB is found, and its need" {
    unshare --mount true 2>/dev/null || skip "no mount namespaces for this user"
    run unshare --mount bash -c "mount -t tmpfs -o size=2m tmpfs /dev/shm && '$nodehour' doctor --only shm --ranks 36 --launcher container"
    [ "$status" -eq 72 ]
    [[ $output == *"/dev/shm has 2 MiB free; 36 ranks of MPI need 151 MiB"* ]]
    [[ $output == *"docker run --shm-size 1024m"* ]]
}

@test "doctor: a healthy node is well; no colours in a pipe; quiet says only the sum" {
    tree c5n.18xlarge t
    run "$nodehour" doctor --root t
    [ "$status" -eq 0 ]
    [[ $output != *$'\033'* ]]
    [[ $output == *"1 of 1 EFA devices of a c5n.18xlarge: rdmap0s6"* ]]
    [[ ${lines[-1]} == "0 fail, 0 warn, "*" ok" ]]
    run "$nodehour" doctor --root t --quiet
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 2 ]
}

@test "doctor: --only, --list, --machine" {
    tree c5n.18xlarge t
    run "$nodehour" doctor --root t --only shm,memlock --json
    [ "$(jq -r '.nodes[0].findings[].subject' <<<"$output" | paste -sd' ')" = "memlock shm" ]
    run "$nodehour" doctor --list
    [[ $output == *"clocksource "* ]]
    [ "${#lines[@]}" -eq 22 ]
    run "$nodehour" doctor --root t --machine p4d.24xlarge --only efa,gpu,cores
    [ "$status" -eq 72 ]
    [[ $output == *"1 of 4 EFA devices of a p4d.24xlarge"* ]]
}

@test "doctor: wrong input is refused before anything is looked at" {
    local words
    for words in '--only nois' '--only noise, x' '--launcher pbs' '--machine c5n.18xlarg' '--ranks 0' \
        '--timeout -1' '--root nowhere' '--hosts -oProxyCommand=touch' '--hosts nowhere/hosts' \
        '--hosts a,a' '--hosts ,' '--here --hosts a' 'efa'; do
        # shellcheck disable=SC2086 # words
        run "$nodehour" doctor $words
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
    done
    run "$nodehour" doctor --only nois
    [[ $output == *"did you mean 'noise'?"* ]]
}

@test "doctor: several nodes at once: the odd one is named, the unreachable one with ssh's words" {
    fake_ssh
    tree c5n.18xlarge trees/node1
    cp -a trees/node1 trees/node2
    cp -a trees/node1 trees/odd
    echo 'mpirun (Open MPI) 5.0.5' >'trees/odd/.commands/mpirun --version'
    echo 1 >trees/odd/proc/sys/kernel/yama/ptrace_scope
    printf '# my hosts\nnode1 slots=36\nnode2 slots=72\nodd\ngone\n' >hosts.txt
    run "$nodehour" doctor --hosts hosts.txt --only cores,cma,versions --quiet
    [ "$status" -eq 72 ]
    [[ $output == *"FAIL gone"*"not reached: ssh: connect to host gone port 22: Connection refused"* ]]
    [[ $output == *"warn cores"*"slots of the host file: 72; cores that are usable: 36"*"on     node2"* ]]
    [[ $output == *"warn cma"*"ptrace_scope is 1"*"on     odd"* ]]
    [[ $output == *"FAIL odd has versions MPI mpirun (Open MPI) 5.0.5; the majority: mpirun (Open MPI) 4.1.6"* ]]
    [ "$(grep -c 'BatchMode=yes' ssh.log)" -eq 4 ]
}

@test "doctor: nodes as JSON; a node that does not answer costs its time-out only" {
    fake_ssh
    tree c5n.18xlarge trees/node1
    cp -a trees/node1 trees/slow
    run "$nodehour" doctor --hosts node1,slow --timeout 3 --only shm,instance --json
    [ "$status" -eq 72 ]
    [ "$(jq -r '.nodes[] | .host + " " + .level' <<<"$output" | paste -sd' ')" = "node1 ok slow fail" ]
    [ "$(jq -r '.nodes[1].error' <<<"$output")" = "no answer within 3 s" ]
    [ "$(jq -r '.nodes[0].findings | length' <<<"$output")" -ge 2 ]
}

@test "doctor: in a Slurm allocation all its nodes are asked by srun; --here asks one" {
    tree c5n.18xlarge trees/n1
    cp -a trees/n1 trees/n2
    mkdir -p bin
    cat >bin/srun <<'END'
#!/bin/bash
echo "$*" >>srun.log
for word; do shift; case $word in --nodelist=*) host=${word#*=} ;; --*) ;; *) break ;; esac; done
SLURM_STEP_ID=0 exec "$word" "$@" --root "trees/$host"
END
    printf '#!/bin/sh\n[ "$*" = "show hostnames n[1-2]" ] && printf "n1\\nn2\\n"\n' >bin/scontrol
    chmod +x bin/*
    export PATH=$PWD/bin:$PATH SLURM_JOB_ID=5 SLURM_JOB_NUM_NODES=2 SLURM_JOB_NODELIST='n[1-2]'
    export SLURM_JOB_CPUS_PER_NODE='72(x2)'
    run "$nodehour" doctor --only memlock --json
    [ "$status" -eq 0 ]
    [ "$(jq -r '.nodes[] | .host + " " + .launcher' <<<"$output" | paste -sd' ')" = "n1 slurm n2 slurm" ]
    grep -q -- '--nodelist=n2 .*--cpus-per-task=72 .* doctor --here --json --nodes=2 --launcher=slurm --only=memlock' srun.log
    rm srun.log
    run "$nodehour" doctor --only memlock --here
    [ ! -e srun.log ]
}

@test "doctor: without ssh on PATH it says so" {
    PATH=/nonexistent run "$nodehour" doctor --hosts a
    [ "$status" -eq 2 ]
    [[ $output == *"no ssh on PATH"* ]]
}

@test "doctor: completion, help and exit code" {
    run "$nodehour" completion bash
    [[ $output == *"doctor) words='--help --hosts"* ]]
    run "$nodehour" doctor --help
    [ "$status" -eq 0 ]
    [[ $output == *"Examples:"*"--hosts hosts.txt"* ]]
    run "$nodehour" --help
    [[ $output == *"72 "* ]]
}

@test "doctor: before a run the nodes are looked at; a failure starts nothing, --no-doctor does" {
    export NODEHOUR_MPIRUN=${NH_MPIRUN:-mpirun} OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    local words=(run --kernels halo --cells 8 --quick --no-report --new)
    run bash -c "ulimit -n 60; '$nodehour' ${words[*]}"
    [ "$status" -eq 72 ]
    [[ $output == *"files: a process may open 60 files"*"--no-doctor"* ]]
    [ "$(jq -r .level results/latest/doctor.json)" = fail ]
    [ ! -s results/latest/records.jsonl ]
    "$nodehour" "${words[@]}" >out 2>err
    [ "$(jq -r '[.nodes[0].findings[].subject] | index("shm") != null and index("efa") == null' results/latest/doctor.json)" = true ]
    [ -s results/latest/records.jsonl ]
    "$nodehour" "${words[@]}" --no-doctor >out 2>err
    [ ! -e results/latest/doctor.json ]
}
