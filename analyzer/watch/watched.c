#include "analyzer/watch/watched.h"

#include "analyzer/liveness.h"
#include "analyzer/open_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static uint64_t monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* --- looking again --- */

static bool same_threads(const struct record *a, const struct record *b)
{
    uint32_t used = record_used(a, TABLE_THREADS);
    for (uint32_t id = 1; id < used; id++)
        if (memcmp(record_thread(a, id), record_thread(b, id), offsetof(struct thread, traits)) != 0)
            return false;
    return true;
}

/* Whether nothing happened that shows: then the last judgement stands. */
static bool is_same(const struct watched *w, const struct record *later)
{
    const struct record *r = w->view->record;
    if (!w->view->runs || r->header->end != later->header->end)
        return false;
    for (int t = 0; t < TABLE_COUNT; t++)
        if (record_used(r, t) != record_used(later, t))
            return false;
    return same_threads(r, later);
}

static void note_removal(struct watched *w)
{
    struct stat named, open;
    w->removed = stat(w->path, &named) != 0 || fstat(w->descriptor, &open) != 0 || named.st_ino != open.st_ino ||
                 named.st_dev != open.st_dev;
}

/* As opened_record_open has it. */
static uint64_t clock_of(const struct record *r)
{
    struct timespec now;
    uint64_t offset = r->header->clock_offset;
    clock_gettime(offset != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME, &now);
    return offset + (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool stands_still(struct watched *w)
{
    struct record_file later;
    if (w->view == NULL)
        return false;
    bool same = record_open(&later, w->file) && liveness_runs(&later.record) && is_same(w, &later.record);
    record_close(&later);
    return same;
}

static void judge(struct watched *w, const struct watched_how *how)
{
    uint64_t began = monotonic();
    struct opened_record *view = calloc(1, sizeof *view);
    if (view == NULL)
        return;
    if (how->open(how->context, view, w->file)) {
        struct opened_record *before = w->view;
        w->view = view;
        view = before;
        w->error[0] = 0;
    } else {
        snprintf(w->error, sizeof w->error, "%s", view->file.error);
    }
    if (view != NULL)
        opened_record_close(view);
    free(view);
    w->cost = monotonic() - began;
}

void watched_look(struct watched *w, const struct watched_how *how)
{
    w->fresh = !stands_still(w);
    if (w->fresh)
        judge(w, how);
    else
        w->view->now = clock_of(w->view->record);
    w->runs = w->view != NULL && liveness_runs(w->view->record);
    note_removal(w);
}

/* --- beginning and end --- */

/* The library writes the header's numbers of the process last. */
static bool is_being_begun(const struct watched *w)
{
    const struct record_header *h = w->view == NULL ? NULL : w->view->record->header;
    return h != NULL && h->end == END_RUNNING && h->process_start == 0;
}

bool watched_begin(struct watched *w, const char *path, const struct watched_how *how)
{
    *w = (struct watched){.path = strdup(path), .descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (w->path == NULL || w->descriptor < 0) {
        snprintf(w->error, sizeof w->error, "%s", strerror(w->path == NULL ? ENOMEM : errno));
        return false;
    }
    snprintf(w->file, sizeof w->file, "/proc/self/fd/%d", w->descriptor);
    enum { TRIES = 100 };
    watched_look(w, how);
    for (int i = 0; i < TRIES && is_being_begun(w); i++) {
        nanosleep(&(struct timespec){0, 10000000}, NULL);
        judge(w, how);
        w->runs = liveness_runs(w->view->record);
    }
    return w->view != NULL;
}

void watched_end(struct watched *w)
{
    if (w->view != NULL)
        opened_record_close(w->view);
    free(w->view);
    free(w->path);
    if (w->descriptor >= 0)
        close(w->descriptor);
    *w = (struct watched){.descriptor = -1};
}

/* --- the record of a process --- */

/* The file of a line of /proc/PID/maps, if that is a record's. */
static char *record_in(char *line)
{
    static const char ending[] = ".lockwatch", gone[] = " (deleted)";
    line[strcspn(line, "\n")] = 0;
    char *path = strchr(line, '/');
    size_t size = path == NULL ? 0 : strlen(path);
    if (size > sizeof gone && strcmp(path + size - (sizeof gone - 1), gone) == 0)
        size -= sizeof gone - 1;
    return size > sizeof ending && strncmp(path + size - (sizeof ending - 1), ending, sizeof ending - 1) == 0 ? path
                                                                                                              : NULL;
}

char *watched_record_of(unsigned pid, char *error)
{
    char path[64], *line = NULL, *found = NULL;
    size_t room = 0;
    bool library = false;
    snprintf(path, sizeof path, "/proc/%u/maps", pid);
    FILE *maps = fopen(path, "re");
    if (maps == NULL) {
        snprintf(error, 200, "%s", errno == ENOENT ? "there is no such process" : strerror(errno));
        return NULL;
    }
    while (found == NULL && getline(&line, &room, maps) > 0) {
        char *record = record_in(line);
        library |= strstr(line, "/liblockwatch.so") != NULL || strstr(line, "/liblockwatch-musl.so") != NULL;
        found = record == NULL ? NULL : strdup(record);
    }
    fclose(maps);
    free(line);
    if (found == NULL)
        snprintf(error, 200, "%s",
                 library ? "it has no record so far: one is begun with its second thread"
                         : "it is not watched: liblockwatch.so is not in it; 'lockwatch attach' reads it from outside");
    return found;
}
