#include "analyzer/symbols/cxx_name.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `to` is the shorter one. */
static void replace(char *name, const char *from, const char *to)
{
    size_t size = strlen(to);
    for (char *at = name; (at = strstr(at, from)) != NULL; at++) {
        char *rest = at + strlen(from);
        memmove(at + size, rest, strlen(rest) + 1);
        for (size_t i = 0; i < size; i++)
            at[i] = to[i];
    }
}

void cxx_name_tidy(char *name)
{
    replace(name, "std::__cxx11::", "std::");
    replace(name, "std::__1::", "std::");
    replace(name, "> >", ">>");
    replace(name, "std::basic_string<char, std::char_traits<char>, std::allocator<char>>", "std::string");
}

/* The end of the operator's name that begins at `at`; `at`: none does. */
static const char *past_operator(const char *name, const char *at)
{
    bool word = strncmp(at, "operator", 8) == 0 && (at == name || at[-1] == ':');
    return word ? at + 8 + strspn(at + 8, "<>=-") : at;
}

/* What follows the bracket that closes the one at `at`; NULL: none does. */
static const char *past_bracket(const char *at)
{
    unsigned open = 0;
    for (; *at != 0; at++) {
        open += *at == '<';
        if (*at == '>' && at[-1] != '-' && --open == 0)
            return at + 1;
    }
    return NULL;
}

char *cxx_name_callable(const char *name)
{
    const char *tuple = strstr(name, "_State_impl<") != NULL ? strstr(name, "std::tuple<") : NULL, *from, *end, *lambda;
    if (tuple == NULL)
        return NULL;
    end = from = tuple + sizeof "std::tuple<" - 1;
    for (unsigned open = 0; *end != 0 && (open > 0 || (*end != ',' && *end != '>')); end++)
        open += (unsigned)(*end == '<' || *end == '(') - (unsigned)(*end == '>' || *end == ')');
    if ((lambda = strstr(from, "<lambda")) != NULL && lambda < end) {
        const char *function = memchr(from, '(', (size_t)(lambda - from)); /* its parameters are left out */
        int size = (int)((function != NULL ? function : lambda) - from);
        char *text = malloc((size_t)size + sizeof "::{lambda}");
        if (text != NULL)
            sprintf(text, "%.*s%s{lambda}", size, from, size > 0 && from[size - 1] != ':' ? "::" : "");
        return text;
    }
    return memchr(from, '(', (size_t)(end - from)) != NULL ? NULL : strndup(from, (size_t)(end - from));
}

char *cxx_name_fold(const char *name)
{
    size_t used = 0;
    bool folded = false;
    char *text = malloc(strlen(name) * 2 + 1);
    for (const char *at = name, *past; text != NULL && *at != 0;) {
        if ((past = past_operator(name, at)) != at) {
            memcpy(text + used, at, (size_t)(past - at));
            used += (size_t)(past - at);
            at = past;
        } else if (*at == '<' && at != name && (past = past_bracket(at)) != NULL) {
            memcpy(text + used, "<...>", 5);
            used += 5;
            at = past;
            folded = true;
        } else {
            text[used++] = *at++;
        }
    }
    if (text == NULL || !folded) {
        free(text);
        return NULL;
    }
    text[used] = 0;
    return text;
}
