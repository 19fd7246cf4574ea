#include "detect/pattern.h"

#include "detect/held.h"
#include "record/path.h"

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

/* The number behind `id:`; false: it is none. */
static bool read_id(const struct line *l, uint64_t *id)
{
    *id = 0;
    for (const char *at = l->glob; at != NULL && at < l->end; at++) {
        unsigned digit = *at >= '0' && *at <= '9' ? (unsigned)(*at - '0') : (unsigned)((*at | 32) - 'a') + 10;
        if (digit > 15)
            return false;
        *id = *id << 4 | digit;
    }
    return l->glob != NULL && l->end - l->glob == 16;
}

static const char *fault(const struct line *l)
{
    bool known = is_word(l, "*"), id = is_word(l, "id");
    uint64_t number;
    for (enum finding_kind kind = 1; kind < FINDING_KINDS; kind++)
        known |= is_for(l, kind);
    if (l->glob == NULL)
        return "is not KIND:GLOB";
    if (!known && !id)
        return "begins with no kind of finding";
    if (id && !read_id(l, &number))
        return "is no id of 16 hexadecimal digits";
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

static bool matches(const char *glob, const char *end, const char *name)
{
    size_t size = strlen(name);
    return ((size_t)(end - glob) == size && memcmp(glob, name, size) == 0) || match(glob, end, name);
}

/* The next line for findings of a kind. */
static bool next_glob(const struct patterns *p, size_t *at, struct line *l, enum finding_kind kind)
{
    while (next_line(p, at, l))
        if (!is_empty(l) && l->glob != NULL && l->glob != l->end && is_for(l, kind))
            return true;
    return false;
}

bool patterns_match(const struct patterns *p, enum finding_kind kind, const char *name)
{
    struct line l;
    if (name == NULL || name[0] == 0)
        return false;
    for (size_t at = 0; next_glob(p, &at, &l, kind);)
        if (matches(l.glob, l.end, name))
            return true;
    return false;
}

bool patterns_match_file(const struct patterns *p, enum finding_kind kind, const char *path)
{
    return path != NULL && (patterns_match(p, kind, path) || patterns_match(p, kind, path_base(path)));
}

/* --- the locks of a cycle --- */

enum { LOCKS_MAX = 16 }; /* of a cycle that has a pattern */

struct locks {
    const char *name[LOCKS_MAX];
    uint32_t id[LOCKS_MAX];
    unsigned count;
    unsigned left; /* steps of search */
};

/* Where the first glob of a list ends. */
static const char *comma(const char *at, const char *end)
{
    unsigned open = 0;
    for (; at < end && (*at != ',' || open != 0); at++) {
        if (*at == '\\' && at + 1 < end)
            at++;
        else if (strchr("<([{", *at) != NULL)
            open++;
        else if (strchr(">)]}", *at) != NULL && open != 0)
            open--;
    }
    return at;
}

/* Whether each glob of a list has a lock of its own, of those that are not `taken`, and none of them is left. */
static bool assign(struct locks *locks, const char *glob, const char *end, unsigned taken, unsigned count)
{
    const char *part = comma(glob, end), *last = part;
    if (count == locks->count || locks->left == 0)
        return false;
    locks->left--;
    while (last > glob && is_space(last[-1]))
        last--;
    for (; glob < last && is_space(*glob);)
        glob++;
    for (unsigned i = 0; i < locks->count; i++) {
        if ((taken & 1u << i) != 0 || !matches(glob, last, locks->name[i]))
            continue;
        if (part == end ? count + 1 == locks->count : assign(locks, part + 1, end, taken | 1u << i, count + 1))
            return true;
    }
    return false;
}

/* False: there are too many, or one has no name. */
static bool add_lock(const struct patterns_world *w, struct locks *locks, uint32_t lock)
{
    if (lock == 0)
        return true;
    for (unsigned i = 0; i < locks->count; i++)
        if (locks->id[i] == lock)
            return true;
    const char *name = record_lock(w->record, lock) == NULL ? NULL : w->lock(w, lock);
    if (name == NULL || name[0] == 0 || locks->count == LOCKS_MAX)
        return false;
    locks->name[locks->count] = name;
    locks->id[locks->count++] = lock;
    return true;
}

static bool covers_cycle(const struct patterns_world *w, const struct finding *f)
{
    struct locks locks = {.count = 0};
    struct line l;
    uint32_t sides = f->kind == FINDING_WAIT_HOLDING && f->cycle == 2 ? 1 : f->cycle != 0 ? f->cycle : f->sides;
    for (uint32_t i = 0; i < sides; i++)
        if (!add_lock(w, &locks, f->side[i].want.lock) || !add_lock(w, &locks, f->side[i].held))
            return false;
    for (size_t at = 0; locks.count > 1 && next_glob(w->patterns, &at, &l, f->kind);) {
        locks.left = 10000;
        if (comma(l.glob, l.end) != l.end && assign(&locks, l.glob, l.end, 0, 0))
            return true;
    }
    return false;
}

static bool covers_id(const struct patterns_world *w, const struct finding *f)
{
    struct line l;
    uint64_t id, its = 0;
    bool known = false;
    for (size_t at = 0; w->id != NULL && next_line(w->patterns, &at, &l);) {
        if (is_empty(&l) || !is_word(&l, "id") || !read_id(&l, &id))
            continue;
        if (!known)
            its = w->id(w, f);
        known = true;
        if (id == its)
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
    return record_lock(w->record, lock) != NULL && patterns_match(w->patterns, kind, w->lock(w, lock));
}

static bool covers_side(const struct patterns_world *w, enum finding_kind kind, const struct side *side)
{
    enum { HOLDS_MAX = 256 };
    struct held_walk holding;
    const struct held *h;
    if (covers_lock(w, kind, side->want.lock) || covers_lock(w, kind, side->want.cond_mutex) ||
        covers_lock(w, kind, side->held) || covers_stack(w, kind, side->want.stack, side->want.site))
        return true;
    held_begin(&holding, w->record, side->path);
    for (unsigned i = 0; i < HOLDS_MAX && (h = held_next(&holding)) != NULL; i++)
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
    if (f->gate_lock != 0 && covers_lock(w, f->kind, f->gate_lock))
        return true;
    return covers_cycle(w, f) || covers_id(w, f);
}
