/*
 * tell RECORD N: the story of finding N that a record has stored, on stdout. The library runs this as a helper while
 * the watched process stands in its deadlock, so it starts with whatever signal mask and dispositions that process had.
 */
#include "analyzer/cmd.h"
#include "analyzer/voice.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void reset_signals(void)
{
    sigset_t all;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
}

static int tell(struct view *view, uint32_t number)
{
    struct output out = {.write = cmd_write, .context = stdout};
    struct voice voice;
    struct finding f;
    if (!finding_stored(view->record, number, &f))
        return cmd_refused(view->path, "no such finding");
    voice_begin(&voice, view, &out);
    story_finding(&voice.story, &f);
    return STATUS_CLEAN;
}

int cmd_tell(int argc, char **argv)
{
    struct view view;
    char *end = NULL;
    reset_signals();
    unsigned long number = argc == 3 ? strtoul(argv[2], &end, 10) : 0;
    if (argc != 3 || end == argv[2] || *end != 0)
        return cmd_wrong(NULL, "tell wants a record and the number of a finding");
    int status = view_open(&view, argv[1]) ? tell(&view, (uint32_t)number) : cmd_refused(argv[1], view.file.error);
    view_close(&view);
    return status;
}
