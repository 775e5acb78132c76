/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include "bench/app/grid.h"

static struct nh_grid chosen(int ranks, size_t x, size_t y, size_t z)
{
    struct nh_grid g = {.cells = {x, y, z}};
    struct nh_error err;
    assert_ok(nh_grid_choose(&g, ranks, NULL, &err), err);
    return g;
}

static void assert_dims(struct nh_grid g, int x, int y, int z)
{
    if (g.dims[0] != x || g.dims[1] != y || g.dims[2] != z)
        fail_msg("%dx%dx%d is not %dx%dx%d", g.dims[0], g.dims[1], g.dims[2], x, y, z);
}

static void known_grids(void **state)
{
    (void)state;
    assert_dims(chosen(1, 64, 64, 64), 1, 1, 1);
    assert_dims(chosen(2, 64, 64, 64), 1, 1, 2);
    assert_dims(chosen(4, 64, 64, 64), 1, 2, 2);
    assert_dims(chosen(6, 64, 64, 64), 1, 2, 3);
    assert_dims(chosen(8, 64, 64, 64), 2, 2, 2);
    assert_dims(chosen(36, 96, 96, 96), 3, 3, 4);
    assert_dims(chosen(7, 64, 64, 64), 1, 1, 7);
    assert_dims(chosen(4, 400, 10, 10), 4, 1, 1); /* a rod is cut across */
    assert_dims(chosen(8, 4, 2, 1), 4, 2, 1);     /* the only one that fits */
}

/* The least surface, against every factorisation written down independently. */
static size_t least_surface(int ranks, const size_t c[3])
{
    size_t least = SIZE_MAX;
    for (size_t x = 1; x <= c[0]; x++)
        for (size_t y = 1; y <= c[1]; y++)
            for (size_t z = 1; z <= c[2]; z++) {
                if (x * y * z != (size_t)ranks)
                    continue;
                size_t s = (x - 1) * c[1] * c[2] + (y - 1) * c[0] * c[2] + (z - 1) * c[0] * c[1];
                least = s < least ? s : least;
            }
    return least;
}

static void surface_is_least(void **state)
{
    static const size_t boxes[][3] = {{64, 64, 64}, {64, 32, 16}, {7, 100, 33}, {64, 1, 64}};
    (void)state;
    for (size_t b = 0; b < sizeof boxes / sizeof *boxes; b++) {
        for (int ranks = 1; ranks <= 64; ranks++) {
            struct nh_grid g = {.cells = {boxes[b][0], boxes[b][1], boxes[b][2]}};
            struct nh_error err;
            size_t least = least_surface(ranks, boxes[b]);
            int code = nh_grid_choose(&g, ranks, NULL, &err);
            assert_int_equal(code, least == SIZE_MAX ? NH_EINPUT : NH_OK);
            if (code == NH_OK) {
                assert_int_equal(g.dims[0] * g.dims[1] * g.dims[2], ranks);
                assert_int_equal(nh_grid_surface(&g), least);
            }
        }
    }
}

static void blocks_tile(void **state)
{
    (void)state;
    for (int parts = 1; parts <= 17; parts++) {
        size_t next = 0, least = SIZE_MAX, most = 0;
        for (int i = 0; i < parts; i++) {
            size_t start, count;
            nh_block(100, parts, i, &start, &count);
            assert_int_equal(start, next);
            next += count;
            least = count < least ? count : least;
            most = count > most ? count : most;
        }
        assert_int_equal(next, 100);
        assert_true(most - least <= 1);
    }
}

