#include "analyzer/suppression.h"

#include "analyzer/distinct_site.h"
#include "analyzer/identity.h"
#include "analyzer/symbols/cxx_name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- reading --- */

/* The record names the file, so it may be anything. 0, or an error number. */
static int read_all(int fd, struct patterns *p)
{
    enum { LARGEST = 16 << 20 };
    struct stat st;
    if (fstat(fd, &st) != 0)
        return errno;
    if (!S_ISREG(st.st_mode))
        return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    if (st.st_size > LARGEST)
        return EFBIG;
    size_t room = (size_t)st.st_size;
    char *text = malloc(room + 1);
    ssize_t n = 0;
    p->text = text;
    if (text == NULL)
        return ENOMEM;
    while (p->size < room && (n = read(fd, text + p->size, room - p->size)) > 0)
        p->size += (size_t)n;
    return n < 0 ? errno : 0;
}

static void note_bad(void *context, unsigned line, const char *reason)
{
    struct suppressions *s = context;
    if (s->error[0] == 0)
        snprintf(s->error, sizeof s->error, "line %u: %s", line, reason);
}

bool suppressions_read(struct suppressions *s, const char *path)
{
    *s = (struct suppressions){.path = strdup(path)};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int error = fd < 0 ? errno : read_all(fd, &s->patterns);
    if (fd >= 0)
        close(fd);
    s->readable = error == 0;
    if (error != 0)
        snprintf(s->error, sizeof s->error, "%s", strerror(error));
    return error == 0 && patterns_check(&s->patterns, note_bad, s);
}

void suppressions_free(struct suppressions *s)
{
    free(s->path);
    free((char *)s->patterns.text);
    *s = (struct suppressions){.path = NULL};
}

/* --- applying --- */

/* With its template arguments, or without them, as in a report. */
static bool matches_function(const struct patterns_world *w, enum finding_kind kind, const char *function)
{
    if (function == NULL || patterns_match(w->patterns, kind, function))
        return function != NULL;
    char *folded = cxx_name_fold(function);
    bool matched = patterns_match(w->patterns, kind, folded);
    free(folded);
    return matched;
}

static bool matches_place(const struct patterns_world *w, enum finding_kind kind, const struct symbols_place *place)
{
    const struct module *m = record_item(w->record, TABLE_MODULES, place->module);
    for (unsigned i = 0; i < place->count; i++)
        if (matches_function(w, kind, place->frame[i].function) ||
            patterns_match_file(w->patterns, kind, place->frame[i].file))
            return true;
    return m != NULL && patterns_match_file(w->patterns, kind, record_text(w->record, m->path));
}

/* From the outer end, without what starts threads and calls main. */
static bool stack(const struct patterns_world *w, enum finding_kind kind, const uint64_t *frames, uint32_t depth)
{
    const struct opened_record *v = w->context;
    bool inside = false;
    for (uint32_t i = depth; i-- > 0;) {
        const struct symbols_place *place = symbols_place(v->symbols, frames[i], true);
        if (symbols_watcher(v->symbols, place))
            continue;
        for (unsigned level = 0; level < place->count && !inside; level++)
            inside = !symbols_starter(v->symbols, place, &place->frame[level]);
        if (inside && matches_place(w, kind, place))
            return true;
    }
    return false;
}

static const char *lock(const struct patterns_world *w, uint32_t id)
{
    const struct opened_record *v = w->context;
    return names_lock(v->names, id);
}

static uint64_t id(const struct patterns_world *w, const struct finding *f)
{
    return identity_of(w->context, f);
}

static bool covers(const struct patterns *p, struct opened_record *v, const struct finding *f)
{
    return patterns_cover(&(struct patterns_world){v->record, p, v, stack, lock, id}, f);
}

bool suppressions_cover(const struct suppressions *s, struct opened_record *v, const struct finding *f)
{
    return covers(&s->patterns, v, f);
}

struct applying {
    const struct suppressions *suppressions;
    struct opened_record *view;
};

static bool stays(void *context, const struct finding *f)
{
    const struct applying *a = context;
    return !suppressions_cover(a->suppressions, a->view, f);
}

void suppressions_apply(const struct suppressions *s, struct opened_record *v)
{
    findings_suppress(&v->findings, stays, &(struct applying){s, v});
}

