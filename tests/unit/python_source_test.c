/*
 * Which lines of Python assign the result of a call, and to what: each kind that is taken beside its nearest neighbour
 * that is not, and whatever stands in a file, an answer that ends and stays within its room.
 */
#include "analyzer/python_source.h"
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

/* "TARGET = CALLEE", with "(...)" if it has arguments, "(!)" if these call the same; "-": it is no such statement. */
static const char *said_at(const char *text, unsigned line, unsigned column)
{
    static char words[3 * PYTHON_NAME];
    struct python_statement s;
    if (!python_source_statement(text, strlen(text), line, column, &s))
        return "-";
    snprintf(words, sizeof words, "%s = %s%s", s.target, s.callee, s.again ? "(!)" : s.arguments ? "(...)" : "");
    return words;
}

static const char *said(const char *text, unsigned line)
{
    return said_at(text, line, 0);
}

static void statements(void **state)
{
    (void)state;
    static const struct {
        const char *line, *due;
    } all[] = {
        {"lock = Lock()", "lock = Lock"},
        {"    self.lock = threading.Lock()  # of the account", "self.lock = Lock"},
        {"self.lock: threading.Lock = threading.Lock ( )", "-"},
        {"self.lock: threading.Lock = threading.Lock( )", "self.lock = Lock"},
        {"a: dict[str, Callable[[x], y]] = f(1)", "a = f(...)"},
        {"locks[i] = Lock()", "locks[i] = Lock"},
        {"locks[\"a\"] = Lock()", "locks[\"a\"] = Lock"},
        {"locks[f(i)] = Lock()", "-"},
        {"return threading.Lock()", " = Lock"},
        {"returned = threading.Lock()", "returned = Lock"},
        {"a = Account(Account(1))", "a = Account(!)"},
        {"a = Account(SubAccount(1))", "a = Account(...)"},
        {"a = Account(\"Account(\")", "a = Account(...)"},
        {"a, b = Lock(), Lock()", "-"},
        {"a = Lock(), 1", "-"},
        {"a = b = Lock()", "-"},
        {"a = Lock(); b = Lock()", "-"},
        {"a == Lock()", "-"},
        {"a += Lock()", "-"},
        {"a = Lock() if x else None", "-"},
        {"a = x or Lock()", "-"},
        {"a = [Lock()]", "-"},
        {"a = Lock().x", "-"},
        {"a = await Lock()", "-"},
        {"if x: a = Lock()", "-"},
        {"else: a = Lock()", "-"},
        {"with Lock(): pass", "-"},
        {"f(a=Lock())", "-"},
        {"# a = Lock()", "-"},
        {"a = Lock", "-"},
        {"a = Lock(", "-"},
        {"", "-"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_string_equal(said(all[i].line, 1), all[i].due);
    assert_string_equal(said("a = Lock()", 0), "-");
    assert_string_equal(said("a = Lock()", 2), "-");
}

/* The call is where a bar stands. */
static void several(void **state)
{
    (void)state;
    static const struct {
        const char *line, *due;
    } all[] = {
        {"a, b = |Lock(), Lock()", "a = Lock"},
        {"a, b = Lock(), |Lock()", "b = Lock"},
        {"  self.a , t[1]=Lock(),|threading.RLock()  # both", "t[1] = RLock"},
        {"a, b = Lock((1, 2), '),'), |f(3, (4, 5))", "b = f(...)"},
        {"a, b = 1, |f()", "b = f"},
        {"a, b, c = f(), |g()", "-"},
        {"a, b = f(), |g(), h()", "-"},
        {"a, b = c = f(), |g()", "-"},
        {"a, *b = f(), |g()", "-"},
        {"a, b == f(), |g()", "-"},
        {"a, b = f(), |g().x", "-"},
        {"a, b = f(), x or |g()", "-"},
        {"a, b = f(), h(|g())", "-"},
        {"a, b = f(), |g(); c = 1", "-"},
        {"a, b = |f()", "-"},
        {"a, b = f(), g()|", "-"},
        {"a = |f()", "a = f"},
        {"a = f(|g())", "a = f(...)"}, /* who has called f is not asked here */
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char text[100];
        const char *bar = strchr(all[i].line, '|');
        snprintf(text, sizeof text, "%.*s%s", (int)(bar - all[i].line), all[i].line, bar + 1);
        const char *is = said_at(text, 1, (unsigned)(bar - all[i].line) + 1);
        if (strcmp(is, all[i].due) != 0)
            fail_msg("%s is: %s, not: %s", all[i].line, is, all[i].due);
    }
    assert_string_equal(said_at("x = 1\na, b = Lock(), Lock()\n", 2, 16), "b = Lock");
    assert_string_equal(said_at("a, b = Lock(), Lock()\n", 1, 1000), "-");
}

/* Where the same line is a statement, and where it is part of something else. */
static void contexts(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        bool begins;
    } all[] = {
        {"x = 1\n", true},        {"x = (1,\n", false},    {"x = (1,\n 2)\n", true},     {"x = f(')')\n", true},
        {"x = f(  # )\n", false}, {"\"\"\" x\n", false},   {"\"\"\" x\n\"\"\"\n", true}, {"x = \"\"\"'\"\"\"\n", true},
        {"x = '\\'['\n", true},   {"x = r'\\\\'\n", true}, {"x = \\\n", false},          {"# it's\n", true},
        {"x = '[\n", true}, /* no Python */
        {"x = ]\n", false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char text[200];
        unsigned line = 1;
        for (const char *c = all[i].before; *c != 0; c++)
            line += *c == '\n';
        snprintf(text, sizeof text, "%sa = Lock()\nb = 2\n", all[i].before);
        assert_string_equal(said(text, line), all[i].begins ? "a = Lock" : "-");
    }
    assert_string_equal(said("a = Account(\n    1,  # )\n    ')',\n)\nb = 2\n", 1), "a = Account(...)");
    assert_string_equal(said("a = Account(\n    1\n).lock\n", 1), "-");
    assert_string_equal(said("a = Account(\n)\n", 1), "a = Account");
}

static void longer(void **state)
{
    (void)state;
    char text[1000], due[1000];
    for (int size = 100; size < 160; size++) {
        snprintf(text, sizeof text, "%0*d = Lock()", size, 0);
        memset(text, 'a', (size_t)size);
        snprintf(due, sizeof due, "%.*s = Lock", size, text);
        assert_string_equal(said(text, 1), size < PYTHON_NAME ? due : "-");
    }
}

static void hostile(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a",       ".",    "=",  " ", "(",      ")",     "[", "]",
                                         "\n",      "\\",   "\"", "'", "\"\"\"", "#",     ":", "Lock",
                                         "return ", "\xff", "{",  "}", ",",      "self.", "()"};
    const char *one = getenv("SEED");
    unsigned seed = one != NULL ? (unsigned)strtoul(one, NULL, 10) : (unsigned)time(NULL) ^ (unsigned)getpid();
    printf("# SEED=%u\n", seed);
    for (unsigned i = 0; i < rounds(20000); i++) {
        char text[400] = "";
        size_t size = 0;
        struct python_statement s;
        for (unsigned n = (unsigned)rand_r(&seed) % 60; n > 0; n--)
            for (const char *c = pieces[(unsigned)rand_r(&seed) % (sizeof pieces / sizeof *pieces)]; *c != 0; c++)
                text[size++] = *c;
        char *exact = malloc(size == 0 ? 1 : size); /* so that the sanitizer sees what is read behind it */
        memcpy(exact, text, size);
        for (unsigned line = 0; line < 6; line++)
            if (python_source_statement(exact, size, line, line == 0 ? 0 : (unsigned)rand_r(&seed) % 30, &s))
                assert_true(s.callee[0] != 0 && strlen(s.target) < PYTHON_NAME);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(statements), cmocka_unit_test(several),
                                       cmocka_unit_test(contexts), cmocka_unit_test(longer), cmocka_unit_test(hostile)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
