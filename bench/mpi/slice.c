/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/slice.h"

#include <errno.h>
#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench/mpi/launcher.h"

#ifndef sigev_notify_thread_id /* older C libraries have no name for it */
#define sigev_notify_thread_id _sigev_un._tid
#endif

struct nh_mpi_slice {
    timer_t timer;
    struct itimerspec once;
};

/* One that no library is known to take. */
static int signal_number(void)
{
    return SIGRTMIN + 9;
}

/* The timer is wound up only when this rank runs again: one that went on beside it would end
 * the next slice before it has begun. */
static void give_way(int number, siginfo_t *info, void *context)
{
    struct nh_mpi_slice *slice = info->si_value.sival_ptr;
    int kept = errno;
    (void)number;
    (void)context;
    sched_yield();
    timer_settime(slice->timer, 0, &slice->once, NULL);
    errno = kept;
}

/* Open MPI gives way itself while it waits, sooner than any timer. */
#ifdef OPEN_MPI
static const bool library_yields = true;
#else
static const bool library_yields = false;
#endif

bool nh_mpi_slice_needed(void)
{
    return nh_launched_local_size() > sysconf(_SC_NPROCESSORS_ONLN);
}

struct nh_mpi_slice *nh_mpi_slice_start(void)
{
    struct nh_mpi_slice *slice = library_yields ? NULL : calloc(1, sizeof *slice);
    /* For this thread alone: those that watch must sleep undisturbed. */
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal_number()};
    struct sigaction action = {.sa_sigaction = give_way, .sa_flags = SA_SIGINFO | SA_RESTART};
    event.sigev_value.sival_ptr = slice;
    event.sigev_notify_thread_id = gettid();
    if (!slice || sigaction(signal_number(), &action, NULL) ||
        timer_create(CLOCK_MONOTONIC, &event, &slice->timer)) {
        free(slice);
        return NULL;
    }
    slice->once.it_value.tv_nsec = NH_MPI_SLICE_US * 1000;
    timer_settime(slice->timer, 0, &slice->once, NULL);
    return slice;
}

void nh_mpi_slice_end(struct nh_mpi_slice *slice)
{
    if (!slice)
        return;
    timer_delete(slice->timer);
    signal(signal_number(), SIG_IGN); /* drops one that is on its way */
    free(slice);
}
