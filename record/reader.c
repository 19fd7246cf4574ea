#include "record/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h> /* SEEK_DATA, which musl 1.2.2 does not define */
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

/* `size`: of the file. Afterwards the table's limit is good, and all below it within the file. */
static bool check_table(struct record_file *f, enum record_table_id t, size_t file_size)
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
        if (shift + k >= 31 || offset % 4096 != 0 || offset < RECORD_HEADER_SIZE || offset > file_size ||
            file_size - offset < size)
            return refuse(
                f, "offset %zu: table %s: segment %u (%llu bytes at %llu) is not within the %zu bytes of the file", at,
                name, k, (unsigned long long)size, (unsigned long long)offset, file_size);
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

static bool check(struct record_file *f, struct record_header *h, size_t file_size)
{
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
        if (!check_table(f, t, file_size))
            return false;
    return true;
}

/* What is in use of a segment, in bytes. */
static size_t used_of(const struct record *r, enum record_table_id t, uint32_t k)
{
    uint32_t shift = record_first_shift[t], start = record_segment_start(k, shift);
    if (r->limit[t] <= start)
        return 0;
    uint32_t count = r->limit[t] - start, most = 1u << (shift + k);
    return (size_t)(count < most ? count : most) * record_item_size[t];
}

/*
 * Memory for the copy of what is in use: mapped, as a record can be as large as the watched process cared to make it.
 * The rest of a file is not read, however long it is.
 */
static bool make_room(struct record_file *f)
{
    struct record *r = &f->record;
    size_t size = RECORD_HEADER_SIZE;
    for (int t = 0; t < TABLE_COUNT; t++)
        for (uint32_t k = 0; used_of(r, t, k) != 0; k++) {
            size_t end = r->header->tables[t].segment_offset[k] + used_of(r, t, k);
            size = end > size ? end : size;
        }
    f->data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (f->data == MAP_FAILED) {
        f->data = NULL;
        return refuse(f, "no memory for %zu bytes", size);
    }
    f->size = size;
    memcpy(f->data, r->header, RECORD_HEADER_SIZE);
    r->header = (struct record_header *)f->data;
    return true;
}

/* --- links that lead in circles --- */

static uint32_t parent_of(const void *hold)
{
    return ((const struct hold *)hold)->parent;
}

static uint32_t post_behind(const void *post)
{
    return ((const struct post *)post)->next;
}

static uint32_t wake_behind(const void *wake)
{
    return ((const struct wake *)wake)->next;
}

static uint32_t acquisition_behind(const void *taking)
{
    return ((const struct acquisition *)taking)->next;
}

/*
 * Follows the link of each item up to one that was met before: on this way it is a circle, else all beyond it is good.
 * So each is passed twice at most. `met`: room for a number an item, zeroed.
 */
static bool check_links(struct record_file *f, enum record_table_id t, uint32_t (*link)(const void *), uint32_t *met)
{
    const struct record *r = &f->record;
    for (uint32_t start = 1; start < r->limit[t]; start++) {
        const void *item;
        uint32_t id = start;
        while ((item = record_item(r, t, id)) != NULL && met[id] == 0) {
            met[id] = start;
            id = link(item);
        }
        if (item != NULL && met[id] == start)
            return refuse(f, "table %s: item %u leads back to itself", record_table_name[t], id);
    }
    return true;
}

static bool check_circles(struct record_file *f)
{
    static const struct {
        enum record_table_id table;
        uint32_t (*link)(const void *item);
    } links[] = {{TABLE_HOLDS, parent_of},
                 {TABLE_POSTS, post_behind},
                 {TABLE_WAKES, wake_behind},
                 {TABLE_ACQUISITIONS, acquisition_behind}};
    bool good = true;
    for (size_t i = 0; good && i < sizeof links / sizeof *links; i++) {
        enum record_table_id t = links[i].table;
        uint32_t *met = calloc(f->record.limit[t], sizeof *met);
        good = met != NULL ? check_links(f, t, links[i].link, met) : refuse(f, "no memory to read it");
        free(met);
    }
    return good;
}

/* --- reading --- */

static size_t written(const char *bytes, size_t size)
{
    return size != 0 && (bytes[0] != 0 || memcmp(bytes, bytes + 1, size - 1) != 0) ? size : 0;
}

/*
 * Up to `size` bytes from `from` on; what was cut off meanwhile stays zero. Large holes are not read, as that would
 * take memory for them. *got is increased by the size of the pages that are not all zero.
 */
