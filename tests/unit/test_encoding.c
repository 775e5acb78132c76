/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include "common/base64.h"
#include "common/sha256.h"

static void assert_digest(const char *text, size_t len, const char *expected)
{
    char digest[NH_SHA256_TEXT];
    assert_string_equal(nh_sha256(text, len, digest), expected);
}

/* NIST, "SHA-256 examples": one block, two blocks; the empty message and a million of "a" from the
 * Secure Hash Standard validation system. */
static void sha256_of_published_messages(void **state)
{
    (void)state;
    static char many[1000000];
    memset(many, 'a', sizeof many);
    assert_digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_digest(many, sizeof many,
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* RFC 4648, section 10. */
static void base64_of_the_rfc(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *coded;
    } cases[] = {{"", ""},
                 {"f", "Zg=="},
                 {"fo", "Zm8="},
                 {"foo", "Zm9v"},
                 {"foob", "Zm9vYg=="},
                 {"fooba", "Zm9vYmE="},
                 {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = NULL;
        size_t len = 0, got = 0;
        unsigned char *back = NULL;
        FILE *out = open_memstream(&text, &len);
        nh_base64_write(out, cases[i].plain, strlen(cases[i].plain));
        fclose(out);
        assert_string_equal(text, cases[i].coded);
        nh_base64_read(text, len, &back, &got);
        assert_int_equal(got, strlen(cases[i].plain));
        assert_memory_equal(back, cases[i].plain, got);
        free(back);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sha256_of_published_messages),
                                       cmocka_unit_test(base64_of_the_rfc)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
