/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/verbs.h"
#include "launch/verb_doctor.h"
#include "launch/verb_lint.h"
#include "launch/verb_machine.h"
#include "launch/verb_nvme.h"
#include "launch/verb_plan.h"
#include "launch/verb_prices.h"
#include "launch/verb_run.h"
#include "launch/verb_screen.h"

/* The command is this table; adding a verb is one line. */
static const struct nh_verb *const verbs[] = {
    &nh_verb_run,      &nh_verb_plan,  &nh_verb_doctor,  &nh_verb_report, &nh_verb_advise,
    &nh_verb_machines, &nh_verb_check, &nh_verb_import,  &nh_verb_prices, &nh_verb_compare,
    &nh_verb_screen,   &nh_verb_nvme,  &nh_verb_machine, &nh_verb_lint,   NULL,
};

static const struct nh_program program = {
    .name = "nodehour",
    .pitch =
        "nodehour: before you pay for a thousand node-hours, spend one.\n"
        "Measures a machine, and says how far an application scales on it and what that costs.",
    .verbs = verbs,
};

int main(int argc, char **argv)
{
    return nh_program_main(&program, argc, argv, true);
}
