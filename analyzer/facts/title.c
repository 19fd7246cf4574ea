/* A finding in a line that is the same in every run: without addresses and numbers of threads. */
#include "analyzer/facts/pieces.h"

#include "analyzer/distinct_site.h"
#include "analyzer/symbols/cxx_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOCKS_MOST = 32, LOCKS_SHOWN = 4, NAME_MOST = 100 };

struct title_locks {
    char *name[LOCKS_MOST];
    uint32_t count;
};

static char *shortened(const char *name)
{
    char *folded = strlen(name) > NAME_MOST ? cxx_name_fold(name) : strdup(name);
    if (folded != NULL && strlen(folded) > NAME_MOST)
        memcpy(folded + NAME_MOST - 3, "...", 4);
    return folded;
}

/* "cache[].lock"; "shard::lock" where it has no name; "mutex created in cache_new" where its source is not known,
 * either; "the end of consumer". */
static char *lock_words(struct opened_record *v, const struct finding *f, uint32_t id, uint16_t kind)
{
    const struct lock *l = record_lock(v->record, id);
    const char *name = names_lock(v->names, id);
    struct names_origin origin;
    char *words = NULL, *function;
    if (name != NULL)
        return shortened(f->kind == FINDING_DEADLOCK ? name : names_class(v->names, id));
    if ((name = lock_source_class(v->lock_sources, id)) != NULL)
        return shortened(name);
    const char *word = finding_lock_word(l == NULL ? kind : l->kind);
    if (l == NULL || !names_origin(v->names, id, &origin) || origin.frame->function == NULL)
        return strdup(word);
    function = shortened(origin.frame->function);
    if (function == NULL || asprintf(&words, "%s %s in %s", word,
                                     origin.created                                              ? "created"
                                     : (v->record->header->incomplete & INCOMPLETE_OUTSIDE) != 0 ? "acquired"
                                                                                                 : "first used",
                                     function) < 0)
        words = NULL;
    free(function);
    return words;
}

static void add_lock(struct title_locks *all, char *words)
{
    uint32_t at = 0;
    while (words != NULL && at < all->count && strcmp(all->name[at], words) < 0)
        at++;
    if (words == NULL || all->count == LOCKS_MOST || (at < all->count && strcmp(all->name[at], words) == 0)) {
        free(words);
        return;
    }
    memmove((void *)(all->name + at + 1), (void *)(all->name + at), (all->count - at) * sizeof *all->name);
    all->name[at] = words; // NOLINT: piece_title frees it
    all->count++;
}

/* What a thread holds of a cycle, and what it wants; of a mistake the lock that it is about. */
static void find_locks(struct title_locks *all, struct opened_record *v, const struct finding *f)
{
    bool cyclic = finding_is_cyclic(f);
    uint32_t sides = f->kind == FINDING_WAIT_HOLDING ? 1 : cyclic && f->cycle > 0 ? f->cycle : f->sides > 0;
    for (uint32_t i = 0; i < sides && i < f->sides; i++) {
        const struct side *side = &f->side[i];
        if (cyclic && side->held != 0)
            add_lock(all, lock_words(v, f, side->held, KIND_NONE));
        if (side->want.kind == KIND_THREAD)
            add_lock(all, strdup("the end of a thread"));
        else if (side->want.lock != 0 || side->want.kind != KIND_NONE)
            add_lock(all, lock_words(v, f, side->want.lock, side->want.kind));
    }
}

/* Where a mistake was made. */
static void write_function(FILE *out, struct opened_record *v, const struct finding *f)
{
    const struct symbols_place *place;
    struct distinct_site apart;
    if (finding_is_cyclic(f) || f->sides == 0)
        return;
    distinct_site_begin(&apart, v->symbols, v->record, f);
    const struct symbols_frame *frame =
        distinct_site_frame(&apart, f->side[0].want.stack, f->side[0].want.site, &place);
    char *name = frame == NULL || frame->function == NULL ? NULL : shortened(frame->function);
    if (name != NULL)
        fprintf(out, " in %s", name);
    free(name);
}

json_t *piece_title(struct opened_record *v, const struct finding *f)
{
    struct title_locks all = {.count = 0};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return piece_text(finding_kind_word(f->kind));
    find_locks(&all, v, f);
    fputs(finding_kind_word(f->kind), out);
    uint32_t shown = all.count <= LOCKS_SHOWN ? all.count : LOCKS_SHOWN - 1;
    for (uint32_t i = 0; i < shown; i++)
        fprintf(out, "%s%s", i == 0 ? ": " : i + 1 == all.count ? " and " : ", ", all.name[i]);
    if (all.count > shown)
        fprintf(out, " and %u more", all.count - shown);
    for (uint32_t i = 0; i < all.count; i++)
        free(all.name[i]);
    write_function(out, v, f);
    fclose(out);
    json_t *title = piece_text(text);
    free(text);
    return title;
}
