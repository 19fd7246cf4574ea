#include "analyzer/suppression.h"

#include "detect/holding.h"

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
        return EINVAL;
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

static bool matches_file(const struct patterns_world *w, enum finding_kind kind, const char *file)
{
    const char *slash = file == NULL ? NULL : strrchr(file, '/');
    return patterns_match(w->patterns, kind, file) || (slash != NULL && patterns_match(w->patterns, kind, slash + 1));
}

static bool matches_place(const struct patterns_world *w, enum finding_kind kind, const struct symbols_place *place)
{
    const struct module *m = record_item(w->record, TABLE_MODULES, place->module);
    for (unsigned i = 0; i < place->count; i++)
        if (patterns_match(w->patterns, kind, place->frame[i].function) || matches_file(w, kind, place->frame[i].file))
            return true;
    return m != NULL && matches_file(w, kind, record_text(w->record, m->path));
}

/* From the outer end, where what starts threads and calls main is passed over. */
static bool stack(const struct patterns_world *w, enum finding_kind kind, const uint64_t *frames, uint32_t depth)
{
    const struct view *v = w->context;
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

static bool lock(const struct patterns_world *w, enum finding_kind kind, uint32_t id)
{
    const struct view *v = w->context;
    return patterns_match(w->patterns, kind, names_lock(v->names, id));
}

bool suppressions_cover(const struct suppressions *s, struct view *v, const struct finding *f)
{
    return patterns_cover(&(struct patterns_world){v->record, &s->patterns, v, stack, lock}, f);
}

struct applying {
    const struct suppressions *suppressions;
    struct view *view;
};

static bool stays(void *context, const struct finding *f)
{
    const struct applying *a = context;
    return !suppressions_cover(a->suppressions, a->view, f);
}

void suppressions_apply(const struct suppressions *s, struct view *v)
{
    v->findings.suppressed += findings_sift(&v->findings, stays, &(struct applying){s, v});
}

const char *suppressions_named(const struct view *v)
{
    return record_text(v->record, v->record->header->suppressions);
}

/* --- the line for one more --- */

/* The function that made the call, unless that is so general that it says nothing. */
static const char *telling_function(struct view *v, const struct want *want)
{
    const struct symbols_place *place;
    const struct symbols_frame *f = symbols_own(v->symbols, want->stack, want->site, &place);
    if (f == NULL || f->function == NULL || strcmp(f->function, "main") == 0)
        return NULL;
    return f->function;
}

/* Any instance of the name: what stands in brackets may be another number next time. */
static void tell_name(struct story *s, const char *name)
{
    char glob[600];
    size_t size = 0;
    for (bool inside = false; *name != 0 && size + 4 < sizeof glob; name++) {
        bool opens = *name == '[', closes = *name == ']';
        if (inside && !closes)
            continue;
        if (opens || closes || *name == '*' || *name == '?' || *name == '\\')
            glob[size++] = '\\';
        glob[size++] = *name;
        if (opens)
            glob[size++] = '*';
        inside = opens;
    }
    glob[size] = 0;
    story_name(s, glob);
}

/* Where there is neither that nor the name of a lock. */
static const char *telling_place(struct view *v, const struct want *want)
{
    const struct symbols_place *place;
    const struct symbols_frame *f = symbols_own(v->symbols, want->stack, want->site, &place);
    if (f == NULL || place->module == 0)
        return NULL;
    return f->function != NULL ? f->function : symbols_module(v->symbols, place->module);
}

bool suppressions_line(struct story *s, struct view *v, const struct finding *f)
{
    if (f->sides == 0)
        return false;
    const struct want *want = &f->side[0].want;
    const char *name = names_lock(v->names, want->lock), *place = telling_function(v, want);
    if (place == NULL && name == NULL && (place = telling_place(v, want)) == NULL)
        return false;
    story_format(s, "%s:", finding_kind_word(f->kind));
    if (place != NULL)
        story_name(s, place);
    else
        tell_name(s, name);
    return true;
}
