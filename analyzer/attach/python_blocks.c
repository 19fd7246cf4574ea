#include "analyzer/attach/python_blocks.h"

/* An exception in `length` instructions from `start` on leads to instruction `handler`, with `values` on the stack. */
struct entry {
    unsigned start, length, handler, values;
};

static unsigned next_number(const struct python_blocks *b, size_t *at)
{
    unsigned n = 0;
    bool more = true;
    while (more && *at < b->size) {
        n = n << 6 | (b->table[*at] & 0x3f);
        more = (b->table[(*at)++] & 0x40) != 0;
    }
    return n;
}

static bool next_entry(const struct python_blocks *b, size_t *at, struct entry *e)
{
    if (*at >= b->size)
        return false;
    e->start = next_number(b, at);
    e->length = next_number(b, at);
    e->handler = next_number(b, at);
    e->values = next_number(b, at) >> 1; /* the lowest bit: the handler gets the instruction, too */
    return true;
}

static bool covers(const struct entry *e, unsigned instruction)
{
    return instruction >= e->start && instruction - e->start < e->length;
}

static bool find(const struct python_blocks *b, unsigned instruction, struct entry *e)
{
    for (size_t at = 0; next_entry(b, &at, e);)
        if (covers(e, instruction))
            return true;
    return false;
}

void python_blocks_read(struct python_blocks *b, const struct python_memory *m, const struct python_frame *f)
{
    enum { TYPE = 8, EXCEPTIONS = 40 };
    uint64_t bytes = 0, type = 0, size = 0, begin = f->code + m->layout->code_bytes;
    b->size = 0;
    b->at = f->at < begin ? 0 : (unsigned)((f->at - begin) / 2);
    if (m->read(m->context, f->code + EXCEPTIONS, &bytes, sizeof bytes) && bytes != 0 &&
        m->read(m->context, bytes + TYPE, &type, sizeof type) && type == m->bytes_type &&
        m->read(m->context, bytes + m->layout->bytes_length, &size, sizeof size) && size <= sizeof b->table &&
        m->read(m->context, bytes + m->layout->bytes_at, b->table, size))
        b->size = size;
}

unsigned python_blocks_values(const struct python_blocks *b)
{
    struct entry e;
    return find(b, b->at, &e) ? e.values : 0;
}

/*
 * From handler to handler, outwards, each with no more values than the one before. Blocks within the one that is sought
 * may have as many as that; it is the outermost of these. Its first instruction stands behind the one that opened it.
 */
int python_blocks_opened(const struct python_blocks *b, unsigned value)
{
    enum { STEPS_MOST = 100 };
    struct entry e, sought = {.values = 0};
    unsigned instruction = b->at, first = UINT32_MAX;
    for (unsigned i = 0; i < STEPS_MOST && find(b, instruction, &e); i++, instruction = e.handler)
        if (e.values == value + 1)
            sought = e;
    if (sought.values == 0)
        return -1;
    for (size_t at = 0; next_entry(b, &at, &e);)
        if (e.handler == sought.handler && e.start < first)
            first = e.start;
    return first == 0 || first > INT32_MAX ? -1 : (int)first - 1;
}
