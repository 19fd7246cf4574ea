/*
 * What the library runs as a helper; the words go to stdout:
 *
 *   tell RECORD N [--whole]      the story of finding N that the record has stored, while the process stands in it;
 *                                --whole: with its first line
 *   tell RECORD --end [--kept]   what is left to tell when the process ends, and how many findings there are; --kept:
 * and where the record is
 *
 * Exit status 1: there is nothing, as it is suppressed.
 *
 * It starts with whatever signal mask and dispositions that process had.
 */
#include "analyzer/commands/cmd.h"
#include "analyzer/open_record.h"
#include "analyzer/render/render.h"
#include "report/finding_text.h"

#include "report/tally.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reset_signals(void)
{
    sigset_t all;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
}

static int tell_one(struct opened_record *view, struct story *s, const struct suppressions *suppressions,
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

/* Deadlocks were told as they formed. */
static bool was_told(const struct finding *f)
{
    return f->kind == FINDING_DEADLOCK && f->when != 0;
}

static int tell_end(struct opened_record *view, struct story *s, const struct suppressions *suppressions, bool kept)
{
    suppressions_apply(suppressions, view);
    struct tally tally = {.suppressed = (unsigned)view->findings.suppressed};
    bool told = false;
    for (size_t i = 0; i < view->findings.count; i++) {
        const struct finding *f = &view->findings.item[i];
        tally_add(&tally, f);
        if (f->severity < SEVERITY_WARNING || was_told(f))
            continue;
        log_finding(s, f);
        told = true;
    }
    if (!told)
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

static int tell(struct opened_record *view, char **words)
{
    struct output out = {.write = cmd_write, .context = stdout};
    struct suppressions suppressions = {.path = NULL};
    struct text_writer voice;
    int status;
    text_writer_begin(&voice, view, &out);
    if (suppressions_named(view)[0] != 0)
        suppressions_read(&suppressions, suppressions_named(view)); /* the library has said what is wrong with it */
    if (strcmp(words[0], "--end") == 0)
        status = tell_end(view, &voice.story, &suppressions, words[1] != NULL);
    else
        status = tell_one(view, &voice.story, &suppressions, (uint32_t)strtoul(words[0], NULL, 10), words[1] != NULL);
    suppressions_free(&suppressions);
    return status;
}

int cmd_tell(int argc, char **argv)
{
    struct opened_record view;
    reset_signals();
    if (argc < 3)
        return cmd_wrong(NULL, "tell wants a record, and what of it");
    int status = opened_record_open(&view, argv[1]) ? tell(&view, argv + 2) : cmd_refused(argv[1], view.file.error);
    opened_record_close(&view);
    return status;
}
