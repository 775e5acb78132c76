/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <unistd.h>

#include "common/catalog.h"
#include "common/journal.h"
#include "common/sysinfo.h"

static const char shipped_machines[] = "common/catalog/machines.json";
static const char shipped_prices[] = "common/catalog/prices.json";

/* brief section 2, rows 7 and 8; the published price list of 2026-07-20 */
static void shipped_catalog_has_the_published_facts(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_catalog c;
    assert_ok(nh_catalog_read(shipped_machines, shipped_prices, &c, &err), err);
    const struct nh_machine *c5n = nh_catalog_machine(&c, "c5n.18xlarge", &err);
    assert_non_null(c5n);
    assert_int_equal(c5n->cores, 36);
    assert_true(c5n->network_gbps == 100);
    const struct nh_machine *p4d = nh_catalog_machine(&c, "p4d.24xlarge", &err);
    assert_int_equal(p4d->gpus, 8);
    assert_int_equal(p4d->efa_interfaces, 4);
    const struct nh_price *p = nh_catalog_price(&c, "c5n.18xlarge", "on-demand", &err);
    assert_int_equal(p->per_hour.micro, 3888000);
    p = nh_catalog_price(&c, "c5n.18xlarge", "reserved-3y-all-upfront", &err);
    assert_int_equal(p->per_hour.micro, 1475000);
    for (size_t i = 0; i < c.price_count; i++) {
        assert_true(c.prices[i].region[0] && c.prices[i].as_of[0] && c.prices[i].source[0]);
        assert_non_null(nh_catalog_machine(&c, c.prices[i].machine, &err));
    }
    nh_catalog_clear(&c);
}

static void unknown_names_get_a_hint(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_catalog c;
    assert_ok(nh_catalog_read(shipped_machines, shipped_prices, &c, &err), err);
    assert_null(nh_catalog_machine(&c, "c5n.18xlrge", &err));
    assert_int_equal(err.code, NH_EINPUT);
    assert_says(&err, "did you mean 'c5n.18xlarge'");
    assert_null(nh_catalog_machine(&c, "cray-1", &err));
    assert_says(&err, "nodehour machines");
    assert_null(nh_catalog_price(&c, "c5n.18xlarge", "on-demnd", &err));
    assert_says(&err, "did you mean 'on-demand'");
    assert_null(nh_catalog_price(&c, "hpc7a.96xlarge", "on-demand", &err));
    assert_says(&err, "no price");
    nh_catalog_clear(&c);
}

static void assert_price_refused(const char *entry, const char *says)
{
    struct nh_error err = {0};
    struct nh_catalog c;
    char *dir = fresh_directory(), path[128], text[1024];
    snprintf(path, sizeof path, "%s/prices.json", dir);
    snprintf(text, sizeof text, "{\"sources\":{\"s\":\"list\"},\"prices\":[%s]}", entry);
    write_file(path, text);
    assert_int_equal(nh_catalog_read(shipped_machines, path, &c, &err), NH_EINPUT);
    assert_says(&err, "prices.json");
    assert_says(&err, says);
    unlink(path);
    rmdir(dir);
    free(dir);
}

static void a_price_needs_date_region_and_source(void **state)
{
    (void)state;
#define PRICE "\"machine\":\"m\",\"model\":\"on-demand\",\"currency\":\"USD\","
    assert_price_refused("{" PRICE "\"per_hour\":\"1\",\"region\":\"r\",\"source\":\"s\"}",
                         "'as_of'");
    assert_price_refused("{" PRICE
                         "\"per_hour\":\"1\",\"region\":\"r\",\"source\":\"s\",\"as_of\":\"now\"}",
                         "'as_of'");
    assert_price_refused("{" PRICE "\"per_hour\":\"1\",\"source\":\"s\",\"as_of\":\"2026\"}",
                         "'region'");
    assert_price_refused("{" PRICE "\"per_hour\":\"1\",\"region\":\"r\",\"as_of\":\"2026\"}",
                         "'source'");
    assert_price_refused(
        "{" PRICE "\"per_hour\":\"-1\",\"region\":\"r\",\"source\":\"s\",\"as_of\":\"2026\"}",
        "prices[0]: field 'per_hour'");
    assert_price_refused("{", "JSON");
#undef PRICE
}

/* A stand-in for / with the DMI tables of a c5n.18xlarge. */
static void instance_type_comes_from_dmi(void **state)
{
    (void)state;
    struct nh_error err = {0};
    char *dir = fresh_directory(), dmi[256], path[300];
    snprintf(dmi, sizeof dmi, "%s/sys/devices/virtual/dmi/id", dir);
    assert_ok(nh_make_dirs(dmi, &err), err);
    assert_null(nh_sysinfo_instance_type(dir));
    snprintf(path, sizeof path, "%s/product_name", dmi);
    write_file(path, "c5n.18xlarge\n");
    snprintf(path, sizeof path, "%s/sys_vendor", dmi);
    write_file(path, "QEMU\n");
    assert_null(nh_sysinfo_instance_type(dir));
    write_file(path, "Amazon EC2\n");
    char *type = nh_sysinfo_instance_type(dir);
    assert_string_equal(type, "c5n.18xlarge");
    free(type);
    char command[160];
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
    free(dir);
}

static void the_environment_holds_no_secrets(void **state)
{
    (void)state;
    char *given[] = {"FI_PROVIDER=efa",
                     "AWS_SECRET_ACCESS_KEY=abc",
                     "OMPI_MCA_pml=cm",
                     "FI_AUTH_KEY=xyz",
                     "HOME=/root",
                     "I_MPI_PASSWORD=p",
                     "OMPI_MCA_orte_hnp_uri=1",
                     "OMP_NUM_THREADS=4",
                     "NOEQUAL",
                     "FI_BAD=\xff\xfe",
                     NULL};
    json_t *env = nh_sysinfo_env(given);
    assert_int_equal(json_object_size(env), 3);
    assert_string_equal(json_string_value(json_object_get(env, "FI_PROVIDER")), "efa");
    assert_string_equal(json_string_value(json_object_get(env, "OMPI_MCA_pml")), "cm");
    assert_string_equal(json_string_value(json_object_get(env, "OMP_NUM_THREADS")), "4");
    json_decref(env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shipped_catalog_has_the_published_facts),
                                       cmocka_unit_test(unknown_names_get_a_hint),
                                       cmocka_unit_test(a_price_needs_date_region_and_source),
                                       cmocka_unit_test(instance_type_comes_from_dmi),
                                       cmocka_unit_test(the_environment_holds_no_secrets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
