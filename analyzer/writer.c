#include "analyzer/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void *more(void *context, size_t size, uint64_t *offset)
{
    struct writer *w = context;
    struct writer_piece *piece = realloc(w->piece, (w->pieces + 1) * sizeof *piece);
    if (piece == NULL)
        return NULL;
    w->piece = piece;
    char *memory = calloc(1, size);
    if (memory == NULL)
        return NULL;
    *offset = w->size;
    w->piece[w->pieces++] = (struct writer_piece){memory, size};
    w->size += size;
    return memory;
}

bool writer_begin(struct writer *w)
{
    memset(w, 0, sizeof *w);
    return record_begin(&w->record, (struct record_space){.more = more, .context = w});
}

void writer_end(struct writer *w)
{
    for (size_t i = 0; i < w->pieces; i++)
        free(w->piece[i].memory);
    free(w->piece);
}

void *writer_add_run(struct writer *w, enum record_table_id t, uint32_t count, uint32_t *id)
{
    *id = w->failed ? 0 : record_reserve(&w->record, t, count);
    w->failed |= *id == 0;
    if (*id == 0)
        return NULL;
    record_commit(&w->record, t, *id, count);
    return record_item(&w->record, t, *id);
}

void *writer_add(struct writer *w, enum record_table_id t, uint32_t *id)
{
    return writer_add_run(w, t, 1, id);
}

static bool write_all(const struct writer *w, int fd)
{
    for (size_t i = 0; i < w->pieces; i++)
        for (size_t done = 0; done < w->piece[i].size;) {
            ssize_t n = write(fd, w->piece[i].memory + done, w->piece[i].size - done);
            if (n < 0 && errno != EINTR)
                return false;
            done += n < 0 ? 0 : (size_t)n;
        }
    return true;
}

/* Only a regular file is replaced, and with its permissions. */
static bool may_replace(const char *path, mode_t *mode)
{
    struct stat st;
    *mode = 0600;
    if (stat(path, &st) < 0)
        return errno == ENOENT;
    errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    *mode = st.st_mode & 0777;
    return S_ISREG(st.st_mode);
}

const char *writer_save(const struct writer *w, const char *path)
{
    char whole[PATH_MAX], temporary[PATH_MAX + 32];
    mode_t mode;
    if (!may_replace(path, &mode))
        return errno == EINVAL ? "not a regular file" : strerror(errno);
    const char *to = realpath(path, whole) != NULL ? whole : path; /* behind a link, which stays */
    const char *slash = strrchr(to, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - to);
    if (snprintf(temporary, sizeof temporary, "%.*s.lockwatch-XXXXXX", folder, to) >= (int)sizeof temporary)
        return strerror(ENAMETOOLONG);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return strerror(errno);
    bool good = write_all(w, fd) && fchmod(fd, mode) == 0;
    int error = errno;
    if (close(fd) != 0 && good)
        good = false, error = errno;
    if (good && rename(temporary, to) != 0)
        good = false, error = errno;
    if (!good)
        unlink(temporary);
    return good ? NULL : strerror(error);
}
