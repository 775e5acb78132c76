/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/app/guideline.h"
#include "bench/mpi/collectives.h"
#include "bench/mpi/kernels.h"
#include "bench/mpi/sides.h"
#include "bench/record/sizes.h"
#include "common/units.h"

/* Is an operation of the library slower than doing the same by others of it? Both sides of a
 * guideline are run as they stand, in turn, and compared. */
enum { LEFT, RIGHT, SIDES };

struct verb_state {
    struct nh_kernel_options common;
    char *sizes_text, *of_text, *tolerance_text;
    int fail, of; /* of: an enum nh_coll_id, NH_COLL_COUNT for all */
    double tolerance;
    struct nh_sizes sizes;
    struct poptOption table[7];
};

/* One call after the other on the same buffers, with the same root. */
struct side {
    struct nh_mpi_coll *calls[NH_GUIDELINE_TERMS];
    size_t blocks[NH_GUIDELINE_TERMS]; /* bytes of a block of each */
    int times[NH_GUIDELINE_TERMS];
    int terms;
    int turn; /* root of the next repetition */
};

struct study {
    const struct verb_state *verb;
    struct nh_mpi_coll colls[NH_COLL_COUNT];
    const struct nh_guideline *guideline;
    size_t size; /* n in bytes */
    struct side sides[SIDES];
    struct nh_mpi_side measured[SIDES];
    size_t judged, violated;
};

/* ---- one side ---- */

static void call_term(const struct side *side, int t)
{
    struct nh_mpi_coll *c = side->calls[t];
    if (c->view.model->rooted)
        c->view.root = side->turn;
    for (int k = 0; k < side->times[t]; k++)
        nh_mpi_coll_call(c, NULL);
}

static int batch(void *state, size_t reps, struct nh_error *err)
{
    struct side *side = state;
    (void)err;
    for (size_t i = 0; i < reps; i++) {
        for (int t = 0; t < side->terms; t++)
            call_term(side, t);
        side->turn = side->turn + 1 < side->calls[0]->view.ranks ? side->turn + 1 : 0;
    }
    return NH_OK;
}

/* Both sides share the operations, each with sizes of its own. */
static void take_sizes(void *state)
{
    const struct side *side = state;
    for (int t = 0; t < side->terms; t++)
        nh_mpi_coll_resize(side->calls[t], side->blocks[t]);
}

static int verify(void *state, struct nh_error *err)
{
    const struct side *side = state;
    int code = NH_OK;
    take_sizes(state);
    for (int t = 0; t < side->terms; t++) {
        const struct nh_kernel_ops ops = nh_mpi_coll_kernel(side->calls[t]);
        struct nh_error own = {0};
        int got = ops.verify(side->calls[t], &own);
        if (got && code == NH_OK) {
            code = got;
            *err = own;
        }
    }
    return code;
}

static double wire_bytes(const void *state)
{
    const struct side *side = state;
    double sum = 0;
    for (int t = 0; t < side->terms; t++) {
        const struct nh_coll_view *v = &side->calls[t]->view;
        sum += side->times[t] * nh_coll_wire_bytes(v->model, v->ranks, (double)side->blocks[t]);
    }
    return sum;
}

/* The guidelines count the whole vector of a rank, the operations a block of it. */
static size_t block_of(const struct nh_guideline_term *t, int ranks, size_t size)
{
    double whole = nh_coll_total_bytes(&nh_coll_models[t->operation], ranks, 1);
    return size * (size_t)t->scale / (size_t)whole;
}

static struct side make_side(struct study *s, const struct nh_guideline_term *terms, int most,
                             int ranks)
{
    struct side side = {.terms = 0};
    for (int i = 0; i < most && terms[i].times > 0; i++) {
        side.calls[i] = &s->colls[terms[i].operation];
        side.blocks[i] = block_of(&terms[i], ranks, s->size);
        side.times[i] = terms[i].times;
        side.terms++;
    }
    return side;
}

/* ---- record and table ---- */

static json_t *side_json(const struct nh_mpi_side *side)
{
    double scratch[NH_MPI_ROUNDS];
    json_t *rounds = json_array();
    for (int r = 0; r < side->rounds; r++)
        json_array_append_new(rounds, json_real(side->round_ns[r]));
    return json_pack("{s:f, s:o}", "median_ns",
                     nh_median(side->round_ns, (size_t)side->rounds, scratch), "rounds_ns", rounds);
}