const char *suppressions_named(const struct opened_record *v)
{
    return record_text(v->record, v->record->header->suppressions);
}

/* --- the line for one more --- */

enum { LINE_MAX = 400 };

static bool add_text(char *line, const char *text)
{
    size_t used = strlen(line), size = strlen(text);
    if (used + size >= LINE_MAX)
        return false;
    memcpy(line + used, text, size + 1);
    return true;
}

/* Any instance of the name: in the next run another number may be in the brackets. */
static bool add_glob(char *line, const char *name)
{
    char one[2] = {0};
    bool good = true;
    for (bool inside = false; *name != 0; name++) {
        bool opens = *name == '[', closes = *name == ']';
        if (inside && !closes)
            continue;
        if (opens || closes || strchr("*?\\,", *name) != NULL)
            good &= add_text(line, "\\");
        one[0] = *name;
        good &= add_text(line, one) && (!opens || add_text(line, "*"));
        inside = opens;
    }
    return good;
}

static bool begin_line(char *line, const struct finding *f)
{
    line[0] = 0;
    return add_text(line, finding_kind_word(f->kind)) && add_text(line, ":");
}

/* The locks of a cycle, where it has few and all of them have names. */
static bool by_locks(char *line, struct opened_record *v, const struct finding *f)
{
    enum { NAMED = 4 };
    uint32_t known[NAMED], count = 0, sides = f->kind == FINDING_WAIT_HOLDING && f->cycle == 2 ? 1 : f->cycle;
    bool good = begin_line(line, f) && finding_is_cyclic(f);
    for (uint32_t i = 0; good && i < 2 * sides; i++) {
        const struct side *side = &f->side[i / 2];
        uint32_t lock = i % 2 == 0 ? side->held : side->want.lock, k = 0;
        while (k < count && known[k] != lock)
            k++;
        if (lock == 0 || k < count)
            continue;
        const char *name = names_lock(v->names, lock);
        good = count < NAMED && name != NULL && add_text(line, count == 0 ? "" : ",") && add_glob(line, name);
        if (good)
            known[count++] = lock;
    }
    return good && count > 1;
}

/* The function that made the call, unless it is a general one such as main. */
static bool by_function(char *line, struct opened_record *v, const struct finding *f)
{
    enum { LONG = 80 };
    const struct symbols_place *place;
    const struct want *want = &f->side[0].want;
    struct distinct_site apart;
    distinct_site_begin(&apart, v->symbols, v->record, f);
    const struct symbols_frame *frame = distinct_site_frame(&apart, want->stack, want->site, &place);
    if (frame == NULL || !symbols_telling(frame) || strcmp(frame->function, "main") == 0 || !begin_line(line, f))
        return false;
    char *folded = strlen(frame->function) > LONG ? cxx_name_fold(frame->function) : NULL;
    bool good = add_text(line, folded != NULL ? folded : frame->function);
    free(folded);
    return good;
}

static bool by_lock(char *line, struct opened_record *v, const struct finding *f)
{
    const char *name = names_lock(v->names, f->side[0].want.lock);
    return name != NULL && begin_line(line, f) && add_glob(line, name);
}

static bool by_id(char *line, struct opened_record *v, const struct finding *f)
{
    snprintf(line, LINE_MAX, "id:%016llx", (unsigned long long)identity_of(v, f));
    return true;
}

/* Whether a line covers a finding and, of the others of its record, only those that are the same. */
static bool is_for_it(const char *line, struct opened_record *v, const struct finding *f)
{
    enum { OTHERS_MAX = 200 };
    const struct patterns p = {line, strlen(line)};
    bool good = covers(&p, v, f);
    for (size_t i = 0; good && i < v->findings.count && i < OTHERS_MAX; i++) {
        const struct finding *other = &v->findings.item[i];
        good = other->kind != f->kind || !covers(&p, v, other) || identity_of(v, other) == identity_of(v, f);
    }
    return good;
}

bool suppressions_line(struct story *s, struct opened_record *v, const struct finding *f)
{
    static bool (*const ways[])(char *, struct opened_record *, const struct finding *) = {by_locks, by_function,
                                                                                           by_lock, by_id};
    char line[LINE_MAX];
    if (f->sides == 0)
        return false;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (ways[i](line, v, f) && is_for_it(line, v, f)) {
            story_name(s, line);
            return true;
        }
    return false;
}
