#include "analyzer/python_source.h"

#include <string.h>

/* What is left of a text. */
struct rest {
    const char *at, *end;
};

static char peek(const struct rest *r)
{
    return r->at < r->end ? *r->at : 0;
}

static bool is_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

static bool is_part(char c)
{
    return is_start(c) || (c >= '0' && c <= '9');
}

static void skip_blanks(struct rest *r)
{
    while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\r')
        r->at++;
}

static bool take(struct rest *r, char c)
{
    bool there = peek(r) == c && c != 0;
    r->at += there;
    return there;
}

static bool begins(const struct rest *r, const char *text, size_t size)
{
    return (size_t)(r->end - r->at) >= size && memcmp(r->at, text, size) == 0;
}

/* --- strings, comments, brackets --- */

/* One in three quotes goes on over lines; another ends with its line, unless a backslash is before that. */
static void skip_string(struct rest *r)
{
    char quote[3] = {*r->at, *r->at, *r->at};
    size_t quotes = begins(r, quote, 3) ? 3 : 1;
    for (r->at += quotes; r->at < r->end; r->at++) {
        if (begins(r, quote, quotes)) {
            r->at += quotes;
            return;
        }
        if (*r->at == '\n' && quotes == 1)
            return;
        if (*r->at == '\\' && r->at + 1 < r->end)
            r->at++;
    }
}

/* Of what a line consists of the next piece. */
static void skip(struct rest *r, int *depth)
{
    char c = *r->at;
    if (c == '"' || c == '\'') {
        skip_string(r);
        return;
    }
    if (c == '#') {
        const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
        r->at = newline != NULL ? newline : r->end;
        return;
    }
    *depth += (c == '(' || c == '[' || c == '{') - (c == ')' || c == ']' || c == '}');
    r->at += c == '\\' && r->at + 1 < r->end ? 2 : 1;
}

/* To the beginning of a line, if a statement may begin there: not within brackets or a string. */
static bool find_line(struct rest *r, unsigned line)
{
    int depth = 0;
    for (unsigned at = 1; at < line && r->at < r->end;) {
        const char *from = r->at;
        skip(r, &depth);
        for (const char *c = from; c < r->at; c++)
            at += *c == '\n';
        if (at >= line)
            return at == line && *from == '\n' && depth == 0;
    }
    return line == 1;
}

/* --- names --- */

static bool is_keyword(const char *word, size_t size)
{
    static const char keywords[] =
        " and as assert async await break class continue def del elif else except finally for "
        "from global if import in is lambda nonlocal not or pass raise return try while with "
        "yield None True False ";
    char sought[16] = " ";
    if (size + 3 > sizeof sought)
        return false;
    memcpy(sought + 1, word, size);
    memcpy(sought + 1 + size, " ", 2);
    return strstr(keywords, sought) != NULL;
}

static bool copy(char to[PYTHON_NAME], const char *from, const char *end)
{
    size_t size = (size_t)(end - from);
    if (size == 0 || size >= PYTHON_NAME)
        return false;
    memcpy(to, from, size);
    to[size] = 0;
    return true;
}

/* "a.b.c", and `last`: where its last part begins. */
static bool take_name(struct rest *r, const char **last)
{
    do {
        *last = r->at;
        if (!is_start(peek(r)))
            return false;
        while (is_part(peek(r)))
            r->at++;
        if (is_keyword(*last, (size_t)(r->at - *last)))
            return false;
    } while (take(r, '.'));
    return true;
}

/* What may stand in brackets behind it: a number, a name, a string without any bracket. */
static bool take_index(struct rest *r)
{
    if (!take(r, '['))
        return true;
    while (r->at < r->end && strchr("[](){}#\\\n", *r->at) == NULL)
        r->at++;
    return take(r, ']');
}

static bool take_target(struct rest *r, char to[PYTHON_NAME])
{
    const char *from = r->at, *last;
    if (!take_name(r, &last) || !take_index(r) || !copy(to, from, r->at))
        return false;
    skip_blanks(r);
    int depth = 0;
    if (take(r, ':')) /* its type */
        while (r->at < r->end && *r->at != '\n' && (*r->at != '=' || depth != 0))
            skip(r, &depth);
    if (!take(r, '=') || peek(r) == '=')
        return false;
    skip_blanks(r);
    return true;
}

static bool take_return(struct rest *r)
{
    static const char word[] = "return ";
    if (!begins(r, word, sizeof word - 1))
        return false;
    r->at += sizeof word - 1;
    skip_blanks(r);
    return true;
}

/* --- calls --- */

static bool calls(struct rest r, const char *name)
{
    size_t size = strlen(name);
    if (!begins(&r, name, size))
        return false;
    r.at += size;
    skip_blanks(&r);
    return peek(&r) == '(';
}

/* From behind its first bracket to behind its last one. */
static bool take_arguments(struct rest *r, struct python_statement *to)
{
    int depth = 1;
    bool inside = false; /* a name */
    while (r->at < r->end && depth > 0) {
        to->arguments |= strchr(" \t\r\n)#\\", *r->at) == NULL;
        to->again |= !inside && calls(*r, to->callee);
        inside = is_part(*r->at);
        skip(r, &depth);
    }
    return depth == 0;
}

static bool take_end(struct rest *r)
{
    skip_blanks(r);
    return r->at == r->end || *r->at == '\n' || *r->at == '#';
}

bool python_source_statement(const char *text, size_t size, unsigned line, struct python_statement *to)
{
    struct rest r = {text, text + size};
    const char *last;
    *to = (struct python_statement){.arguments = false};
    if (line == 0 || !find_line(&r, line))
        return false;
    skip_blanks(&r);
    if (!take_return(&r) && !take_target(&r, to->target))
        return false;
    if (!take_name(&r, &last) || !copy(to->callee, last, r.at) || !take(&r, '('))
        return false;
    return take_arguments(&r, to) && take_end(&r);
}
