/*
 * What the library runs to report a finding with source lines; it writes to stdout:
 *
 *   live-report RECORD N [--whole]      the text of finding N of the record, while its process waits for that;
 *                                       --whole: with its headline
 *   live-report RECORD --end [--kept]   at the end of the process: what was not reported yet, and the number of
 * findings;
 *                                       --kept: and where the record is
 *
 *   live-report RECORD --child PID      a record, beside this one, of a child that the process forked and that stands
 *                                       still in what the library does not see; its findings
 *
 *   live-report RECORD --processes      deadlocks of this process and others, unless the last to wait is another one
 *
 * Exit status 4: what --processes found is certain. 1: there is nothing to report, as all of it is suppressed.
 *
 * It starts with the signal mask and dispositions of the watched process.
 */
#include "analyzer/attach/attached.h"
#include "analyzer/commands/cmd.h"
#include "analyzer/folder.h"
#include "analyzer/joint.h"
#include "analyzer/liveness.h"
#include "analyzer/open_record.h"
#include "analyzer/render/render.h"
#include "record/path.h"
#include "report/full/finding_text.h"

#include "report/tally.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void reset_signals(void)
{
    sigset_t all;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
}

static int print_one(struct opened_record *view, struct story *s, const struct suppressions *suppressions,
                     uint32_t number, bool whole)
{
    struct finding f;
    if (!finding_stored(view->record, number, &f))
        return cmd_refused(view->path, "no such finding");
    if (suppressions_cover(suppressions, view, &f))
        return STATUS_FOUND;
    if (whole) {
        log_finding(s, &f);
    } else {
        story_finding(s, &f);
        text_suppression(s, &f);
    }
    return STATUS_CLEAN;
}

/* Deadlocks were reported when they formed. */
static bool was_reported(const struct finding *f)
{
    return f->kind == FINDING_DEADLOCK && f->when != 0;
}

static int print_end(struct opened_record *view, struct story *s, const struct suppressions *suppressions, bool kept)
{
    suppressions_apply(suppressions, view);
    struct tally tally = {.suppressed = (unsigned)view->findings.suppressed};
    bool any = false;
    for (size_t i = 0; i < view->findings.count; i++) {
        const struct finding *f = &view->findings.item[i];
        tally_add(&tally, f);
        if (f->severity < SEVERITY_WARNING || was_reported(f))
            continue;
        log_finding(s, f);
        any = true;
    }
    if (!any)
        return STATUS_FOUND;
    if (kept) {
        story_text(s, "lockwatch: the record: ");
        story_name(s, view->path);
        story_text(s, "\n");
    }
    log_who(s);
    tally_tell(s, &tally);
    story_text(s, view->findings.cut ? "; there are more orders of locks than could be looked at\n" : "\n");
    return STATUS_CLEAN;
}

/* --- a child --- */

/* Whether a child has a record and waits by that: then it tells what there is to tell. */
static bool waits_by_record(const char *path, uint32_t pid)
{
    struct record_file file;
    bool waits = false;
    if (record_open(&file, path) && file.record.header->pid == pid && liveness_runs(&file.record))
        for (uint32_t id = 1; id < record_used(&file.record, TABLE_THREADS); id++)
            waits |= record_thread(&file.record, id)->sequence % 2 == 1;
    record_close(&file);
    return waits;
}

static bool tells_itself(const char *folder, uint32_t pid)
{
    char **path;
    bool any = false;
    int count = folder_records(folder, &path);
    for (int i = 0; i < count && !any; i++)
        any = waits_by_record(path[i], pid);
    folder_free(path, count < 0 ? 0 : count);
    return any;
}

/* A name of its own, as the library gives them. */
static bool name_child(char *path, size_t room, const char *folder, const struct record *parent, uint32_t pid)
{
    const char *program = record_text(parent, parent->header->executable);
    program = program == NULL || program[0] == 0 ? "unknown" : path_base(program);
    for (unsigned i = 0; i < 100; i++) {
        char number[16] = "";
        if (i > 0)
            snprintf(number, sizeof number, ".%u", i);
        if (snprintf(path, room, "%s/%.200s.%u%s.lockwatch", folder, program, pid, number) >= (int)room)
            return false;
        if (access(path, F_OK) != 0)
            return true;
    }
    return false;
}

