/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A program of a user, for docs/applications.md and application.bats: Jacobi iterations on a
 * square of N x N cells cut into stripes. It prints what such programs print, and can fail as
 * they do.
 *
 *   mpirun -n 2 ./jacobi N ITERATIONS [twice|nan|silent|crash|hang]
 */
struct stripe {
    int n, rows, rank, ranks;
    double *now, *next; /* rows + 2 rows of n + 2 cells */
};

static double *row_of(const struct stripe *s, double *cells, int row)
{
    return cells + (size_t)row * (size_t)(s->n + 2);
}

static void exchange(const struct stripe *s)
{
    int up = s->rank > 0 ? s->rank - 1 : MPI_PROC_NULL;
    int down = s->rank + 1 < s->ranks ? s->rank + 1 : MPI_PROC_NULL;
    int width = s->n + 2;
    MPI_Sendrecv(row_of(s, s->now, 1), width, MPI_DOUBLE, up, 0, row_of(s, s->now, s->rows + 1),
                 width, MPI_DOUBLE, down, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Sendrecv(row_of(s, s->now, s->rows), width, MPI_DOUBLE, down, 1, row_of(s, s->now, 0),
                 width, MPI_DOUBLE, up, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

/* The sum of squared changes. */
static double sweep(struct stripe *s)
{
    double change = 0, all = 0;
    for (int i = 1; i <= s->rows; i++) {
        const double *above = row_of(s, s->now, i - 1), *here = row_of(s, s->now, i);
        const double *below = row_of(s, s->now, i + 1);
        double *out = row_of(s, s->next, i);
        for (int k = 1; k <= s->n; k++) {
            out[k] = 0.25 * (above[k] + below[k] + here[k - 1] + here[k + 1]);
            change += (out[k] - here[k]) * (out[k] - here[k]);
        }
    }
    double *swap = s->now;
    s->now = s->next;
    s->next = swap;
    MPI_Allreduce(&change, &all, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return all;
}

/* The uppermost edge is hot. */
static void set_up(struct stripe *s, int n)
{
    MPI_Comm_rank(MPI_COMM_WORLD, &s->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &s->ranks);
    s->n = n;
    s->rows = n / s->ranks + (s->rank < n % s->ranks);
    size_t cells = (size_t)(s->rows + 2) * (size_t)(n + 2);
    s->now = calloc(cells, sizeof *s->now);
    s->next = calloc(cells, sizeof *s->next);
    if (!s->now || !s->next)
        MPI_Abort(MPI_COMM_WORLD, 1);
    for (int k = 0; s->rank == 0 && k < n + 2; k++)
        s->now[k] = s->next[k] = 1;
}

static double solve(struct stripe *s, long iterations)
{
    double residual = 0, start = MPI_Wtime();
    for (long i = 1; i <= iterations; i++) {
        exchange(s);
        residual = sqrt(sweep(s));
        if (s->rank == 0)
            printf("iteration %ld residual %.6e time %.6f\n", i, residual, MPI_Wtime() - start);
    }
    return MPI_Wtime() - start;
}

static void report(const struct stripe *s, double seconds, const char *fault)
{
    if (s->rank != 0 || strcmp(fault, "silent") == 0)
        return;
    printf("cells: %d\n", s->n * s->n);
    printf("Solver time: %.6f s\n", strcmp(fault, "nan") == 0 ? NAN : seconds);
    if (strcmp(fault, "twice") == 0)
        printf("Solver time: %.6f s\n", seconds);
    printf("Done.\n");
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    struct stripe s;
    const char *fault = argc > 3 ? argv[3] : "";
    long n = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    if (n < 1 || n > 20000) {
        fprintf(stderr, "usage: jacobi N ITERATIONS\n");
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    set_up(&s, (int)n);
    if (strcmp(fault, "crash") == 0 && s.rank == s.ranks - 1)
        abort();
    while (strcmp(fault, "hang") == 0)
        ;
    double seconds = solve(&s, strtol(argv[2], NULL, 10));
    report(&s, seconds, fault);
    free(s.now);
    free(s.next);
    MPI_Finalize();
    return 0;
}
