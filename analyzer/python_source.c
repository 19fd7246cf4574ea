#include "analyzer/python_source.h"

#include "analyzer/python_tokens.h"

#include <string.h>

/* To the beginning of a line, if a statement may begin there: not within brackets or a string. */
static bool find_line(struct python_rest *r, unsigned line)
{
    int depth = 0;
    for (unsigned at = 1; at < line && r->at < r->end;) {
        const char *from = r->at;
        python_skip(r, &depth);
        for (const char *c = from; c < r->at; c++)
            at += *c == '\n';
        if (at >= line)
            return at == line && *from == '\n' && depth == 0;
    }
    return line == 1;
}

/* --- names --- */

static bool copy(char to[PYTHON_NAME], const char *from, const char *end)
{
    size_t size = (size_t)(end - from);
    if (size == 0 || size >= PYTHON_NAME)
        return false;
    memcpy(to, from, size);
    to[size] = 0;
    return true;
}

/* What may stand in brackets behind it: a number, a name, a string without any bracket. */
static bool take_index(struct python_rest *r)
{
    if (!python_take(r, '['))
        return true;
    while (r->at < r->end && strchr("[](){}#\\\n", *r->at) == NULL)
        r->at++;
    return python_take(r, ']');
}

static bool take_target(struct python_rest *r, char to[PYTHON_NAME])
{
    const char *from = r->at, *last;
    if (!python_take_name(r, &last) || !take_index(r) || !copy(to, from, r->at))
        return false;
    python_skip_blanks(r);
    int depth = 0;
    if (python_take(r, ':')) /* its type */
        while (r->at < r->end && *r->at != '\n' && (*r->at != '=' || depth != 0))
            python_skip(r, &depth);
    if (!python_take(r, '=') || python_peek(r) == '=')
        return false;
    python_skip_blanks(r);
    return true;
}

static bool take_return(struct python_rest *r)
{
    static const char word[] = "return ";
    if (!python_begins(r, word, sizeof word - 1))
        return false;
    r->at += sizeof word - 1;
    python_skip_blanks(r);
    return true;
}

/* --- calls --- */

static bool calls(struct python_rest r, const char *name)
{
    size_t size = strlen(name);
    if (!python_begins(&r, name, size))
        return false;
    r.at += size;
    python_skip_blanks(&r);
    return python_peek(&r) == '(';
}

/* From behind its first bracket to behind its last one. */
static bool take_arguments(struct python_rest *r, struct python_statement *to)
{
    int depth = 1;
    bool inside = false; /* a name */
    while (r->at < r->end && depth > 0) {
        to->arguments |= strchr(" \t\r\n)#\\", *r->at) == NULL;
        to->again |= !inside && calls(*r, to->callee);
        inside = python_is_part(*r->at);
        python_skip(r, &depth);
    }
    return depth == 0;
}

/* "NAME(...)" */
static bool take_call(struct python_rest *r, struct python_statement *to)
{
    const char *last;
    return python_take_name(r, &last) && copy(to->callee, last, r->at) && python_take(r, '(') && take_arguments(r, to);
}

/* --- several at once: "a, b = f(), g()" --- */

/* Which of the values, counted from 0, begins at `call`, and where it ends; -1: none, or they are not `targets`. */
static int find_value(struct python_rest r, const char *call, int targets, const char **end)
{
    int value = 0, found = -1;
    for (;; value++) {
        int depth = 0;
        python_skip_blanks(&r);
        const bool here = r.at == call;
        while (r.at < r.end && *r.at != '#' && (depth > 0 || strchr(",;=\n", *r.at) == NULL))
            python_skip(&r, &depth);
        if (here) {
            found = value;
            *end = r.at;
        }
        if (!python_take(&r, ','))
            break;
    }
    return python_take_end(&r) && value + 1 == targets ? found : -1;
}

static bool take_one(struct python_rest *r, char to[PYTHON_NAME])
{
    const char *from = r->at, *last;
    bool good = python_take_name(r, &last) && take_index(r) && copy(to, from, r->at);
    python_skip_blanks(r);
    return good;
}

static bool take_several(struct python_rest r, const char *call, struct python_statement *to)
{
    char name[PYTHON_NAME];
    const struct python_rest targets = r;
    const char *end;
    int count = 0;
    do {
        python_skip_blanks(&r);
        if (!take_one(&r, name))
            return false;
        count++;
    } while (python_take(&r, ','));
    if (count < 2 || !python_take(&r, '=') || python_peek(&r) == '=')
        return false;
    const int value = find_value(r, call, count, &end);
    if (value < 0)
        return false;
    r = targets;
    for (int i = 0; i <= value; i++, python_take(&r, ',')) {
        python_skip_blanks(&r);
        take_one(&r, to->target);
    }
    r = (struct python_rest){call, end};
    return take_call(&r, to) && python_take_end(&r);
}

bool python_source_statement(const char *text, size_t size, unsigned line, unsigned column, struct python_statement *to)
{
    struct python_rest r = {text, text + size};
    *to = (struct python_statement){.arguments = false};
    if (line == 0 || !find_line(&r, line))
        return false;
    const char *call = column == 0 || column > (size_t)(r.end - r.at) ? NULL : r.at + column - 1;
    python_skip_blanks(&r);
    if (call != NULL && take_several(r, call, to))
        return true;
    *to = (struct python_statement){.arguments = false};
    return (take_return(&r) || take_target(&r, to->target)) && take_call(&r, to) && python_take_end(&r);
}