static int print_deadlocks(struct opened_record *view, const struct output *out,
                           const struct suppressions *suppressions)
{
    struct text_writer writer;
    int status = STATUS_FOUND;
    suppressions_apply(suppressions, view);
    text_writer_begin(&writer, view, out);
    for (size_t i = 0; i < view->findings.count; i++) {
        if (view->findings.item[i].kind != FINDING_DEADLOCK)
            continue;
        log_finding(&writer.story, &view->findings.item[i]);
        status = STATUS_CLEAN;
    }
    if (status == STATUS_CLEAN) {
        story_text(&writer.story, "lockwatch: the record: ");
        story_name(&writer.story, view->path);
        story_text(&writer.story, "\n");
    }
    return status;
}

static int report_child(const struct opened_record *parent, const struct output *out,
                        const struct suppressions *suppressions, uint32_t pid)
{
    static struct attached a;
    char path[PATH_MAX], folder[PATH_MAX];
    const char *slash = strrchr(parent->path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - parent->path),
             slash == NULL ? "." : parent->path);
    if (tells_itself(folder, pid))
        return STATUS_FOUND;
    if (!name_child(path, sizeof path, folder, parent->record, pid))
        return STATUS_RECORD;
    int status = STATUS_RECORD; /* the library says that it stands */
    if (attached_save_child(&a, pid, parent->record, path))
        status = print_deadlocks(&a.view, out, suppressions);
    attached_close(&a);
    return status;
}

/* --- several processes --- */

/* Which thread began to wait last. */
static uint32_t last_to_wait(const struct finding *f)
{
    uint32_t last = 0;
    for (uint32_t i = 1; i < f->sides; i++)
        if (f->side[i].want.since > f->side[last].want.since)
            last = i;
    return f->side[last].thread;
}

static int print_of_several(struct opened_record *view, struct story *story, const struct suppressions *s)
{
    enum { CERTAIN = 4 };
    bool any = false, certain = false;
    for (size_t i = 0; i < view->findings.count; i++) {
        const struct finding *f = &view->findings.item[i];
        if (f->kind != FINDING_DEADLOCK || !joint_is(view, f) || suppressions_cover(s, view, f))
            continue;
        any = true;
        certain |= f->confidence == CONFIDENCE_CERTAIN;
        if (last_to_wait(f) < record_used(&view->file.record, TABLE_THREADS))
            log_finding(story, f);
    }
    return certain ? CERTAIN : any ? STATUS_CLEAN : STATUS_FOUND;
}

static int report_live(struct opened_record *view, char **words)
{
    struct output out = {.write = cmd_write, .context = stdout, .width = output_width(STDOUT_FILENO)};
    struct suppressions suppressions = {.path = NULL};
    struct text_writer writer;
    bool several = strcmp(words[0], "--processes") == 0;
    int status;
    if (several) {
        joint_keep_seen(view);
        joint_judge(view);
    }
    text_writer_begin(&writer, view, &out);
    if (suppressions_named(view)[0] != 0)
        suppressions_read(&suppressions, suppressions_named(view)); /* the library has logged what is wrong with it */
    if (strcmp(words[0], "--child") == 0)
        status = report_child(view, &out, &suppressions, words[1] == NULL ? 0 : (uint32_t)strtoul(words[1], NULL, 10));
    else if (strcmp(words[0], "--end") == 0)
        status = print_end(view, &writer.story, &suppressions, words[1] != NULL);
    else if (several)
        status = print_of_several(view, &writer.story, &suppressions);
    else
        status = print_one(view, &writer.story, &suppressions, (uint32_t)strtoul(words[0], NULL, 10), words[1] != NULL);
    suppressions_free(&suppressions);
    return status;
}

int cmd_live_report(int argc, char **argv)
{
    struct opened_record view;
    reset_signals();
    unsetenv("DEBUGINFOD_URLS"); /* a program that hangs does not wait for the network, too */
    if (argc < 3)
        return cmd_wrong(NULL, "live-report wants a record, and what of it");
    int status =
        opened_record_open(&view, argv[1]) ? report_live(&view, argv + 2) : cmd_refused(argv[1], view.file.error);
    opened_record_close(&view);
    return status;
}