/* Each face is seen from both of its sides. */
static void neighbours_agree(void **state)
{
    struct nh_grid g = {.cells = {9, 9, 9}, .dims = {2, 3, 4}};
    int faces = 0;
    (void)state;
    for (int rank = 0; rank < 24; rank++)
        for (int a = 0; a < 3; a++)
            for (int side = 0; side < 2; side++) {
                int to = nh_grid_neighbour(&g, rank, a, side);
                if (to < 0)
                    continue;
                faces++;
                assert_int_equal(nh_grid_neighbour(&g, to, a, !side), rank);
            }
    assert_int_equal(faces, 2 * (1 * 12 + 2 * 8 + 3 * 6));
    assert_int_equal(nh_grid_neighbour(&g, 0, 0, 0), -1);
    assert_int_equal(nh_grid_neighbour(&g, 0, 2, 1), 6);
}

static void weak_grid_scales(void **state)
{
    const size_t per_rank[3] = {10, 20, 30};
    struct nh_grid g = {.cells = {0, 0, 0}};
    struct nh_error err;
    (void)state;
    assert_ok(nh_grid_choose(&g, 12, per_rank, &err), err);
    for (int a = 0; a < 3; a++)
        assert_int_equal(g.cells[a], per_rank[a] * (size_t)g.dims[a]);
    assert_int_equal(g.cells[0] * g.cells[1] * g.cells[2], 12 * 10 * 20 * 30);
}

static void texts_are_read(void **state)
{
    size_t cells[3];
    int dims[3];
    struct nh_error err;
    (void)state;
    assert_ok(nh_cells_parse("--cells", "256", cells, &err), err);
    assert_int_equal(cells[0] + cells[1] + cells[2], 768);
    assert_ok(nh_cells_parse("--cells", "64x32X16", cells, &err), err);
    assert_int_equal(cells[0], 64);
    assert_int_equal(cells[1], 32);
    assert_int_equal(cells[2], 16);
    assert_ok(nh_dims_parse("--grid", "2x1x3", dims, &err), err);
    assert_int_equal(dims[0] * 100 + dims[1] * 10 + dims[2], 213);
}

static void bad_texts_are_refused(void **state)
{
    static const char *const bad[] = {"",     "0",       "-4",  "64x", "64x32",
                                      "x4x4", "1x1x1x1", "6.5", "1e2", "99999999999999999999999999",
                                      "70000"};
    size_t cells[3];
    int dims[3];
    struct nh_error err;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(nh_cells_parse("--cells", bad[i], cells, &err), NH_EINPUT);
        assert_says(&err, "--cells");
    }
    assert_int_equal(nh_dims_parse("--grid", "4", dims, &err), NH_EINPUT);
    assert_says(&err, "PXxPYxPZ");
}

static void wrong_rank_counts_are_refused(void **state)
{
    struct nh_grid g = {.cells = {4, 4, 4}, .dims = {2, 2, 2}};
    struct nh_error err;
    (void)state;
    assert_ok(nh_grid_check(&g, 8, "--grid", &err), err);
    assert_int_equal(nh_grid_check(&g, 6, "--grid", &err), NH_EINPUT);
    assert_says(&err, "--grid 2x2x2 does not fit 6 ranks; ");
    g.dims[0] = 8;
    g.dims[1] = g.dims[2] = 1;
    assert_int_equal(nh_grid_check(&g, 8, "--grid", &err), NH_EINPUT);
    assert_says(&err, "rank count does not fit the grid");
    g = (struct nh_grid){.cells = {2, 2, 2}};
    assert_int_equal(nh_grid_choose(&g, 3, NULL, &err), NH_EINPUT);
    assert_says(&err, "rank count does not fit the grid");
    g = (struct nh_grid){.cells = {2, 2, 2}, .dims = {65536, 65536, 1}}; /* no overflow */
    assert_int_equal(nh_grid_check(&g, 1, "--grid", &err), NH_EINPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_grids),           cmocka_unit_test(surface_is_least),
        cmocka_unit_test(blocks_tile),           cmocka_unit_test(neighbours_agree),
        cmocka_unit_test(weak_grid_scales),      cmocka_unit_test(texts_are_read),
        cmocka_unit_test(bad_texts_are_refused), cmocka_unit_test(wrong_rank_counts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
