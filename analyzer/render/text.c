#include "analyzer/identity.h"
#include "analyzer/liveness.h"
#include "analyzer/render/render.h"
#include "analyzer/suppression.h"
#include "detect/finding_query.h"
#include "report/full/finding_text.h"
#include "report/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void text_time(uint64_t nanoseconds, char *text, size_t size)
{
    time_t seconds = (time_t)(nanoseconds / 1000000000);
    struct tm local;
    if (localtime_r(&seconds, &local) == NULL || strftime(text, size, "%Y-%m-%d %H:%M:%S", &local) == 0)
        snprintf(text, size, "?");
}

void text_process(struct story *s, const struct opened_record *view)
{
    const struct record_header *h = view->record->header;
    const char *path = record_text(view->record, h->executable);
    const char *slash = strrchr(path, '/');
    char end[40], when[40];
    liveness_end(view->record, view->runs, end, sizeof end);
    text_time(h->started, when, sizeof when);
    if (h->end == END_MERGED) {
        uint32_t runs = liveness_merged(view->record);
        story_name(s, path[0] == 0 ? "several programs" : slash == NULL ? path : slash + 1);
        story_format(s, ", merged from %u run%s, the first one started %s", runs, runs == 1 ? "" : "s", when);
        return;
    }
    story_name(s, path[0] == 0 ? "a program without a name" : slash == NULL ? path : slash + 1);
    story_format(s, ", pid %u, ", h->pid);
    if (h->started != 0)
        story_format(s, "started %s, ", when);
    if ((h->incomplete & INCOMPLETE_OUTSIDE) != 0 && h->parent_pid == 0 && !view->runs && strcmp(end, "unknown") == 0)
        story_text(s, "as a core file has it");
    else if (strcmp(end, "unknown") == 0)
        story_text(s, "no exit recorded (killed?)");
    else if (strncmp(end, "exit ", 5) == 0)
        story_format(s, "exited with %s", end + 5);
    else if (strncmp(end, "signal ", 7) == 0)
        story_format(s, "ended by %s", end);
    else
        story_text(s, "still running");
}

static void write_command(struct story *s, const struct record *r)
{
    enum { WORDS_MAX = 64 };
    uint32_t id = r->header->arguments, left = r->header->argument_count;
    if (left == 0 || record_text(r, id)[0] == 0)
        return;
    story_begin(s, 2, 11);
    story_text(s, "command:");
    for (unsigned n = 0; left > 0 && n < WORDS_MAX && record_item(r, TABLE_TEXT, id) != NULL; n++, left--) {
        const char *word = record_text(r, id);
        story_text(s, " ");
        story_name(s, word);
        id += (uint32_t)strlen(word) + 1;
    }
    story_text(s, left != 0 ? " ..." : "");
    story_end(s);
}

void text_gaps(struct story *s, const struct record *r)
{
    static const struct {
        uint32_t bit;
        const char *words;
    } gaps[] = {
        {INCOMPLETE_SPACE, "memory or disk ran out; what came later is missing"},
        {INCOMPLETE_STACKS, "there was no unwinder; stacks have one frame"},
        {INCOMPLETE_HOLDS, "a thread held more locks than could be recorded"},
        {INCOMPLETE_FILE, "the file went away; what came later is missing"},
        {INCOMPLETE_SANDBOX, "the process installed a system call filter; nothing was watched after that"},
        {INCOMPLETE_RIGHTS, "the process gave up the right to write it; what came later is missing"},
        {INCOMPLETE_DESCRIPTORS, "no file descriptor was left; what came later is missing"},
        {INCOMPLETE_OUTSIDE,
         "read from outside, and from no record of the library: it is mostly not known where a lock was acquired, nor "
         "who holds a semaphore, a read lock, a once control, a guard, or a lock that is not glibc's, nor "
         "who has signalled a condition"},
    };
    uint32_t incomplete = r->header->incomplete;
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++)
        if (incomplete & gaps[i].bit) {
            story_begin(s, 2, 4);
            story_format(s, "not complete: %s", gaps[i].words);
            story_end(s);
        }
}

/* Of a module with a hole in it. */
static bool is_further_part(const struct record *r, uint32_t id)
{
    const struct module *m = record_item(r, TABLE_MODULES, id), *before = record_item(r, TABLE_MODULES, id - 1);
    return id > 1 && m->bias == before->bias && strcmp(record_text(r, m->path), record_text(r, before->path)) == 0;
}

/* Files that changed since, or are not there: why frames have no function. */
static void write_problems(struct story *s, struct opened_record *view)
{
    uint32_t modules = record_used(view->record, TABLE_MODULES), shown = 0;
    for (uint32_t id = 1; id < modules; id++) {
        const char *problem = symbols_problem(view->symbols, id);
        if (problem == NULL || is_further_part(view->record, id) || symbols_watcher_module(view->symbols, id) ||
            ++shown > 8)
            continue;
        story_text(s, shown == 1 ? "\nWithout source lines:\n" : "");
        story_begin(s, 2, 4);
        const char *name = symbols_module(view->symbols, id);
        story_name(s, name[0] == 0 ? "a file without a name" : name);
        story_format(s, ": %s", problem);
        story_end(s);
    }
}

