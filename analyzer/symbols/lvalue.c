#include "analyzer/symbols/lvalue.h"

#include <ctype.h>
#include <string.h>

struct scan {
    const char *text, *end;
    const struct lvalue_calls *calls;
    struct lvalue *found;
    unsigned count;
    bool lost; /* there was something that cannot be read */
};

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static const char *skip_spaces(const char *at, const char *end)
{
    while (at < end && isspace((unsigned char)*at))
        at++;
    return at;
}

static const char *skip_word(const char *at, const char *end)
{
    while (at < end && in_word(*at))
        at++;
    return at;
}

/* Past a literal or comment that begins here; the same place: none does. */
static const char *skip_quoted(const char *at, const char *end)
{
    const char quote = *at;
    if (quote == '/' && at + 1 < end && at[1] == '/') {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        return newline != NULL ? newline : end;
    }
    if (quote == '/' && at + 1 < end && at[1] == '*') {
        const char *close = memmem(at + 2, (size_t)(end - at - 2), "*/", 2);
        return close != NULL ? close + 2 : end;
    }
    if (quote != '"' && quote != '\'')
        return at;
    for (at++; at < end && *at != quote; at++)
        at += *at == '\\';
    return at < end ? at + 1 : end;
}

/* Behind the bracket that closes the one that is here; NULL: the text ends before. */
static const char *behind_group(const char *at, const char *end)
{
    unsigned nest = 0;
    while (at < end) {
        const char *next = skip_quoted(at, end);
        if (next != at) {
            at = next;
            continue;
        }
        if (strchr("([{", *at) != NULL)
            nest++;
        else if (strchr(")]}", *at) != NULL && --nest == 0)
            return at + 1;
        at++;
    }
    return NULL;
}

static bool add_step(struct lvalue *v, int how, const char *name, size_t size)
{
    if (v->steps == LVALUE_STEPS || size == 0)
        return false;
    v->step[v->steps].how = how;
    v->step[v->steps].name = name;
    v->step[v->steps++].size = size;
    return true;
}

/* The expression that begins with the word here; the place behind it, or NULL: it is not of that shape. */
static const char *read_lvalue(const char *at, const char *end, struct lvalue *v)
{
    const char *next = skip_word(at, end), *word;
    *v = (struct lvalue){.text = at};
    if (!add_step(v, LVALUE_ROOT, at, (size_t)(next - at)))
        return NULL;
    for (;;) {
        v->size = (size_t)(next - v->text);
        at = skip_spaces(next, end);
        bool arrow = at + 1 < end && at[0] == '-' && at[1] == '>', member = at < end && *at == '.';
        if (arrow || member) {
            word = skip_spaces(at + 1 + arrow, end);
            next = skip_word(word, end);
            if (!add_step(v, arrow ? LVALUE_ARROW : LVALUE_MEMBER, word, (size_t)(next - word)))
                return NULL;
        } else if (at < end && *at == '[') {
            next = behind_group(at, end);
            if (next == NULL || !add_step(v, LVALUE_INDEX, at + 1, (size_t)(next - at) - 2))
                return NULL;
        } else {
            return next;
        }
    }
}

/* Without the method that is called of it. */
static void drop_method(struct lvalue *v)
{
    const struct lvalue_step *last = &v->step[--v->steps], *before = last - 1;
    v->pointed = last->how == LVALUE_ARROW;
    v->size = (size_t)(before->name + before->size + (before->how == LVALUE_INDEX) - v->text);
}

static void add(struct scan *s, const struct lvalue *v)
{
    for (unsigned i = 0; i < s->count; i++)
        if (s->found[i].size == v->size && memcmp(s->found[i].text, v->text, v->size) == 0 &&
            s->found[i].pointed == v->pointed)
            return;
    if (s->count == LVALUES_MOST)
        s->lost = true;
    else
        s->found[s->count++] = *v;
}

/* The character before, spaces aside; 0: none. */
static char before(const char *text, const char *at)
{
    while (at > text && isspace((unsigned char)at[-1]))
        at--;
    if (at == text)
        return 0;
    return at[-1];
}

/* Whether a word here is a member of something before it. */
static bool is_member(const char *text, const char *at)
{
    while (at > text && isspace((unsigned char)at[-1]))
        at--;
    return at > text && (at[-1] == '.' || (at[-1] == '>' && at - 1 > text && at[-2] == '-'));
}

/* A word that stands in an argument: an expression of its own, or else something that makes the argument too intricate.
 */
static const char *read_argument(struct scan *s, const char *at, const char *end)
{
    struct lvalue v;
    const char *next = read_lvalue(at, end, &v), *behind = next == NULL ? end : skip_spaces(next, end);
    if (next == NULL || is_member(s->text, at) || (behind < end && *behind == '(')) {
        s->lost = true;
        return end;
    }
    if (behind + 1 < end && behind[0] == ':' && behind[1] == ':')
        return behind;
    v.odd = strchr("&*({,?:", before(s->text, at)) == NULL || (behind < end && strchr(",)}?:", *behind) == NULL);
    add(s, &v);
    return next;
}

static void read_arguments(struct scan *s, const char *at, const char *end)
{
    while (at < end && !s->lost) {
        const char *next = skip_quoted(at, end);
        if (next == at && in_word(*at))
            next = isdigit((unsigned char)*at) ? skip_word(at, end) : read_argument(s, at, end);
        at = next == at ? at + 1 : next;
    }
}

/* A call, or a variable that is initialised, whose name begins at `at` and ends at `open`. */
static void read_call(struct scan *s, struct lvalue *v, const char *open, unsigned column)
{
    const struct lvalue_step *last = &v->step[v->steps - 1];
    const char *close = behind_group(open, s->end);
    const char *last_of_it = close != NULL ? close : s->end;
    bool here = column == 0 || (column > (size_t)(v->text - s->text) &&
                                column <= (size_t)(last_of_it - s->text)); /* gcc: the bracket */
    bool method = last->how == LVALUE_MEMBER || last->how == LVALUE_ARROW;
    if (!here || last->how == LVALUE_INDEX || !s->calls->counts(s->calls->context, last->name, last->size, method))
        return;
    if (method) {
        drop_method(v);
        add(s, v);
    } else if (close != NULL) {
        read_arguments(s, open + 1, close - 1);
    } else {
        s->lost = true;
    }
}

static void read_calls(struct scan *s, unsigned column)
{
    struct lvalue v;
    const char *at = s->text;
    while (at < s->end) {
        const char *next = skip_quoted(at, s->end), *open;
        if (next == at && in_word(*at)) {
            next = isdigit((unsigned char)*at) ? NULL : read_lvalue(at, s->end, &v);
            open = next == NULL ? s->end : skip_spaces(next, s->end);
            if (open < s->end && (*open == '(' || *open == '{') && !is_member(s->text, at))
                read_call(s, &v, open, column);
            next = next != NULL ? next : skip_word(at, s->end);
        }
        at = next == at ? at + 1 : next;
    }
}

unsigned lvalues_in(const char *text, size_t size, unsigned column, const struct lvalue_calls *calls,
                    struct lvalue *found)
{
    struct scan s = {.text = text, .end = text + size, .calls = calls, .found = found};
    read_calls(&s, column);
    return s.lost ? 0 : s.count;
}