static bool read_at(struct record_file *f, int fd, size_t from, size_t size, size_t *got)
{
    enum { PAGE = 4096 };
    size_t end = from + size;
    while (from < end) {
        off_t data = size > RECORD_PIECE ? lseek(fd, (off_t)from, SEEK_DATA) : (off_t)from;
        if (data < 0 && errno == ENXIO)
            break;
        if (data > (off_t)from)
            from = (size_t)data;
        if (from >= end)
            break;
        size_t most = end - from < RECORD_PIECE ? end - from : RECORD_PIECE;
        ssize_t n = pread(fd, f->data + from, most, (off_t)from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return refuse(f, "offset %zu: %s", from, strerror(errno));
        if (n == 0)
            break;
        size_t start = from;
        from += (size_t)n;
        for (size_t part; start < from; start += part) {
            part = from - start < PAGE ? from - start : PAGE;
            *got += written(f->data + start, part);
        }
    }
    return true;
}

/*
 * The used part of all tables. A full disk leaves holes, which are read as zero. But a file of hardly anything else is
 * refused: its tables could claim any size.
 */
static bool read_tables(struct record_file *f, int fd, const void *bytes)
{
    enum { HOLES_FREE = 4 << 20, HOLES_TIMES = 8 };
    struct record *r = &f->record;
    size_t used = 0, got = 0;
    for (int t = 0; t < TABLE_COUNT; t++)
        for (uint32_t k = 0; used_of(r, t, k) != 0; k++) {
            size_t from = r->header->tables[t].segment_offset[k], size = used_of(r, t, k);
            r->segment[t][k] = f->data + from;
            used += size;
            if (bytes != NULL)
                memcpy(f->data + from, (const char *)bytes + from, size);
            else if (!read_at(f, fd, from, size, &got))
                return false;
        }
    if (bytes == NULL && used > HOLES_FREE && used / HOLES_TIMES > got)
        return refuse(f, "%zu bytes of it are in use, and all but %zu of them are nothing", used, got);
    return check_circles(f);
}

bool record_open_bytes(struct record_file *f, const void *data, size_t size)
{
    static _Alignas(struct record_header) char header[RECORD_HEADER_SIZE];
    memset(f, 0, sizeof *f);
    if (size < sizeof header)
        return refuse(f, "offset 0: %zu bytes are too few for a record's header of %d", size, RECORD_HEADER_SIZE);
    memcpy(header, data, sizeof header);
    return check(f, (struct record_header *)header, size) && make_room(f) && read_tables(f, -1, data);
}

/*
 * The header first, then the size, then the rest: a process that writes on meanwhile makes the file longer and its
 * tables fuller than this header says, never the other way round.
 */
static bool read_once(struct record_file *f, int fd)
{
    static _Alignas(struct record_header) char header[RECORD_HEADER_SIZE];
    struct stat st;
    memset(f, 0, sizeof *f);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return refuse(f, "not a regular file");
    ssize_t n = pread(fd, header, sizeof header, 0);
    if (n < 0)
        return refuse(f, "offset 0: %s", strerror(errno));
    if (n == 0)
        return refuse(f, "offset 0: it is empty");
    if (memcmp(header, RECORD_MAGIC, n < 8 ? (size_t)n : 8) != 0)
        return refuse(f, "offset 0: not a lockwatch record");
    if (n < (ssize_t)sizeof header)
        return refuse(f, "offset 0: %zd bytes are too few for a record's header of %d", n, RECORD_HEADER_SIZE);
    return fstat(fd, &st) == 0 && check(f, (struct record_header *)header, (size_t)st.st_size) && make_room(f) &&
           read_tables(f, fd, NULL);
}

/*
 * Whether nothing was pruned, and its slot used again, while the record was read. If the process was killed during
 * pruning, one copy is as good as another.
 */
static bool is_of_one_piece(const struct record_file *f, int fd, int tries)
{
    enum { KILLED = 10 };
    const struct record_header *header = (const struct record_header *)f->data;
    uint32_t prunings = header->prunings, after = 0;
    return pread(fd, &after, sizeof after, offsetof(struct record_header, prunings)) == (ssize_t)sizeof after &&
           after == prunings && (prunings % 2 == 0 || tries > KILLED);
}

static bool read_file(struct record_file *f, int fd)
{
    enum { TRIES = 100, CIRCLES = 3 };
    for (int tries = 1;; tries++) {
        bool good = read_once(f, fd);
        if (f->data == NULL || (good && (tries == TRIES || is_of_one_piece(f, fd, tries))))
            return good;
        if (!good && tries >= CIRCLES)
            return false;
        record_close(f); /* the links of a slot that was just reused may lead anywhere */
    }
}

bool record_open(struct record_file *f, const char *path)
{
    struct stat st;
    memset(f, 0, sizeof *f);
    /* Opening a FIFO would let its writer go on, and a device may do anything. */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return refuse(f, "not a regular file");
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
