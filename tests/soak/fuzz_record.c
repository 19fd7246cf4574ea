/*
 * For libFuzzer: whatever a record says, every command that reads it comes to an end, soon, and says no more than a
 * multiple of its size.
 *
 * A record is mostly empty room, in which a fuzzer would lose its way. So the input is the record packed: its header up
 * to the tables, and of each table the number of items (4 bytes) and the items. What leads the reader astray outside of
 * the items is for tests/unit/record_test.c.
 *
 *   fuzz_record --pack RECORD >PACKED      makes one of a record, for a corpus
 *   fuzz_record --unpack PACKED >RECORD    and the other way round, to try it with the commands
 */
#include "analyzer/merge/merge.h"
#include "analyzer/open_record.h"
#include "analyzer/render/render.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = offsetof(struct record_header, tables), ROOM = 1 << 24 };

static char *arena;
static size_t arena_used;

static void *more(void *context, size_t size, uint64_t *offset)
{
    (void)context;
    if (size > ROOM - arena_used)
        return NULL;
    *offset = arena_used;
    arena_used += size;
    return memset(arena + *offset, 0, size);
}

static size_t take(const uint8_t **data, size_t *size, void *to, size_t most)
{
    size_t n = *size < most ? *size : most;
    memcpy(to, *data, n);
    *data += n, *size -= n;
    return n;
}

static void unpack(const uint8_t *data, size_t size)
{
    static const size_t kept = offsetof(struct record_header, pid);
    struct record r;
    char header[HEADER];
    if (arena == NULL)
        arena = aligned_alloc(4096, ROOM);
    arena_used = 0;
    if (!record_begin(&r, (struct record_space){.more = more}))
        abort();
    memcpy(header, r.header, HEADER);
    take(&data, &size, header, HEADER);
    memcpy((char *)r.header + kept, header + kept, HEADER - kept);
    r.header->pid = 0; /* not one that runs */
    for (int t = 0; t < TABLE_COUNT && size != 0; t++) {
        uint32_t count = 0, item = record_item_size[t];
        take(&data, &size, &count, sizeof count);
        for (; count > 0 && size > 0; count--) {
            uint32_t id = record_reserve(&r, t, 1);
            if (id == 0)
                return;
            void *at = record_at(&r, t, id, item, record_first_shift[t]);
            take(&data, &size, at, item);
            if (t == TABLE_MODULES)
                ((struct module *)at)->path = 0; /* no file is read: that is for fuzz_module.c */
            record_commit(&r, t, id, 1);
        }
    }
}

static void pack(const struct record *r)
{
    fwrite(r->header, 1, HEADER, stdout);
    for (int t = 0; t < TABLE_COUNT; t++) {
        uint32_t count = record_used(r, t) - 1;
        fwrite(&count, 1, sizeof count, stdout);
        for (uint32_t id = 1; id <= count; id++)
            fwrite(record_item(r, t, id), 1, record_item_size[t], stdout);
    }
}

struct reports {
    size_t size, most;
};

static void count(void *context, const char *text, size_t size)
{
    struct reports *reported = context;
    (void)text;
    reported->size += size;
    if (reported->size > reported->most)
        abort(); /* too much of it */
}

static void tell_all(struct opened_record *view)
{
    struct reports reported = {.most = 1 << 24};
    struct output out = {.write = count, .context = &reported};
    for (size_t i = 0; formats[i] != NULL; i++) {
        format_record(formats[i], &out, view);
        reported.size = 0;
    }
    dump_record(&out, view);
}

static void merge_both(struct opened_record *view)
{
    struct merge m;
    struct record_writer w;
    merge_begin(&m);
    bool added = merge_add(&m, view);
    added = merge_add(&m, view) && added;
    if (added && merge_write(&m, &w)) {
        struct opened_record merged;
        char *bytes = malloc(w.size), *to = bytes;
        for (size_t i = 0; bytes != NULL && i < w.pieces; to += w.piece[i++].size)
            memcpy(to, w.piece[i].memory, w.piece[i].size);
        if (bytes == NULL || !opened_record_open_bytes(&merged, bytes, w.size))
            abort(); /* what we wrote cannot be read */
        tell_all(&merged);
        opened_record_close(&merged);
        free(bytes);
        record_writer_end(&w);
    }
    merge_end(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct opened_record view;
    unpack(data, size);
    if (opened_record_open_bytes(&view, arena, arena_used)) {
        tell_all(&view);
        merge_both(&view);
    }
    opened_record_close(&view);
    return 0;
}

/* libFuzzer calls this first. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (*argc != 3 || strncmp((*argv)[1], "--", 2) != 0)
        return 0;
    if (strcmp((*argv)[1], "--pack") == 0) {
        struct record_file file;
        if (!record_open(&file, (*argv)[2]))
            exit(1);
        pack(&file.record);
        exit(0);
    }
    static uint8_t data[ROOM];
    FILE *packed = fopen((*argv)[2], "re");
    if (packed == NULL)
        exit(1);
    size_t size = fread(data, 1, sizeof data, packed);
    unpack(data, size);
    fwrite(arena, 1, arena_used, stdout);
    exit(0);
}
