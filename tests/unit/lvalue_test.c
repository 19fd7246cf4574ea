/*
 * Which expressions a line of source passes to a call that acquires a lock (analyzer/symbols/lvalue.h).
 */
#include "analyzer/symbols/lvalue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool counts(void *context, const char *name, size_t size, bool method)
{
    (void)context;
    return method ? size == 4 && memcmp(name, "lock", 4) == 0
                  : (size > 8 && memcmp(name, "pthread_", 8) == 0) || (size == 1 && name[0] == 'g');
}

/* "c->lock, *m": all of them, an asterisk before those that are pointers, a question mark before odd ones. */
static void read_line(const char *line, unsigned column, char *words, size_t size)
{
    struct lvalue found[LVALUES_MOST];
    const struct lvalue_calls calls = {counts, NULL};
    size_t length = strlen(line);
    char *copy = malloc(length + (length == 0)); /* without a zero at its end: the sanitizer sees who reads on */
    assert_non_null(copy);
    for (size_t i = 0; i < length; i++)
        copy[i] = line[i];
    unsigned count = lvalues_in(copy, length, column, &calls, found);
    words[0] = 0;
    for (unsigned i = 0; i < count; i++) {
        size_t used = strlen(words);
        snprintf(words + used, size - used, "%s%s%s%.*s", i == 0 ? "" : ", ", found[i].pointed ? "*" : "",
                 found[i].odd ? "?" : "", (int)found[i].size, found[i].text);
    }
    free(copy);
}

static void lines(void **state)
{
    (void)state;
    static const struct {
        const char *line, *words;
    } cases[] = {
        {"pthread_mutex_lock(&c->shard[i].lock);", "c->shard[i].lock"},
        {"    if (pthread_mutex_lock (& c -> lock) != 0) abort();", "c -> lock"},
        {"CHECK(pthread_mutex_trylock(&a.b) == 0 && x->y);", "a.b"},
        {"pthread_mutex_lock(m);", "m"},
        {"pthread_mutex_lock(&t->own[(i + 1) % f(n)]);", "t->own[(i + 1) % f(n)]"},
        {"std::lock_guard<std::mutex> g(this->m);", "this->m"},
        {"std::lock_guard g{bank::pool.mu};", "pool.mu"},
        {"c->shard[0].mu.lock();", "c->shard[0].mu"},
        {"m_->lock();", "*m_"},
        {"q[1]->lock();", "*q[1]"},
        {"pthread_cond_wait(&q->cond, &q->lock);", "q->cond, q->lock"},
        {"pthread_mutex_lock(x ? &a->m : &b->m);", "x, a->m, b->m"},
        {"pthread_mutex_lock(&a->m); pthread_mutex_lock(&b->m);", "a->m, b->m"},
        {"pthread_mutex_lock(&a->m); pthread_mutex_unlock(&a->m);", "a->m"},
        /* What is not the lock itself, or may not be. */
        {"pthread_mutex_lock(c->locks + i);", "?c->locks, ?i"},
        {"pthread_mutex_lock((pthread_mutex_t *)c->raw);", "?pthread_mutex_t, ?c->raw"},
        {"pthread_mutex_lock(pick(&a->m));", ""},
        {"pthread_mutex_lock(get(a)->m);", ""},
        {"pthread_mutex_lock(((struct x *)p)->m);", ""},
        {"LOCK(c->lock);", ""},
        {"other(&c->lock);", ""},
        {"// pthread_mutex_lock(&c->lock);", ""},
        {"/* pthread_mutex_lock(&c->lock); */ x();", ""},
        {"puts(\"pthread_mutex_lock(&c->lock)\");", ""},
        {"x->pthread_mutex_lock(&c->lock);", ""},
        /* Whatever else a file may have. */
        {"", ""},
        {"pthread_mutex_lock", ""},
        {"pthread_mutex_lock(", ""},
        {"pthread_mutex_lock(&c->lock", ""},
        {"pthread_mutex_lock(&c->", ""},
        {"pthread_mutex_lock(&c[", ""},
        {"pthread_mutex_lock(\"", ""},
        {"pthread_mutex_lock(&1c->lock)", ""},
        {"}}}}))))", ""},
        {"pthread_mutex_lock(&a.b.c.d.e.f.g.h.i.j.k.l.m.n);", ""},
        {"pthread_x(a, b, c, d, e, f, g, h, i, j, k);", ""},
    };
    char words[300];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_line(cases[i].line, 0, words, sizeof words);
        assert_string_equal(words, cases[i].words);
    }
}

/* The call at the column alone; gcc has the bracket at its end there, clang its beginning. */
static void columns(void **state)
{
    (void)state;
    static const char line[] = "pthread_mutex_lock(&a->m); c->m.lock(); std::lock_guard g(b->m);";
    static const struct {
        const char *from, *words;
    } cases[] = {
        {"pthread", "a->m"}, {"a->m)", "a->m"}, {"c->m", "c->m"},  {"();", "c->m"},
        {"g(b", "b->m"},     {");", "a->m"},    {"b->m)", "b->m"}, {"std", ""},
    };
    char words[300];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_line(line, (unsigned)(strstr(line, cases[i].from) - line) + 1, words, sizeof words);
        assert_string_equal(words, cases[i].words);
    }
    read_line(line, sizeof line - 2, words, sizeof words);
    assert_string_equal(words, "b->m");
    read_line(line, 4000000000u, words, sizeof words);
    assert_string_equal(words, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
