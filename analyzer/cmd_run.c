#include "analyzer/child.h"
#include "analyzer/cmd.h"
#include "analyzer/folder.h"
#include "analyzer/identity.h"
#include "analyzer/program.h"
#include "analyzer/render/render.h"

#include "detect/tally.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: lockwatch run [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
    "Runs PROGRAM and tells on standard error what was found in it and its children, once it has ended, however it\n"
    "ended; nothing is told if nothing was found. Input, output, signals and terminal are the program's. A deadlock\n"
    "ends it. LOCKWATCH_OPTIONS holds but for dir, keep, log, on_deadlock and exitcode.\n\n"
    "  --exitcode=N         exit with N (1 to 255, 66 by default) on findings\n"
    "  --fail-on=SEVERITY   on those of error, warning (the default) or note, and above; notes are only told with "
    "note\n"
    "  --records=DIR        leave the records in DIR\n"
    "  --suppressions=FILE  leave out, and only count, what a line KIND:GLOB of FILE covers\n\n"
    "Exit status: that of the program, and where it dies of a signal we do; 66 on findings, and where a deadlock "
    "ended\n"
    "it; 127 a program that is not there, 126 one that cannot be executed; 2 wrong usage.\n";

struct run {
    enum finding_severity fail_on;
    char exitcode[8];
    const char *records; /* --records, or NULL */
    struct suppressions suppressions;
    char folder[PATH_MAX];
    char **before; /* records that were there already */
    int befores;
};

/* --- options --- */

static bool find_exitcode(struct run *r, const char *word)
{
    char *end;
    long number = strtol(word, &end, 10);
    bool good = word[0] >= '0' && word[0] <= '9' && *end == 0 && number >= 1 && number <= 255;
    if (good)
        snprintf(r->exitcode, sizeof r->exitcode, "%ld", number);
    return good;
}

