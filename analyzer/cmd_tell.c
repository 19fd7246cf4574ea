/*
 * What the library runs as a helper; the words go to stdout:
 *
 *   tell RECORD N                the story of finding N that the record has stored, while the process stands in it
 *   tell RECORD --end [--kept]   what is left to tell when the process ends, and how many findings there are; --kept:
 * and where the record is
 *
 * It starts with whatever signal mask and dispositions that process had.
 */
#include "analyzer/cmd.h"
#include "analyzer/render/render.h"

#include "detect/tally.h"

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

static int tell_one(struct view *view, struct story *s, uint32_t number)
{
    struct finding f;
    if (!finding_stored(view->record, number, &f))
        return cmd_refused(view->path, "no such finding");
    story_finding(s, &f);
    return STATUS_CLEAN;
}

/* Deadlocks were told as they formed. */
static bool was_told(const struct finding *f)
{
    return f->kind == FINDING_DEADLOCK && f->when != 0;
}

static int tell_end(struct view *view, struct story *s, bool kept)
{
    struct tally tally = {0};
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
        return STATUS_CLEAN;
    if (kept) {
        story_text(s, "lockwatch: the record: ");
        story_text(s, view->path);
        story_text(s, "\n");
    }
    log_who(s);
    tally_tell(s, &tally);
    story_text(s, "\n");
    return STATUS_CLEAN;
}

static int tell(struct view *view, char **words)
{
    struct output out = {.write = cmd_write, .context = stdout};
    struct voice voice;
    voice_begin(&voice, view, &out);
    if (strcmp(words[0], "--end") == 0)
        return tell_end(view, &voice.story, words[1] != NULL && strcmp(words[1], "--kept") == 0);
    return tell_one(view, &voice.story, (uint32_t)strtoul(words[0], NULL, 10));
}

int cmd_tell(int argc, char **argv)
{
    struct view view;
    reset_signals();
    if (argc < 3)
        return cmd_wrong(NULL, "tell wants a record, and what of it");
    int status = view_open(&view, argv[1]) ? tell(&view, argv + 2) : cmd_refused(argv[1], view.file.error);
    view_close(&view);
    return status;
}
