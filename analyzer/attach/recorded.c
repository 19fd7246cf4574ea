#include "analyzer/attach/recorded.h"

#include "record/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_record(const struct target_mapping *m)
{
    static const char end[] = ".lockwatch";
    size_t length = strcspn(m->path, " ");
    length = m->path[length] == 0 || strcmp(m->path + length, " (deleted)") == 0 ? length : strlen(m->path);
    return length >= sizeof end && strncmp(m->path + length - (sizeof end - 1), end, sizeof end - 1) == 0;
}

/* How the target calls itself. */
static uint32_t own_pid(const struct target *t)
{
    for (size_t i = 0; i < t->threads; i++)
        if (t->thread[i].kernel == t->pid)
            return t->thread[i].tid;
    return t->pid;
}

/* A child that was made by a bare system call has its parent's. */
static bool is_its_own(struct target *t, const struct target_mapping *m)
{
    struct record_header h;
    return !t->read(t, m->start, &h, sizeof h) ||
           (memcmp(h.magic, RECORD_MAGIC, sizeof h.magic) == 0 && h.pid == own_pid(t));
}

static const struct target_mapping *find(struct target *t)
{
    for (size_t i = 0; i < t->mappings; i++)
        if (t->mapping[i].offset == 0 && is_record(&t->mapping[i]) && is_its_own(t, &t->mapping[i]))
            return &t->mapping[i];
    return NULL;
}

enum { SIZE_MOST = 1u << 30 };

/* Whether a mapping is a piece of the file, and of a size that may be. */
static bool is_piece(const struct target_mapping *m, const char *path)
{
    return strcmp(m->path, path) == 0 && m->offset < SIZE_MOST && m->end - m->start < SIZE_MOST;
}

/* What its mappings have of the file. False: some of it is not there. */
static bool read_pieces(struct target *t, const char *path, char *to)
{
    enum { PIECE = 1 << 16 };
    for (size_t i = 0; i < t->mappings; i++) {
        const struct target_mapping *m = &t->mapping[i];
        if (!is_piece(m, path))
            continue;
        for (uint64_t at = m->start; at < m->end; at += PIECE)
            if (!t->read(t, at, to + m->offset + (at - m->start), m->end - at < PIECE ? m->end - at : PIECE))
                return false;
    }
    return true;
}

static bool read_memory(struct record_file *f, struct target *t, const char *path)
{
    uint64_t size = 0;
    for (size_t i = 0; i < t->mappings; i++) {
        const struct target_mapping *m = &t->mapping[i];
        uint64_t end = m->offset + (m->end - m->start);
        if (is_piece(m, path) && end > size)
            size = end;
    }
    char *bytes = size == 0 ? NULL : calloc(1, size);
    bool good = bytes != NULL && read_pieces(t, path, bytes) && record_open_bytes(f, bytes, size);
    free(bytes);
    return good;
}

/* Where the process has it, or beside a core. */
static bool read_file(struct record_file *f, const struct target *t, const char *path, const char *core)
{
    char other[4096];
    if (core == NULL) {
        snprintf(other, sizeof other, "/proc/%u/root%s", t->pid, path);
    } else {
        record_close(f);
        if (record_open(f, path))
            return true;
        snprintf(other, sizeof other, "%.*s%s", (int)(path_base(core) - core), core, path_base(path));
    }
    record_close(f);
    return record_open(f, other);
}

bool recorded_open(struct record_file *f, struct target *t, const char *core)
{
    memset(f, 0, sizeof *f);
    const struct target_mapping *m = find(t);
    if (m == NULL || read_memory(f, t, m->path))
        return m != NULL;
    return read_file(f, t, m->path, core) && f->record.header->pid == own_pid(t);
}
