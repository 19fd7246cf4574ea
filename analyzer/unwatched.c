#include "analyzer/unwatched.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

struct unwatched_program {
    UT_hash_handle hh;
    char *why;
    long times;
    char path[];
};

bool unwatched_begin(const char *file)
{
    enum { ROOM = 1 << 16 }; /* allocated now, in case the disk gets full later */
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    fchmod(fd, 0622); /* whatever the umask */
    fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, ROOM);
    close(fd);
    return true;
}

static struct unwatched_program *add_program(struct unwatched *u, const char *path, const char *why)
{
    size_t size = strlen(path) + 1;
    struct unwatched_program *p = calloc(1, sizeof *p + size);
    char *reason = strdup(why);
    if (p == NULL || reason == NULL) {
        free(p);
        free(reason);
        return NULL;
    }
    memcpy(p->path, path, size);
    p->why = reason;
    HASH_ADD(hh, u->programs, path, (unsigned)size - 1, p);
    return p;
}

/* A program may be reported by its parent and by the library in it: the first reason counts. */
void unwatched_add(struct unwatched *u, const char *path, const char *why, int times)
{
    struct unwatched_program *p;
    HASH_FIND(hh, u->programs, path, (unsigned)strlen(path), p);
    if (p == NULL)
        p = add_program(u, path, why);
    if (p == NULL || strcmp(p->why, why) != 0)
        return;
    bool stayed = p->times > 0;
    p->times += times;
    u->count += (unsigned)(p->times > 0) - (unsigned)stayed;
}

static bool read_part(char **part, size_t *room, FILE *stream)
{
    return getdelim(part, room, 0, stream) > 0;
}

void unwatched_read(struct unwatched *u, const char *file)
{
    char *path = NULL, *why = NULL;
    size_t path_room = 0, why_room = 0;
    struct stat st;
    FILE *stream = fopen(file, "re");
    u->none_watched = stream != NULL && fstat(fileno(stream), &st) == 0 && (st.st_mode & S_IXUSR) == 0;
    while (stream != NULL && read_part(&path, &path_room, stream) && read_part(&why, &why_room, stream))
        if (path[0] == '=')
            u->watched++;
        else if (path[0] == '+' || path[0] == '-')
            unwatched_add(u, path + 1, why, path[0] == '+' ? 1 : -1);
    if (stream != NULL)
        fclose(stream);
    free(path);
    free(why);
}

long unwatched_times(const struct unwatched *u)
{
    long all = 0;
    for (const struct unwatched_program *p = u->programs; p != NULL; p = p->hh.next)
        all += p->times > 0 ? p->times : 0;
    return all;
}

void unwatched_each(const struct unwatched *u,
                    void (*each)(void *context, const char *path, const char *why, long times), void *context)
{
    for (const struct unwatched_program *p = u->programs; p != NULL; p = p->hh.next)
        if (p->times > 0)
            each(context, p->path, p->why, p->times);
}

void unwatched_print(struct story *s, const struct unwatched *u)
{
    enum { NAMES = 5 };
    unsigned shown = 0;
    for (const struct unwatched_program *p = u->programs; p != NULL && shown < NAMES; p = p->hh.next) {
        if (p->times <= 0)
            continue;
        story_text(s, shown++ == 0 ? "not watched: " : ", ");
        story_name(s, p->path);
        story_text(s, " (");
        story_name(s, p->why);
        if (p->times > 1)
            story_format(s, "; %ld times", p->times);
        story_text(s, ")");
    }
    if (u->count > shown)
        story_format(s, " and %u more program%s", u->count - shown, u->count - shown == 1 ? "" : "s");
}

void unwatched_end(struct unwatched *u)
{
    struct unwatched_program *next, *p = u->programs;
    HASH_CLEAR(hh, u->programs);
    for (; p != NULL; p = next) {
        next = p->hh.next;
        free(p->why);
        free(p);
    }
}
