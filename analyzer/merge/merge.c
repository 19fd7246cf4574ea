#include "analyzer/merge/merge.h"

#include "analyzer/merge/reader.h"
#include "analyzer/merge/write.h"

void merge_begin(struct merge *m)
{
    pool_begin(&m->pool);
}

void merge_end(struct merge *m)
{
    pool_free(&m->pool);
}

bool merge_add(struct merge *m, struct opened_record *view)
{
    return reader_read(&m->pool, view);
}

bool merge_write(struct merge *m, struct record_writer *w)
{
    return record_writer_begin(w) && write_pool(&m->pool, w);
}

const char *merge_save(struct merge *m, const char *path)
{
    struct record_writer w;
    const char *problem = merge_write(m, &w) ? record_writer_save(&w, path) : "no memory to write it";
    record_writer_end(&w);
    return problem;
}