static struct nh_guideline_result judge(const struct study *s)
{
    return nh_guideline_judge(s->measured[LEFT].round_ns, s->measured[RIGHT].round_ns,
                              (size_t)s->measured[LEFT].rounds, s->verb->tolerance);
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct study *s = state;
    const struct nh_guideline_result r = judge(s);
    char text[NH_GUIDELINE_TEXT];
    (void)median_ns;
    (void)err;
    json_object_set_new(params, "guideline", json_string(nh_guideline_text(s->guideline, text)));
    json_object_set_new(params, "size_bytes", json_integer((json_int_t)s->size));
    json_object_set_new(params, "tolerance", json_real(s->verb->tolerance));
    json_object_set_new(derived, "ratio", json_real(r.ratio));
    json_object_set_new(
        detail, "guideline",
        json_pack("{s:o, s:o, s:f, s:f, s:f, s:s}", "left", side_json(&s->measured[LEFT]), "right",
                  side_json(&s->measured[RIGHT]), "ratio", r.ratio, "ratio_low", r.low,
                  "ratio_high", r.high, "verdict", nh_guideline_verdict_text(r.verdict)));
    return NH_OK;
}

static void say_verdict(struct nh_mpi_session *session, struct study *s)
{
    const struct nh_guideline_result r = judge(s);
    s->judged++;
    s->violated += r.verdict == NH_VIOLATED;
    nh_mpi_note(session, "%10s %s: left over right %.2f, interval %.2f to %.2f", "",
                nh_guideline_verdict_text(r.verdict), r.ratio, r.low, r.high);
}

/* ---- measuring ---- */

static int measure(struct nh_mpi_session *session, struct study *s, size_t size,
                   struct nh_error *err)
{
    char label[24];
    const struct nh_guideline *g = s->guideline;
    const struct nh_kernel_ops ops = {.name = "guidelines",
                                      .metric = "time_per_operation",
                                      .timing = NH_TIMING_MAX_OVER_RANKS,
                                      .sync = "barrier",
                                      .batch = batch,
                                      .prepare = take_sizes,
                                      .ops_per_rep = 1,
                                      .verify = verify,
                                      .verify_ops = 1,
                                      .describe = describe,
                                      .wire_bytes = wire_bytes};
    const struct nh_case row = {"size_B", label, "ratio", "ratio", 1};
    snprintf(label, sizeof label, "%zu", size);
    s->size = size;
    s->sides[LEFT] = make_side(s, &g->left, 1, session->size);
    s->sides[RIGHT] = make_side(s, g->right, NH_GUIDELINE_TERMS, session->size);
    for (int i = 0; i < SIDES; i++)
        s->measured[i] = (struct nh_mpi_side){.ops = &ops, .state = &s->sides[i]};
    int code = nh_mpi_measure_sides(session, s->measured, SIDES, LEFT, &ops, s, &row, err);
    if (code == NH_OK)
        say_verdict(session, s);
    return code;
}

static bool wanted(const struct verb_state *v, const struct nh_guideline *g)
{
    return v->of == NH_COLL_COUNT || (int)g->left.operation == v->of;
}

static int measure_all(struct nh_mpi_session *session, struct study *s, struct nh_error *err)
{
    const struct verb_state *v = s->verb;
    char text[NH_GUIDELINE_TEXT];
    int code = NH_OK;
    for (size_t g = 0; g < nh_guideline_count; g++)
        session->total += wanted(v, &nh_guidelines[g]) ? v->sizes.count : 0;
    for (size_t g = 0; code == NH_OK && g < nh_guideline_count; g++) {
        s->guideline = &nh_guidelines[g];
        if (!wanted(v, s->guideline))
            continue;
        nh_mpi_note(session, "%s", nh_guideline_text(s->guideline, text));
        for (size_t i = 0; code == NH_OK && i < v->sizes.count; i++)
            code = measure(session, s, v->sizes.items[i], err);
    }
    return code;
}

static int verdict(struct nh_mpi_session *session, const struct study *s, struct nh_error *err)
{
    nh_mpi_note(session, "%zu of %zu violated, by more than %g %%", s->violated, s->judged,
                100 * s->verb->tolerance);
    if (s->violated == 0 || !s->verb->fail)
        return NH_OK;
    return nh_fail(err, NH_EFAIL,
                   "%zu of %zu guidelines are violated; another algorithm of the library, or the "
                   "other side of the guideline, is faster",
                   s->violated, s->judged);
}

/* ---- set-up ---- */

