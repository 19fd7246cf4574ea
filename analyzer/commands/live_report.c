/*
 * What the library runs to report a finding with source lines; it writes to stdout:
 *
 *   live-report RECORD N [--whole]      the text of finding N of the record, while its process waits for that;
 *                                       --whole: with its headline
 *   live-report RECORD --end [--kept]   at the end of the process: what was not reported yet, and the number of
 * findings;
 *                                       --kept: and where the record is
 *
 * Exit status 1: there is nothing to report, as all of it is suppressed.
 *
 * It starts with the signal mask and dispositions of the watched process.
 */
#include "analyzer/commands/cmd.h"
#include "analyzer/open_record.h"
#include "analyzer/render/render.h"
#include "report/full/finding_text.h"

#include "report/tally.h"

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

static int report_live(struct opened_record *view, char **words)
{
    struct output out = {.write = cmd_write, .context = stdout, .width = output_width(STDOUT_FILENO)};
    struct suppressions suppressions = {.path = NULL};
    struct text_writer writer;
    int status;
    text_writer_begin(&writer, view, &out);
    if (suppressions_named(view)[0] != 0)
        suppressions_read(&suppressions, suppressions_named(view)); /* the library has logged what is wrong with it */
    if (strcmp(words[0], "--end") == 0)
        status = print_end(view, &writer.story, &suppressions, words[1] != NULL);
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
