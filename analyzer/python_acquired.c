#include "analyzer/python_acquired.h"

#include "analyzer/python_tokens.h"

#include <string.h>

/* A line, or several if brackets or a string go on. */
struct statement {
    struct python_rest text; /* without its blanks */
    unsigned line, end;      /* first and last */
    int indent;
};

struct reader {
    struct python_rest rest;
    unsigned line;
};

static int take_indent(struct python_rest *r)
{
    int indent = 0;
    for (;; r->at++)
        if (python_peek(r) == ' ')
            indent++;
        else if (python_peek(r) == '\t')
            indent = indent / 8 * 8 + 8;
        else if (python_peek(r) != '\f' && python_peek(r) != '\r')
            return indent;
}

/* The next one that is not empty. */
static bool next(struct reader *r, struct statement *s)
{
    while (r->rest.at < r->rest.end) {
        int depth = 0;
        s->line = r->line;
        s->indent = take_indent(&r->rest);
        s->text.at = r->rest.at;
        while (r->rest.at < r->rest.end && (*r->rest.at != '\n' || depth > 0)) {
            const char *from = r->rest.at;
            python_skip(&r->rest, &depth);
            for (const char *c = from; c < r->rest.at; c++)
                r->line += *c == '\n';
        }
        s->text.end = r->rest.at;
        s->end = r->line;
        if (python_take(&r->rest, '\n'))
            r->line++;
        if (s->text.at < s->text.end && *s->text.at != '#')
            return true;
    }
    return false;
}

/* "X.acquire()": X. */
static bool take_acquire(struct python_rest r, char lock[PYTHON_NAME])
{
    static const char acquire[] = "acquire";
    const char *from = r.at, *last;
    if (!python_take_name(&r, &last) || last == from || (size_t)(r.at - last) != sizeof acquire - 1 ||
        memcmp(last, acquire, sizeof acquire - 1) != 0 || (size_t)(last - from) > PYTHON_NAME)
        return false;
    python_skip_blanks(&r);
    if (!python_take(&r, '('))
        return false;
    python_skip_blanks(&r);
    if (!python_take(&r, ')') || !python_take_end(&r))
        return false;
    memcpy(lock, from, (size_t)(last - from) - 1);
    lock[last - from - 1] = 0;
    return true;
}

/* Whether "X.release" is anywhere in it. */
static bool releases(struct python_rest r, const char *lock)
{
    static const char release[] = ".release";
    const size_t size = strlen(lock);
    bool inside = false; /* a name */
    for (; r.at < r.end; r.at++) {
        struct python_rest after = {r.at + size, r.end};
        if (!inside && python_begins(&r, lock, size) && python_begins(&after, release, sizeof release - 1))
            return true;
        inside = python_is_part(*r.at) || *r.at == '.';
    }
    return false;
}

static bool is_function(struct python_rest r)
{
    static const char async[] = "async ", def[] = "def ";
    if (python_begins(&r, async, sizeof async - 1))
        r.at += sizeof async - 1;
    python_skip_blanks(&r);
    return python_begins(&r, def, sizeof def - 1);
}

/* To the function that begins in a line. How far its first line is indented; -1: there is none. */
static int find_function(struct reader *r, unsigned first)
{
    struct statement s;
    while (next(r, &s))
        if (s.line >= first && *s.text.at != '@')
            return is_function(s.text) ? s.indent : -1;
    return -1;
}

static void keep(struct python_acquired *a, int indent[], bool (*is)(const struct statement *, const char *, int),
                 const struct statement *s)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < a->count; i++)
        if (is(s, a->item[i].lock, indent[i])) {
            a->item[kept] = a->item[i];
            indent[kept++] = indent[i];
        }
    a->count = kept;
}

static bool still_held(const struct statement *s, const char *lock, int indent)
{
    return indent <= s->indent && !releases(s->text, lock);
}

static bool block_is_open(const struct statement *s, const char *lock, int indent)
{
    (void)lock;
    return indent <= s->indent;
}

/* What is released by the rest of the function. */
static void keep_released(struct reader *r, int body, struct statement *s, struct python_acquired *a)
{
    bool released[PYTHON_ACQUIRED_MOST] = {false};
    unsigned kept = 0;
    while (next(r, s) && s->indent > body)
        for (unsigned i = 0; i < a->count; i++)
            released[i] |= releases(s->text, a->item[i].lock);
    for (unsigned i = 0; i < a->count; i++)
        if (released[i])
            a->item[kept++] = a->item[i];
    a->count = kept;
}

void python_source_acquired(const char *text, size_t size, unsigned first, unsigned line, struct python_acquired *to)
{
    struct reader r = {{text, text + size}, 1};
    struct statement s;
    int indent[PYTHON_ACQUIRED_MOST];
    to->count = 0;
    const int body = first == 0 ? -1 : find_function(&r, first);
    if (first != 0 && body < 0)
        return;
    while (next(&r, &s) && s.indent > body) {
        char lock[PYTHON_NAME];
        if (s.end >= line) {
            keep(to, indent, block_is_open, &s);
            to->count = s.line <= line ? to->count : 0;
            keep_released(&r, body, &s, to);
            return;
        }
        keep(to, indent, still_held, &s);
        if (to->count < PYTHON_ACQUIRED_MOST && take_acquire(s.text, lock)) {
            memcpy(to->item[to->count].lock, lock, sizeof lock);
            to->item[to->count].line = s.line;
            indent[to->count++] = s.indent;
        }
    }
    to->count = 0;
}
