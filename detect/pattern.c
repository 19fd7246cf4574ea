#include "detect/pattern.h"

#include "detect/holding.h"

#include <string.h>

/* --- globs --- */

/* A set in brackets that begins at `at`: where it ends, and whether `c` is in it. NULL: it has no end. */
static const char *match_set(const char *at, const char *end, char c, bool *in)
{
    bool inverted = ++at < end && (*at == '!' || *at == '^');
    *in = false;
    at += inverted;
    for (const char *first = at; at < end && (*at != ']' || at == first); at++) {
        at += *at == '\\' && at + 1 < end;
        unsigned char low = (unsigned char)*at, high = low;
        if (at + 2 < end && at[1] == '-' && at[2] != ']') {
            at += at[2] == '\\' && at + 3 < end ? 3 : 2;
            high = (unsigned char)*at;
        }
        *in |= (unsigned char)c >= low && (unsigned char)c <= high;
    }
    *in ^= inverted;
    return at < end ? at + 1 : NULL;
}

/* What stands behind the one item of a glob at `at` that matches `c`; NULL if it does not. */
static const char *match_one(const char *at, const char *end, char c)
{
    bool in;
    const char *next;
    if (*at == '?')
        return at + 1;
    if (*at == '[' && (next = match_set(at, end, c, &in)) != NULL)
        return in ? next : NULL;
    if (*at == '\\' && at + 1 < end)
        at++;
    return *at == c ? at + 1 : NULL;
}

/* The last * takes as little as will do; one before it need not be tried again. */
static bool match(const char *glob, const char *end, const char *name)
{
    const char *star = NULL, *from = NULL, *next;
    while (*name != 0) {
        if (glob < end && *glob == '*') {
            star = ++glob;
            from = name;
        } else if (glob < end && (next = match_one(glob, end, *name)) != NULL) {
            glob = next;
            name++;
        } else if (star != NULL) {
            glob = star;
            name = ++from;
        } else {
            return false;
        }
    }
    while (glob < end && *glob == '*')
        glob++;
    return glob == end;
}

/* --- lines --- */

struct line {
    const char *kind, *glob, *end;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next line, without the space around it. False: there is none. */
static bool next_line(const struct patterns *p, size_t *at, struct line *l)
{
    if (*at >= p->size)
        return false;
    l->kind = p->text + *at;
    const char *newline = memchr(l->kind, '\n', p->size - *at);
    l->end = newline != NULL ? newline : p->text + p->size;
    *at = (size_t)(l->end - p->text) + 1;
    while (l->kind < l->end && is_space(*l->kind))
        l->kind++;
    while (l->end > l->kind && is_space(l->end[-1]))
        l->end--;
    const char *colon = memchr(l->kind, ':', (size_t)(l->end - l->kind));
    l->glob = colon != NULL ? colon + 1 : NULL;
    while (l->glob != NULL && l->glob < l->end && is_space(*l->glob))
        l->glob++;
    return true;
}

static bool is_empty(const struct line *l)
{
    return l->kind == l->end || *l->kind == '#';
}

static bool is_word(const struct line *l, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(l->end - l->kind) > size && memcmp(l->kind, word, size) == 0 && l->kind[size] == ':';
}

static bool is_for(const struct line *l, enum finding_kind kind)
{
    const char *word = finding_kind_word(kind);
    return is_word(l, "*") || (word != NULL && is_word(l, word));
}

static const char *fault(const struct line *l)
{
    bool known = is_word(l, "*");
    for (enum finding_kind kind = 1; kind < FINDING_KINDS; kind++)
        known |= is_for(l, kind);
    if (l->glob == NULL)
        return "is not KIND:GLOB";
    if (!known)
        return "begins with no kind of finding";
    return l->glob == l->end ? "has nothing behind the colon" : NULL;
}

bool patterns_check(const struct patterns *p, patterns_bad *bad, void *context)
{
    struct line l;
    unsigned number = 0;
    bool good = true;
    for (size_t at = 0; next_line(p, &at, &l);) {
        const char *reason = is_empty(&l) ? NULL : fault(&l);
        number++;
        if (reason != NULL)
            bad(context, number, reason);
        good &= reason == NULL;
    }
    return good;
}

bool patterns_match(const struct patterns *p, enum finding_kind kind, const char *name)
{
    struct line l;
    if (name == NULL || name[0] == 0)
        return false;
    size_t size = strlen(name);
    for (size_t at = 0; next_line(p, &at, &l);) {
        if (is_empty(&l) || l.glob == NULL || l.glob == l.end || !is_for(&l, kind))
            continue;
        bool equal = (size_t)(l.end - l.glob) == size && memcmp(l.glob, name, size) == 0;
        if (equal || match(l.glob, l.end, name))
            return true;
    }
    return false;
}

/* --- findings --- */

static bool covers_stack(const struct patterns_world *w, enum finding_kind kind, uint32_t stack, uint64_t site)
{
    enum { DEPTH_MAX = 1024 };
    uint32_t depth;
    const uint64_t *frames = record_frames(w->record, stack, &depth);
    if (frames != NULL)
        return w->stack(w, kind, frames, depth < DEPTH_MAX ? depth : DEPTH_MAX);
    return site != 0 && w->stack(w, kind, &site, 1);
}

static bool covers_lock(const struct patterns_world *w, enum finding_kind kind, uint32_t lock)
{
    return record_lock(w->record, lock) != NULL && w->lock(w, kind, lock);
}

static bool covers_side(const struct patterns_world *w, enum finding_kind kind, const struct side *side)
{
    enum { HOLDS_MAX = 256 };
    struct holding holding;
    const struct held *h;
    if (covers_lock(w, kind, side->want.lock) || covers_lock(w, kind, side->want.companion) ||
        covers_lock(w, kind, side->held) || covers_stack(w, kind, side->want.stack, side->want.site))
        return true;
    holding_begin(&holding, w->record, side->path);
    for (unsigned i = 0; i < HOLDS_MAX && (h = holding_next(&holding)) != NULL; i++)
        if (covers_lock(w, kind, h->lock) || covers_stack(w, kind, h->stack, h->site))
            return true;
    return false;
}

bool patterns_cover(const struct patterns_world *w, const struct finding *f)
{
    enum { SIDES_MAX = 1024 };
    if (w->patterns->size == 0)
        return false;
    for (uint32_t i = 0; i < f->sides && i < SIDES_MAX; i++)
        if (covers_side(w, f->kind, &f->side[i]))
            return true;
    return f->guard != 0 && covers_lock(w, f->kind, f->guard);
}