/* Every operation with numbers of a float, so that all of them count the same elements. */
static int open_all(struct nh_mpi_session *session, struct study *s, size_t largest,
                    struct nh_error *err)
{
    int code = NH_OK;
    for (int id = 0; code == NH_OK && id < NH_BARRIER; id++) {
        double whole = nh_coll_total_bytes(&nh_coll_models[id], session->size, 1);
        s->colls[id] = (struct nh_mpi_coll){.id = (enum nh_coll_id)id, .root = NH_MPI_ROTATE};
        code = nh_mpi_coll_open(session, &s->colls[id], largest / (size_t)whole, err);
    }
    return code;
}

static void close_all(struct study *s)
{
    for (int id = 0; id < NH_BARRIER; id++)
        nh_mpi_coll_close(&s->colls[id]);
}

static int study(struct nh_mpi_session *session, struct study *s, size_t largest,
                 struct nh_error *err)
{
    int code = open_all(session, s, largest, err);
    if (code == NH_OK)
        code = measure_all(session, s, err);
    if (code == NH_OK)
        code = verdict(session, s, err);
    close_all(s);
    return code;
}

static int body(struct nh_mpi_session *session, void *state, struct nh_error *err)
{
    struct verb_state *v = state;
    struct study s = {.verb = v};
    if (session->size < 2)
        return nh_fail(err, NH_EINPUT,
                       "needs at least 2 ranks and has 1; start it with mpirun -n 2 or more");
    /* A rank's vector must be shared out evenly. */
    nh_sizes_round_up(&v->sizes, (size_t)session->size * nh_coll_type_size(NH_COLL_FLOAT));
    size_t largest = NH_GUIDELINE_MAX_SCALE * nh_sizes_largest(&v->sizes);
    /* two buffers for each operation */
    int code =
        nh_mpi_check_memory(session, 2 * largest * NH_BARRIER, "--sizes: the largest size", err);
    return code ? code : study(session, &s, largest, err);
}

/* ---- verb ---- */

static const struct poptOption *options(void *state)
{
    struct verb_state *v = state;
    const struct poptOption table[] = {
        NH_SIZES_OPTION(&v->sizes_text, "bytes of the whole vector of a rank, n (default "
                                        "64,1K,16K,256K), rounded up to an element for each "
                                        "rank"),
        {"of", 0, POPT_ARG_STRING, &v->of_text, 0,
         "only guidelines for this operation, allreduce to scatter (default: all)", "NAME"},
        {"tolerance", 0, POPT_ARG_STRING, &v->tolerance_text, 0,
         "violated when slower by more than PCT percent (default 10)", "PCT"},
        {"fail-on-violation", 0, POPT_ARG_NONE, &v->fail, 0, "exit 1 when any is violated", NULL},
        NH_COMMON_OPTIONS(&v->common),
        POPT_TABLEEND};
    memcpy(v->table, table, sizeof table);
    return v->table;
}

static int parse_of(struct verb_state *v, struct nh_error *err)
{
    const char *names[NH_BARRIER + 1] = {NULL};
    v->of = NH_COLL_COUNT;
    for (int id = 0; id < NH_BARRIER; id++)
        names[id] = nh_coll_models[id].name;
    return v->of_text ? nh_choice("--of", v->of_text, names, &v->of, err) : NH_OK;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    struct verb_state *v = state;
    double percent = 10;
    int code = nh_mpi_no_arguments(argc, argv, err);
    if (code == NH_OK)
        code = parse_of(v, err);
    if (code == NH_OK && v->tolerance_text)
        code = nh_parse_positive("--tolerance", v->tolerance_text, &percent, err);
    v->tolerance = percent / 100;
    if (code == NH_OK)
        code = nh_sizes_parse(v->sizes_text ? v->sizes_text : "64,1K,16K,256K", 1, "byte", 1,
                              &v->sizes, err);
    if (code == NH_OK)
        code = nh_mpi_run(&v->common, "guidelines", body, v, err);
    free(v->sizes.items);
    return code;
}

const struct nh_verb nh_verb_guidelines = {
    .name = "guidelines",
    .summary = "Is a collective operation slower than doing the same by others?",
    .arguments = "[OPTION...]",
    .examples =
        "  mpirun -n 4 nodehour-mpi guidelines\n"
        "  mpirun -n 4 nodehour-mpi guidelines --of allreduce --sizes 8K-1M --tolerance 5\n",
    .options = options,
    .state_size = sizeof(struct verb_state),
    .run = run};
