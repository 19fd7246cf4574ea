#include "record/number.h"
#include "tests/unit/rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void agrees(const char *text, unsigned base)
{
    const char *end;
    char *true_end;
    uint64_t number = number_read(text, &end, base);
    uint64_t expected = text[strspn(text, " ")] == '-' ? (uint64_t)strtoll(text, &true_end, (int)base)
                                                       : strtoull(text, &true_end, (int)base);
    if (number != expected || end != true_end)
        fail_msg("'%s' of base %u: %#lx, %ld characters", text, base, (unsigned long)number, (long)(end - text));
}

static void as_strtol_reads_them(void **state)
{
    (void)state;
    const char *const texts[] = {"",  " ",    "running", "-1 0x7ffc 0x7f", "202 0x7f 0x189",
                                 "0", " 12x", "-",       "0xfFa9G",        "922337203685477"};
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        agrees(texts[i], 10), agrees(texts[i], 16);
}

static void random_ones(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < rounds(20000); i++) {
        char text[40];
        uint64_t number = (uint64_t)rand() << 32 ^ (uint64_t)rand() << 5;
        snprintf(text, sizeof text,
                 i % 3 == 0   ? "%ld %s"
                 : i % 3 == 1 ? " 0x%lx%s"
                              : "%lX/%s",
                 (long)(number >> (8 + i % 56)), "7a");
        agrees(text, i % 3 == 0 ? 10 : 16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_strtol_reads_them), cmocka_unit_test(random_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