/* Whether to go on; else `status` is how to end. */
static bool read_options(struct run *r, int argc, char **argv, int *status)
{
    static const struct option options[] = {
        {"exitcode", required_argument, NULL, 'e'}, {"fail-on", required_argument, NULL, 's'},
        {"records", required_argument, NULL, 'r'},  {"suppressions", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
    int option;
    opterr = 0;
    *status = -1;
    while (*status < 0 && (option = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
        if (option == 'r')
            r->records = optarg;
        else if (option == 'h')
            *status = fputs(help, stdout) < 0 ? STATUS_USAGE : STATUS_CLEAN;
        else if (option == 'p')
            *status = cmd_suppressions("run", optarg, &r->suppressions) == STATUS_CLEAN ? -1 : STATUS_USAGE;
        else if (option == 'e')
            *status = find_exitcode(r, optarg) ? -1 : cmd_wrong("run", "no exit status: '%s'", optarg);
        else if (option == 's')
            *status = cmd_severity(optarg, &r->fail_on) ? -1 : cmd_wrong("run", "unknown severity '%s'", optarg);
        else
            *status = cmd_wrong_option("run", option, argv);
    }
    if (*status < 0 && optind == argc)
        *status = cmd_wrong("run", "a program is missing");
    return *status < 0;
}

/* --- before --- */

/* Beside us, as built; or in lib/ next to bin/, as installed. */
static bool find_library(char *library, size_t room)
{
    static const char *const places[] = {"%s/liblockwatch.so", "%s/../lib/liblockwatch.so"};
    char ours[PATH_MAX], path[PATH_MAX + 32];
    ssize_t n = readlink("/proc/self/exe", ours, sizeof ours - 1);
    ours[n > 0 ? n : 0] = 0;
    char *slash = strrchr(ours, '/');
    if (slash == NULL)
        return false;
    *slash = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, places[i], ours);
        if (access(path, R_OK) == 0 && room >= PATH_MAX && realpath(path, library) != NULL)
            return true;
    }
    return false;
}

/* A folder for the records: the one that was asked for, which the library makes, or one of our own. */
static bool find_folder(struct run *r)
{
    const char *temporary = getenv("TMPDIR");
    char here[PATH_MAX] = "";
    if (r->records != NULL) {
        if (r->records[0] != '/' && getcwd(here, sizeof here) == NULL)
            return false;
        errno = ENAMETOOLONG;
        if (snprintf(r->folder, sizeof r->folder, "%s%s%s", here, here[0] == 0 ? "" : "/", r->records) >= PATH_MAX)
            return false;
        r->befores = folder_records(r->folder, &r->before);
        return r->befores >= 0 || errno == ENOENT;
    }
    if (temporary == NULL || temporary[0] != '/' || strchr(temporary, ':') != NULL || strlen(temporary) > PATH_MAX / 2)
        temporary = "/tmp";
    snprintf(r->folder, sizeof r->folder, "%s/lockwatch-run-XXXXXX", temporary);
    return mkdtemp(r->folder) != NULL;
}

static bool prepend(const char *variable, const char *ours, char separator)
{
    const char *theirs = getenv(variable);
    char *both = NULL;
    bool has = theirs != NULL && theirs[0] != 0;
    if (asprintf(&both, "%s%.*s%s", ours, has, &separator, has ? theirs : "") < 0)
        return false;
    bool good = setenv(variable, both, 1) == 0;
    free(both);
    return good;
}

/* What the program is started with. The later one of two options holds, so ours go behind. */
static bool set_environment(const struct run *r, const char *library)
{
    const char *theirs = getenv("LOCKWATCH_OPTIONS");
    char *options = NULL, patterns[PATH_MAX] = "";
    bool given = r->suppressions.path != NULL;
    if (given && realpath(r->suppressions.path, patterns) == NULL)
        return false;
    if (asprintf(&options, "%s:dir=%s:keep=always:log=none:on_deadlock=exit:exitcode=%s%s%s",
                 theirs == NULL ? "" : theirs, r->folder, r->exitcode, given ? ":suppressions=" : "", patterns) < 0)
        return false;
    bool good = setenv("LOCKWATCH_OPTIONS", options + (options[0] == ':'), 1) == 0;
    free(options);
    return good && prepend("LD_PRELOAD", library, ':');
}

/* STATUS_CLEAN when all is there. */
static int prepare(struct run *r)
{
    char library[PATH_MAX];
    if (!find_library(library, sizeof library))
        return cmd_wrong("run", "there is no liblockwatch.so, neither beside this program nor in ../lib");
    if (strpbrk(library, ": \t\n") != NULL)
        return cmd_wrong("run", "%s: LD_PRELOAD cannot name it, as there is a space or a colon in its path", library);
    for (unsigned i = 0; i < 2; i++) {
        const char *path = i == 0 ? r->records : r->suppressions.path;
        if (path != NULL && strchr(path, ':') != NULL)
            return cmd_wrong("run", "%s: a path with a colon cannot be told to the library", path);
    }
    if (!find_folder(r) || !set_environment(r, library))
        return cmd_wrong("run", "%s: %s", r->folder, strerror(errno));
    return STATUS_CLEAN;
}

/* --- after --- */

struct telling {
    const struct run *run;
    struct output out;
    struct tally tally;
    struct identities told;
    unsigned records, processes; /* those that were found, and those of them with something to tell */
};

/* A process that was killed as it made its record has not put the first word into it yet. */
static bool is_begun(const char *path)
{
    char first = 0;
    FILE *file = fopen(path, "re");
    bool begun = file != NULL && fread(&first, 1, 1, file) == 1 && first != 0;
    if (file != NULL)
        fclose(file);
    return begun;
}

/* The library says so itself, but nobody hears it. */
static void tell_gaps(struct story *s)
{
    if ((s->record->header->incomplete & ~(uint32_t)INCOMPLETE_STACKS) == 0)
        return;
    log_who(s);
    story_text(s, "its record is not complete\n");
    text_gaps(s, s->record);
}

/* What is the same in several processes is told once. */
static void tell_findings(struct telling *t, struct view *view)
{
    enum finding_severity least = t->run->fail_on < SEVERITY_WARNING ? t->run->fail_on : SEVERITY_WARNING;
    struct voice voice;
    bool any = false;
    t->tally.suppressed += (unsigned)view->findings.suppressed;
    voice_begin(&voice, view, &t->out);
    tell_gaps(&voice.story);
    for (size_t i = 0; i < view->findings.count; i++) {
        const struct finding *f = &view->findings.item[i];
        any |= f->severity >= least;
        if (!identities_add(&t->told, identity_of(view, f), f->severity))
            continue;
        tally_add(&t->tally, f);
        if (f->severity >= least)
            log_finding(&voice.story, f);
    }
    t->processes += any;
}

static void tell_record(struct telling *t, const char *path)
{
    struct view view;
    for (int i = 0; i < t->run->befores; i++)
        if (strcmp(t->run->before[i], path) == 0)
            return;
    t->records++;
    if (cmd_open(&view, path, NULL))
        tell_findings(t, &view);
    else if (is_begun(path))
        cmd_refused(path, view.file.error);
    view_close(&view);
}

static void tell_total(struct telling *t)
{
    struct story s = {.context = t->out.context, .write = t->out.write};
    if (t->processes == 0 && t->tally.suppressed == 0)
        return;
    if (t->run->records != NULL && t->processes != 0)
        fprintf(stderr, "lockwatch: the records: %s\n", t->run->folder);
    story_text(&s, "lockwatch: ");
    tally_tell(&s, &t->tally);
    if (t->processes > 1)
        story_format(&s, " in %u processes", t->processes);
    story_text(&s, "\n");
}

/* Tells everything; whether that is to fail. */
static bool tell(const struct run *r, const char *program)
{
    struct telling t = {.run = r, .out = {.write = cmd_write, .context = stderr}};
    char **path;
    int count = folder_records(r->folder, &path);
    for (int i = 0; i < count; i++)
        tell_record(&t, path[i]);
    folder_free(path, count);
    const char *why = t.records == 0 ? program_unwatched(program) : NULL;
    if (why != NULL)
        fprintf(stderr, "lockwatch: %s %s: nothing was recorded\n", program, why);
    tell_total(&t);
    free(t.told.slot);
    return tally_from(&t.tally, r->fail_on) > 0;
}

/* A process that goes on may make another record meanwhile: then its folder stays. */
static void clean(struct run *r)
{
    char **path;
    int count = r->records == NULL ? folder_records(r->folder, &path) : -1;
    for (int i = 0; i < count; i++)
        unlink(path[i]);
    if (r->records == NULL && rmdir(r->folder) != 0)
        fprintf(stderr, "lockwatch: %s: %s\n", r->folder, strerror(errno));
    if (count >= 0)
        folder_free(path, count);
    folder_free(r->before, r->befores);
}

int cmd_run(int argc, char **argv)
{
    struct run r = {.fail_on = SEVERITY_WARNING, .exitcode = "66"};
    static char buffer[1 << 16];
    int status = STATUS_CLEAN;
    if (!read_options(&r, argc, argv, &status) || (status = prepare(&r)) != STATUS_CLEAN)
        return status;
    const char *program = argv[optind];
    struct child_end end = child_run(argv + optind);
    child_over();
    setvbuf(stderr, buffer, _IOFBF, sizeof buffer);
    bool failed = false;
    if (end.error != 0) {
        fprintf(stderr, "lockwatch run: %s: %s\n", program, strerror(end.error));
        end.status = end.error == ENOENT ? 127 : 126;
    } else {
        failed = tell(&r, program);
    }
    clean(&r);
    fflush(stderr);
    if (failed)
        return (int)strtol(r.exitcode, NULL, 10);
    child_follow(&end);
}
