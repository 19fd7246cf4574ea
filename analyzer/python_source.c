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

bool python_source_statement(const char *text, size_t size, unsigned line, struct python_statement *to)
{
    struct python_rest r = {text, text + size};
    const char *last;
    *to = (struct python_statement){.arguments = false};
    if (line == 0 || !find_line(&r, line))
        return false;
    python_skip_blanks(&r);
    if (!take_return(&r) && !take_target(&r, to->target))
        return false;
    if (!python_take_name(&r, &last) || !copy(to->callee, last, r.at) || !python_take(&r, '('))
        return false;
    return take_arguments(&r, to) && python_take_end(&r);
}
