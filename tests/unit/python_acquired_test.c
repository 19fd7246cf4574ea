/*
 * Which locks a function in Python holds at a line, by its source: what is held beside its nearest neighbour that is
 * not, or perhaps not; and whatever stands in a file, an answer that ends.
 */
#include "analyzer/python_acquired.h"
#include "tests/unit/rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* "a:2 b:3": what is held, and since which line. */
static const char *held(const char *text, unsigned first, unsigned line)
{
    static char words[PYTHON_ACQUIRED_MOST * (PYTHON_NAME + 12)];
    struct python_acquired a;
    size_t used = 0;
    python_source_acquired(text, strlen(text), first, line, &a);
    words[0] = 0;
    for (unsigned i = 0; i < a.count; i++)
        used += (size_t)snprintf(words + used, sizeof words - used, "%s%s:%u", i > 0 ? " " : "", a.item[i].lock,
                                 a.item[i].line);
    return words;
}

/* The line with HERE is where the function has come to. */
static const char *here(const char *text)
{
    unsigned line = 1;
    for (const char *c = text; c < strstr(text, "HERE"); c++)
        line += *c == '\n';
    return held(text, 1, line);
}

static void functions(void **state)
{
    (void)state;
    static const struct {
        const char *text, *due;
    } all[] = {
        {"def f():\n  a.acquire()\n  HERE\n  a.release()\n", "a:2"},
        {"async  def f():\n  a.acquire ( )  # of a\n  HERE\n  a.release()\n", "a:2"},
        {"def f():\n  a.acquire()\n  HERE\n", ""}, /* another releases it */
        {"def f():\n  a.acquire()\n  HERE\ndef g():\n  a.release()\n", ""},
        {"def f():\n  a.acquire()\n  HERE\n  aa.release()\n  b.a.release()\n", ""},
        {"def f():\n  a.acquire()\n  a.release()\n  HERE\n  a.release()\n", ""},
        {"def f():\n  a.acquire()\n  if x: a.release()\n  HERE\n  a.release()\n", ""},
        {"def f():\n  a.acquire()\n  # a.release()\n  HERE\n  a.release()\n", "a:2"},
        {"def f():\n  a.acquire()\n  HERE; a.release()\n", ""},
        {"def f():\n  HERE\n  a.acquire()\n  a.release()\n", ""},
        {"def f():\n  a.acquire()\n  try:\n    HERE\n  finally:\n    a.release()\n", "a:2"},
        {"def f():\n  try:\n    a.acquire()\n  finally:\n    HERE\n    a.release()\n", ""},
        {"def f():\n  if x:\n    a.acquire()\n    HERE\n    a.release()\n", "a:3"},
        {"def f():\n  if x:\n    a.acquire()\n  HERE\n  a.release()\n", ""},
        {"def f():\n  if x:\n    a.acquire()\n  else:\n    HERE\n  a.release()\n", ""},
        {"def f():\n  if x: a.acquire()\n  HERE\n  a.release()\n", ""},
        {"def f():\n  if a.acquire():\n    HERE\n    a.release()\n", ""},
        {"def f():\n  x = a.acquire()\n  HERE\n  a.release()\n", ""},
        {"def f():\n  a.acquire(False)\n  HERE\n  a.release()\n", ""},
        {"def f():\n  a.acquire().x\n  HERE\n  a.release()\n", ""},
        {"def f():\n  a.acquired()\n  HERE\n  a.release()\n", ""},
        {"def f():\n  acquire()\n  HERE\n  release()\n", ""},
        {"def f():\n  a[0].acquire()\n  HERE\n  a[0].release()\n", ""},
        {"def f():\n  def g():\n    a.acquire()\n  HERE\n  a.release()\n", ""},
        {"def f():\n  self.a.acquire()\n  b.acquire()\n  HERE\n  b.release()\n  self.a.release()\n", "self.a:2 b:3"},
        {"def f():\n  a.acquire()\n  g(1,\n    HERE)\n  a.release()\n", "a:2"},
        {"def f():\n  a.acquire()\n  '''\n  a.acquire()\n'''\n\n  HERE\n  a.release()\n", "a:2"},
        {"def f():\n  '''\n  a.acquire()\n'''\n  HERE\n  a.release()\n", ""},
        {"def f():\n\ta.acquire()\n        HERE\n\ta.release()\n", "a:2"},
        {"@x\n@y(\n1)\ndef f():\n  a.acquire()\n  HERE\n  a.release()\n", "a:5"},
        {"g = lambda: (\n  a.acquire(),\n  HERE,\n  a.release())\n", ""},
        {"class F:\n  a.acquire()\n  HERE\n  a.release()\n", ""},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(here(all[i].text), all[i].due) != 0)
            fail_msg("%s\nis: %s, not: %s", all[i].text, here(all[i].text), all[i].due);
    assert_string_equal(held("a.acquire()\nf()\na.release()\n", 0, 2), "a:1");
    assert_string_equal(held("def f(): pass\ndef g():\n a.acquire()\n f()\n a.release()\n", 2, 4), "a:3");
    assert_string_equal(held("def f(): pass\ndef g():\n a.acquire()\n f()\n a.release()\n", 1, 4), "");
    assert_string_equal(held("def f():\n a.acquire()\n f()\n a.release()\n", 1, 9), "");
}

static void many(void **state)
{
    (void)state;
    char text[4000];
    int used = sprintf(text, "def f():\n");
    for (int i = 0; i < 20; i++)
        used += sprintf(text + used, " a%d.acquire()\n", i);
    used += sprintf(text + used, " f()\n");
    for (int i = 0; i < 20; i++)
        used += sprintf(text + used, " a%d.release()\n", i);
    assert_string_equal(held(text, 1, 22), "a0:2 a1:3 a2:4 a3:5 a4:6 a5:7 a6:8 a7:9");
}

static void hostile(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a",        ".acquire()", ".release()", "\n", "\n ",  "\n  ",
                                         "def f():", "(",          ")",          "\t", "'",    "\"\"\"",
                                         "#",        "\\",         "@x",         "b.", "\xff", " "};
    const char *one = getenv("SEED");
    unsigned seed = one != NULL ? (unsigned)strtoul(one, NULL, 10) : (unsigned)time(NULL) ^ (unsigned)getpid();
    printf("# SEED=%u\n", seed);
    for (unsigned i = 0; i < rounds(20000); i++) {
        char text[700];
        struct python_acquired a;
        size_t size = (size_t)sprintf(text, "def f():\n a.acquire()");
        for (unsigned n = (unsigned)rand_r(&seed) % 60; n > 0; n--)
            size +=
                (size_t)sprintf(text + size, "%s", pieces[(unsigned)rand_r(&seed) % (sizeof pieces / sizeof *pieces)]);
        char *exact = malloc(size); /* so that the sanitizer sees what is read behind it */
        assert_non_null(exact);
        for (size_t n = 0; n < size; n++)
            exact[n] = text[n];
        for (unsigned line = 0; line < 8; line++) {
            python_source_acquired(exact, size, line % 3, line, &a);
            for (unsigned n = 0; n < a.count; n++)
                assert_true(a.item[n].lock[0] != 0 && a.item[n].line < line);
        }
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(functions), cmocka_unit_test(many), cmocka_unit_test(hostile)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
