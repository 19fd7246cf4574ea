#include "analyzer/record_writer.h"

#include "analyzer/output_file.h"

#include <stdlib.h>
#include <string.h>

static void *more(void *context, size_t size, uint64_t *offset)
{
    struct record_writer *w = context;
    struct record_writer_piece *piece = realloc(w->piece, (w->pieces + 1) * sizeof *piece);
    if (piece == NULL)
        return NULL;
    w->piece = piece;
    char *memory = calloc(1, size);
    if (memory == NULL)
        return NULL;
    *offset = w->size;
    w->piece[w->pieces++] = (struct record_writer_piece){memory, size};
    w->size += size;
    return memory;
}

bool record_writer_begin(struct record_writer *w)
{
    memset(w, 0, sizeof *w);
    return record_begin(&w->record, (struct record_space){.more = more, .context = w});
}

void record_writer_end(struct record_writer *w)
{
    for (size_t i = 0; i < w->pieces; i++)
        free(w->piece[i].memory);
    free(w->piece);
}

void *record_writer_add_items(struct record_writer *w, enum record_table_id t, uint32_t count, uint32_t *id)
{
    *id = w->failed ? 0 : record_reserve(&w->record, t, count);
    w->failed |= *id == 0;
    if (*id == 0)
        return NULL;
    record_commit(&w->record, t, *id, count);
    return record_item(&w->record, t, *id);
}

void *record_writer_add(struct record_writer *w, enum record_table_id t, uint32_t *id)
{
    return record_writer_add_items(w, t, 1, id);
}

char *record_writer_join(const struct record_writer *w)
{
    char *all = malloc(w->size + 1), *at = all;
    for (size_t i = 0; all != NULL && i < w->pieces; i++) {
        memcpy(at, w->piece[i].memory, w->piece[i].size);
        at += w->piece[i].size;
    }
    return all;
}

const char *record_writer_save(const struct record_writer *w, const char *path)
{
    struct output_file target;
    const char *problem = output_file_open(&target, path, 0600);
    if (problem != NULL)
        return problem;
    for (size_t i = 0; i < w->pieces; i++)
        output_file_write(&target, w->piece[i].memory, w->piece[i].size);
    return output_file_keep(&target);
}
