#include "record/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((format(printf, 2, 3))) static bool refuse(struct record_file *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(f->error, sizeof f->error, format, args);
    va_end(args);
    return false;
}

/* Memory for the copy: mapped, as a record can be as large as the watched process cared to make it. */
static bool make_room(struct record_file *f, size_t size)
{
    memset(f, 0, sizeof *f);
    if (size < RECORD_HEADER_SIZE)
        return refuse(f, "offset 0: %zu bytes are too few for a record's header of %d", size, RECORD_HEADER_SIZE);
    f->data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (f->data == MAP_FAILED) {
        f->data = NULL;
        return refuse(f, "no memory for %zu bytes", size);
    }
    f->size = size;
    return true;
}

static bool check_table(struct record_file *f, enum record_table_id t)
{
    struct record *r = &f->record;
    struct record_table *table = &r->header->tables[t];
    size_t at = offsetof(struct record_header, tables) + t * sizeof *table;
    const char *name = record_table_name[t];

    if (table->item_size != record_item_size[t] || table->first_shift != record_first_shift[t])
        return refuse(f, "offset %zu: table %s: items of %u bytes, this version has %u", at, name, table->item_size,
                      record_item_size[t]);
    uint32_t segments = table->segments;
    if (segments == 0 || segments > RECORD_SEGMENTS)
        return refuse(f, "offset %zu: table %s: %u segments", at, name, segments);
    uint32_t shift = table->first_shift;
    for (uint32_t k = 0; k < segments; k++) {
        uint64_t offset = table->segment_offset[k];
        uint64_t size = (uint64_t)table->item_size << (shift + k);
        if (k > 0 && offset == 0) {
            segments = k; /* from here on it was kept in memory only */
            break;
        }
        if (shift + k >= 31 || offset % 4096 != 0 || offset < RECORD_HEADER_SIZE || offset > f->size ||
            f->size - offset < size)
            return refuse(
                f, "offset %zu: table %s: segment %u (%llu bytes at %llu) is not within the %zu bytes of the file", at,
                name, k, (unsigned long long)size, (unsigned long long)offset, f->size);
        r->segment[t][k] = f->data + offset;
    }
    uint32_t used = table->used;
    if (segments < table->segments && used > record_segment_start(segments, shift))
        used = record_segment_start(segments, shift);
    if (used == 0 || used > record_segment_start(segments, shift))
        return refuse(f, "offset %zu: table %s: %u items where %u have room", at, name, used,
                      record_segment_start(segments, shift));
    r->limit[t] = used;
    return true;
}

static bool check(struct record_file *f)
{
    struct record_header *h = (struct record_header *)f->data;
    f->record.header = h;
    if (memcmp(h->magic, RECORD_MAGIC, sizeof h->magic) != 0)
        return refuse(f, "offset 0: not a lockwatch record");
    if (h->order_mark != RECORD_ORDER_MARK)
        return refuse(f, "offset %zu: written in another byte order", offsetof(struct record_header, order_mark));
    if (h->version != RECORD_VERSION)
        return refuse(f, "offset %zu: record version %u, this lockwatch reads %d",
                      offsetof(struct record_header, version), h->version, RECORD_VERSION);
    if (h->header_size != RECORD_HEADER_SIZE || h->table_count != TABLE_COUNT)
        return refuse(f, "offset %zu: a header of %u bytes with %u tables, this lockwatch has %d and %d",
                      offsetof(struct record_header, header_size), h->header_size, h->table_count, RECORD_HEADER_SIZE,
                      TABLE_COUNT);
    if (h->word_size != sizeof(void *))
        return refuse(f, "offset %zu: of a %u-bit process", offsetof(struct record_header, word_size),
                      h->word_size * 8);
    for (int t = 0; t < TABLE_COUNT; t++)
        if (!check_table(f, t))
            return false;
    return true;
}

bool record_open_bytes(struct record_file *f, const void *data, size_t size)
{
    if (!make_room(f, size))
        return false;
    memcpy(f->data, data, size);
    return check(f);
}

/* Up to `size` bytes from `from` on; what was cut off meanwhile stays zero, and check() refuses it. */
static bool read_at(struct record_file *f, int fd, char *to, size_t from, size_t size)
{
    while (size > 0) {
        ssize_t n = pread(fd, to, size, (off_t)from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return refuse(f, "offset %zu: %s", from, strerror(errno));
        if (n == 0)
            break;
        to += n, from += (size_t)n, size -= (size_t)n;
    }
    return true;
}

/*
 * The header first, then the size, then the rest: a process that writes on meanwhile makes the file longer and its
 * tables fuller than this header says, never the other way round.
 */
static bool read_once(struct record_file *f, int fd)
{
    static char header[RECORD_HEADER_SIZE];
    struct stat st;
    memset(header, 0, sizeof header);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return refuse(f, "not a regular file");
    if (!read_at(f, fd, header, 0, sizeof header))
        return false;
    if (fstat(fd, &st) < 0 || !make_room(f, (size_t)st.st_size))
        return false;
    if (!read_at(f, fd, f->data + sizeof header, sizeof header, f->size - sizeof header))
        return false;
    memcpy(f->data, header, sizeof header);
    return check(f);
}

/*
 * Whether nothing was forgotten, and its place taken by something else, while the record was read. Of a process that
 * was killed as it forgot something, one copy is as good as another.
 */
static bool is_of_one_piece(const struct record_file *f, int fd, int tries)
{
    enum { KILLED = 10 };
    const struct record_header *header = (const struct record_header *)f->data;
    uint32_t sweeps = header->sweeps, after = 0;
    return pread(fd, &after, sizeof after, offsetof(struct record_header, sweeps)) == (ssize_t)sizeof after &&
           after == sweeps && (sweeps % 2 == 0 || tries > KILLED);
}

static bool read_file(struct record_file *f, int fd)
{
    enum { TRIES = 100 };
    bool good = read_once(f, fd);
    for (int tries = 1; good && tries < TRIES && !is_of_one_piece(f, fd, tries); tries++) {
        record_close(f);
        good = read_once(f, fd);
    }
    return good;
}

bool record_open(struct record_file *f, const char *path)
{
    memset(f, 0, sizeof *f);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return refuse(f, "%s", strerror(errno));
    bool good = read_file(f, fd);
    close(fd);
    return good;
}

void record_close(struct record_file *f)
{
    if (f->data != NULL)
        munmap(f->data, f->size);
    f->data = NULL;
}
