#include "analyzer/watch/session.h"

#include "analyzer/folder.h"
#include "analyzer/identity.h"
#include "analyzer/liveness.h"
#include "analyzer/render/render.h"
#include "record/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ITEMS_MOST = 256 };

static char *name_of(struct opened_record *view)
{
    struct text_writer writer;
    struct text_writer_text words;
    text_writer_collect(&writer, view, &words);
    story_name(&writer.story, path_base(record_text(view->record, view->record->header->executable)));
    story_format(&writer.story, " (pid %u)", view->record->header->pid);
    return words.text;
}

static void note_findings(struct session *s, const struct session_item *item)
{
    for (size_t i = 0; i < item->rows.findings; i++)
        s->found |= item->rows.finding[i].severity >= s->fail_on;
}

static void read_item(struct session *s, struct session_item *item)
{
    rows_free(&item->rows);
    rows_read(&item->rows, item->watched.view);
    if (item->name == NULL)
        item->name = name_of(item->watched.view);
    note_findings(s, item);
}

static void free_item(struct session_item *item)
{
    rows_free(&item->rows);
    set_free(&item->reported);
    free(item->wait);
    free(item->name);
    watched_end(&item->watched);
    free(item);
}

/* `running`: only a process that runs is of interest. */
static bool add(struct session *s, const char *path, bool running)
{
    struct session_item *item = calloc(1, sizeof *item);
    struct session_item **more = realloc((void *)s->item, (s->count + 1) * sizeof(struct session_item *));
    if (more != NULL)
        s->item = more;
    if (item == NULL || more == NULL) {
        free(item);
        return false;
    }
    item->reported = (struct set)IDENTITIES;
    if (!watched_begin(&item->watched, path, &s->how) || (running && !item->watched.runs)) {
        snprintf(s->error, sizeof s->error, "%s", item->watched.error);
        free_item(item);
        return false;
    }
    read_item(s, item);
    s->item[s->count++] = item;
    return true;
}

static bool known(const struct session *s, const char *path)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->item[i]->watched.path, path) == 0)
            return true;
    return false;
}

/* A record of a process that runs, by its header alone: a folder may have very many of others. */
static bool runs(const char *path)
{
    static _Alignas(struct record_header) char header[RECORD_HEADER_SIZE];
    struct record r = {.header = (struct record_header *)header};
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t size = fread(header, 1, sizeof header, file);
    fclose(file);
    return size == sizeof header && memcmp(r.header->magic, RECORD_MAGIC, sizeof r.header->magic) == 0 &&
           liveness_runs(&r);
}

static bool look_for_more(struct session *s)
{
    char **path;
    int count = folder_records(s->folder, &path);
    for (int i = 0; i < count && s->count < ITEMS_MOST; i++)
        if (!known(s, path[i]) && runs(path[i]))
            add(s, path[i], true);
    int error = errno;
    folder_free(path, count);
    errno = error;
    return count >= 0;
}

bool session_begin(struct session *s, const char *path, const struct watched_how *how, enum finding_severity fail_on)
{
    struct stat st;
    *s = (struct session){.how = *how, .fail_on = fail_on};
    if (stat(path, &st) != 0) {
        snprintf(s->error, sizeof s->error, "%s", strerror(errno));
        return false;
    }
    if (!S_ISDIR(st.st_mode))
        return add(s, path, false);
    s->folder = path;
    if (look_for_more(s))
        return true;
    snprintf(s->error, sizeof s->error, "%s", strerror(errno));
    return false;
}

void session_end(struct session *s)
{
    for (size_t i = 0; i < s->count; i++)
        free_item(s->item[i]);
    free((void *)s->item);
    *s = (struct session){.count = 0};
}

void session_look(struct session *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct session_item *item = s->item[i];
        if (item->over)
            continue;
        watched_look(&item->watched, &s->how);
        item->over = !item->watched.runs;
        if (item->over)
            watched_look(&item->watched, &s->how); /* what it wrote last may not have been read yet */
        read_item(s, item);
    }
    if (s->folder != NULL)
        look_for_more(s);
}

bool session_over(const struct session *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (!s->item[i]->over)
            return false;
    return s->count != 0;
}

int session_pause(const struct session *s, int wanted)
{
    enum { SHARE = 4 };
    uint64_t cost = 0;
    for (size_t i = 0; i < s->count; i++)
        cost += s->item[i]->over || !s->item[i]->watched.fresh ? 0 : s->item[i]->watched.cost;
    int least = cost / 1000000 > 100000 ? 100000 : (int)(cost / 1000000);
    return wanted > SHARE * least ? wanted : SHARE * least;
}

void session_state(const struct session_item *item, char *text, size_t size)
{
    char end[40];
    liveness_end(item->watched.view->record, item->watched.runs, end, sizeof end);
    if (strncmp(end, "exit ", 5) == 0)
        snprintf(text, size, "exited with %s", end + 5);
    else if (strncmp(end, "signal ", 7) == 0)
        snprintf(text, size, "ended by %s", end);
    else
        snprintf(text, size, "%s", strcmp(end, "unknown") == 0 ? "ended, no exit recorded (killed?)" : end);
}
