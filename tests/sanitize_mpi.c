/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Linked into nodehour-mpi by sanitized builds only.
 *
 * Open MPI 4.1 and MPICH 4.0 leave thousands of small allocations at MPI_Finalize, most of
 * them made by plugins that are unloaded by then: their frames read "<unknown module>",
 * so that no suppression can name them. Leak detection is therefore off in the one program
 * that links MPI; its parts without MPI are checked for leaks by the unit tests.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
