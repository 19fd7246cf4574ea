/*
 * Blocks of Python code, by the table that CPython 3.11 made of a function: two `with` blocks, a `try` in the inner
 * one. How much of a value stack is in use, and which instruction opened a block; and whatever a table says, an answer.
 */
#include "analyzer/attach/python_blocks.h"
#include "tests/unit/rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct python_blocks blocks;

static void put_number(unsigned n, bool first)
{
    unsigned char digit[6];
    unsigned count = 0;
    do
        digit[count++] = n & 0x3f;
    while ((n >>= 6) != 0);
    while (count-- > 0)
        blocks.table[blocks.size++] = (unsigned char)(digit[count] | (count > 0 ? 0x40 : 0) | (first ? 0x80 : 0)),
        first = false;
}

/* As `dis` prints one, in bytes: "16 to 30 -> 234 [1] lasti". */
static void put(unsigned from, unsigned to, unsigned handler, unsigned values, bool lasti)
{
    put_number(from / 2, true);
    put_number((to - from) / 2 + 1, false);
    put_number(handler / 2, false);
    put_number(values << 1 | lasti, false);
}

static void make(void)
{
    blocks.size = 0;
    put(16, 30, 234, 1, true);
    put(32, 66, 186, 2, true);
    put(70, 96, 100, 3, false);
    put(98, 98, 186, 2, true);
    put(100, 146, 154, 4, true);
    put(148, 150, 186, 2, true);
    put(152, 152, 154, 4, true);
    put(154, 158, 186, 2, true);
    put(162, 184, 234, 1, true);
    put(186, 192, 194, 4, true);
    put(194, 198, 234, 1, true);
    put(200, 200, 194, 4, true);
    put(202, 206, 234, 1, true);
    put(234, 240, 242, 3, true);
    put(248, 248, 242, 3, true);
}

/* Values in use at an instruction, and where the blocks of the first two of them were opened, in bytes; -1: nowhere. */
static void has(unsigned at, unsigned values, int first, int second)
{
    blocks.at = at / 2;
    assert_int_equal(python_blocks_values(&blocks), values);
    assert_int_equal(python_blocks_opened(&blocks, 0), first < 0 ? -1 : first / 2);
    assert_int_equal(python_blocks_opened(&blocks, 1), second < 0 ? -1 : second / 2);
}

static void opened(void **state)
{
    (void)state;
    make();
    has(0, 0, -1, -1);
    has(14, 0, -1, -1); /* the one that opens the outer block is not in it */
    has(16, 1, 14, -1);
    has(30, 1, 14, -1); /* likewise the inner one */
    has(32, 2, 14, 30);
    has(80, 3, 14, 30);   /* in the loop and the try block */
    has(130, 4, 14, 30);  /* in its except clause */
    has(170, 1, 14, -1);  /* the inner block is being left */
    has(196, 1, 14, -1);  /* its cleanup */
    has(210, 0, -1, -1);  /* the outer block is being left */
    has(5000, 0, -1, -1); /* beyond the code */
}

static void hostile(void **state)
{
    (void)state;
    const char *one = getenv("SEED");
    unsigned seed = one != NULL ? (unsigned)strtoul(one, NULL, 10) : (unsigned)time(NULL) ^ (unsigned)getpid();
    printf("# SEED=%u\n", seed);
    for (unsigned i = 0; i < rounds(5000); i++) {
        make();
        for (unsigned n = 0; n < 4; n++)
            blocks.table[(unsigned)rand_r(&seed) % blocks.size] = (unsigned char)rand_r(&seed);
        blocks.size = 1 + (unsigned)rand_r(&seed) % blocks.size;
        blocks.at = (unsigned)rand_r(&seed) % 130;
        for (unsigned value = 0; value < 5; value++)
            assert_true(python_blocks_opened(&blocks, value) >= -1);
        python_blocks_values(&blocks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(opened), cmocka_unit_test(hostile)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
