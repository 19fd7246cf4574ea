#include "analyzer/merge/reader.h"

#include "record/path.h"

#include <stdio.h>
#include <stdlib.h>

static uint32_t add_run(struct pool *p, struct merged_run run, const char *executable)
{
    bool fresh;
    struct key key = key_number(key_number(key_begin("run"), run.started), run.process_start);
    key = key_text(key_number(key_number(key, run.pid), run.parent_pid), executable);
    uint32_t id = pool_add(p, &p->runs, key, &fresh), text = pool_text(p, executable);
    if (fresh) {
        pool_run(p, id)->run = run;
        pool_run(p, id)->executable = text;
    }
    return id;
}

static void read_runs(struct reader *r)
{
    const struct record_header *h = r->record->header;
    uint32_t used = record_used(r->record, TABLE_RUNS);
    if (!r->merged) {
        struct merged_run run = {h->started, h->process_start, h->pid, h->parent_pid, 0, 0};
        r->run = add_run(r->pool, run, record_text(r->record, h->executable));
        return;
    }
    for (uint32_t id = 1; id < used; id++) {
        const struct merged_run *run = record_item(r->record, TABLE_RUNS, id);
        r->map[TABLE_RUNS][id] = add_run(r->pool, *run, record_text(r->record, run->executable));
    }
}

/* What locks that processes do not share belong to. A child made by fork is a program of its own: its locks are copies.
 */
static char *program_of(const struct record *r)
{
    const char *name = path_base(record_text(r, r->header->executable));
    char *program;
    return asprintf(&program, "%s%s", name, r->header->parent_pid != 0 ? "(fork)" : "") < 0 ? NULL : program;
}

static void read_header(struct reader *r)
{
    const struct record_header *h = r->record->header;
    r->pool->incomplete |= h->incomplete;
    r->pool->other_wakers |= h->other_wakers;
    pool_lesser_text(r->pool, &r->pool->suppressions, pool_text(r->pool, record_text(r->record, h->suppressions)));
}

static uint32_t *map_of(const struct reader *r, enum record_table_id t)
{
    return calloc((size_t)record_used(r->record, t) + 1, sizeof(uint32_t));
}

static bool begin(struct reader *r)
{
    uint32_t most = 0;
    r->merged = r->record->header->end == END_MERGED;
    r->program = program_of(r->record);
    r->paths = map_of(r, TABLE_HOLDS);
    r->first_use = map_of(r, TABLE_LOCKS);
    bool good = r->program != NULL && r->paths != NULL && r->first_use != NULL;
    for (int t = 0; t < TABLE_COUNT; t++) {
        r->map[t] = map_of(r, t);
        good &= r->map[t] != NULL;
        most = record_used(r->record, t) > most ? record_used(r->record, t) : most;
    }
    r->seen = calloc((size_t)most + 1, sizeof *r->seen);
    return good && r->seen != NULL;
}

static void end(struct reader *r)
{
    for (int t = 0; t < TABLE_COUNT; t++)
        free(r->map[t]);
    free(r->program);
    free(r->paths);
    free(r->first_use);
    free(r->seen);
    set_free(&r->place_keys);
}

bool reader_read(struct pool *p, struct opened_record *view)
{
    struct reader r = {.pool = p, .view = view, .record = view->record};
    bool good = begin(&r);
    if (good) {
        read_header(&r);
        read_runs(&r);
        reader_modules(&r);
        good = reader_locks(&r) && reader_threads(&r) && reader_holds(&r) && reader_wakers(&r) && reader_findings(&r);
    }
    end(&r);
    return good && !p->failed;
}
