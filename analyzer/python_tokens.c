#include "analyzer/python_tokens.h"

#include <string.h>

char python_peek(const struct python_rest *r)
{
    return (char)(r->at < r->end ? *r->at : 0);
}

static bool is_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

bool python_is_part(char c)
{
    return is_start(c) || (c >= '0' && c <= '9');
}

void python_skip_blanks(struct python_rest *r)
{
    while (python_peek(r) == ' ' || python_peek(r) == '\t' || python_peek(r) == '\r')
        r->at++;
}

bool python_take(struct python_rest *r, char c)
{
    bool there = python_peek(r) == c && c != 0;
    r->at += there;
    return there;
}

bool python_begins(const struct python_rest *r, const char *text, size_t size)
{
    return (size_t)(r->end - r->at) >= size && memcmp(r->at, text, size) == 0;
}

/* --- strings, comments, brackets --- */

/* One in three quotes goes on over lines; another ends with its line, unless a backslash is before that. */
static void skip_string(struct python_rest *r)
{
    char quote[3] = {*r->at, *r->at, *r->at};
    size_t quotes = python_begins(r, quote, 3) ? 3 : 1;
    for (r->at += quotes; r->at < r->end; r->at++) {
        if (python_begins(r, quote, quotes)) {
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
void python_skip(struct python_rest *r, int *depth)
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

bool python_take_name(struct python_rest *r, const char **last)
{
    do {
        *last = r->at;
        if (!is_start(python_peek(r)))
            return false;
        while (python_is_part(python_peek(r)))
            r->at++;
        if (is_keyword(*last, (size_t)(r->at - *last)))
            return false;
    } while (python_take(r, '.'));
    return true;
}

bool python_take_end(struct python_rest *r)
{
    python_skip_blanks(r);
    return r->at == r->end || *r->at == '\n' || *r->at == '#';
}