static struct opened_record *view_of(const struct story *s)
{
    return ((const struct text_writer *)s->context)->view;
}

void text_suppression(struct story *s, const struct finding *f)
{
    struct text_writer_text line;
    struct text_writer writer;
    struct opened_record *view = view_of(s);
    text_writer_collect(&writer, view, &line);
    if (suppressions_line(&writer.story, view, f)) {
        story_text(s, "  To suppress it: "); /* in one line, to be copied */
        story_text(s, line.text == NULL ? "" : line.text);
        story_text(s, "\n");
    }
    free(line.text);
}

/* Whether a thread exited with a lock, and a deadlock that is shown before comes from that. */
static bool is_part_of_deadlock(const struct opened_record *view, const struct finding *f)
{
    struct thread_ref holder;
    struct held hold;
    for (size_t i = 0; f->kind == FINDING_EXIT_HOLDING && i < view->findings.count; i++) {
        const struct finding *d = &view->findings.item[i];
        if (d->kind == FINDING_DEADLOCK && d->severity > SEVERITY_NOTE && d->cycle == 0 && d->sides != 0 &&
            query_holder(view->record, d, 0, &holder, &hold) && holder.serial == f->side[0].serial)
            return true;
    }
    return false;
}

/* Of several records that are reported together. */
static void write_sightings(struct story *s, const struct finding *f)
{
    struct opened_record *view = view_of(s);
    uint32_t id = view->sightings == NULL ? 0 : set_find(view->sightings, key_number(NO_KEY, identity_of(view, f)));
    if (id != 0)
        story_format(s, "  In %u of %u runs.\n", ((const struct sighting *)set_at(view->sightings, id))->runs,
                     view->records);
}

void text_finding(struct story *s, const struct finding *f)
{
    static const char *const colors[] = {
        [SEVERITY_NOTE] = "\033[1;36m", [SEVERITY_WARNING] = "\033[1;33m", [SEVERITY_ERROR] = "\033[1;31m"};
    char when[40];
    story_gap(s);
    if (s->color)
        s->write(s->context, colors[f->severity], 7);
    story_begin(s, 0, 4);
    story_format(s, "%s:" STORY_GLUE, finding_severity_word(f->severity));
    story_headline(s, f);
    text_time(f->when, when, sizeof when);
    if (f->when != 0)
        story_format(s, " (reported %s)", when);
    story_end(s);
    if (s->color)
        s->write(s->context, "\033[0m", 4);
    if (is_part_of_deadlock(view_of(s), f))
        story_format(s, "  Same cause as the deadlock above: T%u exited while holding locks.\n", f->side[0].serial);
    else
        story_finding(s, f);
    text_suppression(s, f);
    write_sightings(s, f);
}

void text_totals(struct story *s, const struct findings *all)
{
    struct tally tally = {.suppressed = (unsigned)all->suppressed};
    for (size_t i = 0; i < all->count; i++)
        tally_add(&tally, &all->item[i]);
    const char *nothing = all->again + all->known != 0 ? "Nothing new" : "Nothing found";
    story_text(s, all->count != 0 ? "" : nothing);
    story_text(s, all->count == 0 && all->suppressed != 0 ? ", " : "");
    tally_tell(s, &tally);
    if (all->again != 0)
        story_format(s, ", %u as above", all->again);
    if (all->known != 0)
        story_format(s, ", %u known", all->known);
    story_text(s, all->cut ? "; there are more lock orders than could be examined.\n" : ".\n");
}

static void nothing(const struct output *out, unsigned records)
{
    (void)out, (void)records;
}

static void record(const struct output *out, struct opened_record *view, unsigned place, unsigned records)
{
    struct text_writer writer;
    struct story *s = &writer.story;
    char end[40];
    text_writer_begin(&writer, view, out);
    if (place > 0)
        story_text(s, "\n");
    if (records > 1) {
        story_text(s, "== ");
        story_name(s, view->path);
        story_text(s, "\n");
    }
    story_begin(s, 0, 2);
    text_process(s, view);
    story_end(s);
    write_command(s, view->record);
    text_gaps(s, view->record);
    for (size_t i = 0; i < view->findings.count; i++)
        text_finding(s, &view->findings.item[i]);
    liveness_end(view->record, view->runs, end, sizeof end);
    if (strncmp(end, "exit", 4) != 0 && view->record->header->end != END_MERGED)
        threads_table(s, view);
    write_problems(s, view);
    story_text(s, "\n");
    text_totals(s, &view->findings);
}

const struct format text_format = {.name = "text", .begin = nothing, .record = record, .end = nothing};
