#include "analyzer/commands/cmd.h"
#include "analyzer/commands/outputs.h"
#include "analyzer/commands/run_library.h"
#include "analyzer/folder.h"
#include "analyzer/identity.h"
#include "analyzer/liveness.h"
#include "analyzer/open_record.h"
#include "analyzer/render/render.h"
#include "analyzer/run_child.h"
#include "analyzer/signal_name.h"
#include "analyzer/unwatched.h"

#include "report/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char help[] = "Usage: lockwatch run [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
                           "Runs PROGRAM and watches its locks. When it has ended, however it ended,\n"
                           "reports on standard error what was found in it and its children; prints nothing\n"
                           "if nothing was found. Input, output, signals and terminal are the program's. A\n"
                           "deadlock ends the program. LOCKWATCH_OPTIONS holds, except for dir, keep, log,\n"
                           "on_deadlock and exitcode.\n"
                           "\n"
                           "  --exitcode=N         exit with N (1 to 255, 66 by default) if there are\n"
                           "                       findings\n"
                           "  --fail-on=SEVERITY   on findings of error, warning (the default) or note, and\n"
                           "                       above; only --fail-on=note reports notes\n"
                           "  --records=DIR        leave the records in DIR\n"
                           "  --require-watched    exit with 65 if there are no findings, but a program was\n"
                           "                       executed that cannot be watched\n"
                           "  --suppressions=FILE  leave out, and only count, what a line KIND:GLOB of FILE\n"
                           "                       covers\n"
                           "  --timeout=SECONDS    after that time report who waits for whom, and end the\n"
                           "                       program: SIGTERM for it and what it started, five\n"
                           "                       seconds later SIGKILL\n"
                           "\n"
                           "Each of these also writes the report of all processes together:\n"
                           "\n"
                           "  --json=FILE          to FILE, as JSON\n"
                           "  --sarif=FILE         as SARIF, for GitHub's code scanning\n"
                           "  --junit=FILE         as JUnit's XML\n"
                           "  --codequality=FILE   as GitLab's code quality report\n"
                           "  --github=FILE        as annotations, for GitHub Actions\n"
                           "  --dot=FILE           as graphs, for Graphviz\n"
                           "  --html=FILE          as a page for a browser\n"
                           "  --text=FILE          as text\n"
                           "  --source-root=DIR    in these name files relative to DIR\n"
                           "  --category=NAME      sarif: what tells this analysis from others\n"
                           "  --junit-file-attribute\n"
                           "                       junit: with the attributes file and line, which GitLab\n"
                           "                       shows and Jenkins refuses\n"
                           "\n"
                           "  --baseline=FILE      only findings count, and are reported, that FILE does\n"
                           "                       not have, or has with a lower severity: a record, or a\n"
                           "                       report as JSON\n"
                           "\n"
                           "Before SIGTERM, SIGINT, SIGHUP or SIGQUIT is passed on to the program, it is\n"
                           "reported which of its threads stand still, and why. One line names the programs\n"
                           "that could not be watched, with the reason.\n"
                           "\n"
                           "Exit status: that of the program (lockwatch dies of the signal that the program\n"
                           "died of); 66 if there are findings; 65 with --require-watched; 127 if the\n"
                           "program does not exist, 126 if it cannot be executed; 2 wrong usage.\n";

enum { STATUS_UNWATCHED = 65 };

enum { VALUE_ROOM = 512 }; /* of a path that an option of the library has: preload/os/options.h */

struct run {
    enum finding_severity fail_on;
    enum finding_severity stalls; /* that are reported before the program is ended */
    char exitcode[8];
    const char *records; /* --records, or NULL */
    bool require_watched;
    struct outputs outputs;
    uint64_t limit; /* --timeout, in nanoseconds; 0: none */
    bool late;      /* it was reached */
    struct suppressions suppressions;
    char place[VALUE_ROOM / 2]; /* a folder of our own */
    char folder[PATH_MAX];      /* of the records: that one, or --records */
    char unwatched[VALUE_ROOM]; /* a file there: preload/os/unwatched.h */
    struct run_library library;
    char **before; /* records that were there already */
    int befores;
    const char *program;
    struct set early; /* identities of what was reported before the program ended */
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

static bool find_limit(struct run *r, const char *word)
{
    const double longest = 1e9;
    char *end;
    double seconds = strtod(word, &end);
    bool good = word[0] >= '0' && word[0] <= '9' && *end == 0 && seconds > 0 && seconds <= longest;
    if (good)
        r->limit = (uint64_t)(seconds * 1e9);
    return good && r->limit != 0;
}

/* Whether to go on; else `status` is how to end. */
static bool read_options(struct run *r, int argc, char **argv, int *status)
{
    struct option options[16 + OUTPUTS_MOST] = {{"exitcode", required_argument, NULL, 'e'},
                                                {"fail-on", required_argument, NULL, 's'},
                                                {"records", required_argument, NULL, 'r'},
                                                {"suppressions", required_argument, NULL, 'p'},
                                                {"require-watched", no_argument, NULL, 'w'},
                                                {"timeout", required_argument, NULL, 't'},
                                                {"help", no_argument, NULL, 'h'},
                                                {NULL, 0, NULL, 0}};
    int option;
    opterr = 0;
    outputs_options(options);
    *status = -1;
    while (*status < 0 && (option = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
        if (option == 'r')
            r->records = optarg;
        else if (option == 'w')
            r->require_watched = true;
        else if (option == 'h')
            *status = fputs(help, stdout) < 0 ? STATUS_USAGE : STATUS_CLEAN;
        else if (option == 'p')
            *status = cmd_suppressions("run", optarg, &r->suppressions) == STATUS_CLEAN ? -1 : STATUS_USAGE;
        else if (option == 't')
            *status = find_limit(r, optarg) ? -1 : cmd_wrong("run", "no time in seconds: '%s'", optarg);
        else if (option == 'e')
            *status = find_exitcode(r, optarg) ? -1 : cmd_wrong("run", "no exit status: '%s'", optarg);
        else if (option == 's')
            *status = cmd_severity(optarg, &r->fail_on) ? -1 : cmd_wrong("run", "unknown severity '%s'", optarg);
        else if (!outputs_take(&r->outputs, option, optarg))
            *status = cmd_wrong_option("run", option, argv);
    }
    if (*status < 0 && optind == argc)
        *status = cmd_wrong("run", "a program is missing");
    if (*status < 0 && outputs_begin(&r->outputs) != STATUS_CLEAN)
        *status = STATUS_USAGE;
    return *status < 0;
}

/* --- before --- */

/* A folder of our own: in $TMPDIR if that is usable, else in /tmp. */
static bool make_place(struct run *r)
{
    const char *temporary = getenv("TMPDIR");
    if (temporary != NULL && temporary[0] == '/' && strpbrk(temporary, RUN_LIBRARY_SEPARATORS) == NULL &&
        strlen(temporary) + 32 < sizeof r->place) {
        snprintf(r->place, sizeof r->place, "%s/lockwatch-run-XXXXXX", temporary);
        if (mkdtemp(r->place) != NULL)
            return true;
    }
    snprintf(r->place, sizeof r->place, "/tmp/lockwatch-run-XXXXXX");
    return mkdtemp(r->place) != NULL;
}

/* The folder for the records: the one that was asked for, which the library makes, or our own. */
static bool find_folder(struct run *r)
{
    char here[PATH_MAX] = "";
    if (r->records == NULL) {
        snprintf(r->folder, sizeof r->folder, "%s", r->place);
        return true;
    }
    if (r->records[0] != '/' && getcwd(here, sizeof here) == NULL)
        return false;
    errno = ENAMETOOLONG;
    if (snprintf(r->folder, VALUE_ROOM, "%s%s%s", here, here[0] == 0 ? "" : "/", r->records) >= VALUE_ROOM)
        return false;
    r->befores = folder_records(r->folder, &r->before);
    return r->befores >= 0 || errno == ENOENT;
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

/* The environment of the program. Of two options the later one holds, so ours follow the user's. */
static bool set_environment(const struct run *r, const char *library)
{
    const char *theirs = getenv("LOCKWATCH_OPTIONS");
    char *options = NULL, patterns[PATH_MAX] = "";
    bool given = r->suppressions.path != NULL;
    if (given && realpath(r->suppressions.path, patterns) == NULL)
        return false;
    if (asprintf(&options, "%s:dir=%s:unwatched=%s:keep=always:log=none:on_deadlock=exit:exitcode=%s%s%s",
                 theirs == NULL ? "" : theirs, r->folder, r->unwatched, r->exitcode, given ? ":suppressions=" : "",
                 patterns) < 0)
        return false;
    bool good = setenv("LOCKWATCH_OPTIONS", options + (options[0] == ':'), 1) == 0;
    free(options);
    return good && prepend("LD_PRELOAD", library, ':');
}

/*
 * The file that processes which are not watched append to. A process of root may have given up root's rights: so that
 * it still reaches the file, our folder may be searched by all, though not read, and the file's name cannot be guessed.
 */
static bool make_unwatched(struct run *r)
{
    uint64_t secret[2];
    if (getrandom(secret, sizeof secret, 0) != sizeof secret)
        return false;
    snprintf(r->unwatched, sizeof r->unwatched, "%s/unwatched.%016" PRIx64 "%016" PRIx64, r->place, secret[0],
             secret[1]);
    return (geteuid() != 0 || chmod(r->place, 0711) == 0) && unwatched_begin(r->unwatched);
}

/* NULL: all is there. Else the name of what could not be created, with errno. */
static const char *arrange(struct run *r)
{
    if (!make_unwatched(r))
        return r->place;
    if (!find_folder(r))
        return r->records;
    const char *named = run_library_name(&r->library, r->place);
    return named == NULL ? "a link to the library" : set_environment(r, named) ? NULL : "the environment";
}

static void clean(struct run *r);

/* STATUS_CLEAN: all is there. */
static int prepare(struct run *r, const char *program)
{
    if (!run_library_find(&r->library, program))
        return cmd_wrong("run", "there is no liblockwatch.so, neither beside this program nor in ../lib");
    for (unsigned i = 0; i < 2; i++) {
        const char *path = i == 0 ? r->records : r->suppressions.path;
        if (path != NULL && strchr(path, ':') != NULL)
            return cmd_wrong("run", "%s: a path with a colon cannot be given to the library", path);
    }
    if (!make_place(r))
        return cmd_failed("run", "/tmp",
                          "no folder can be made there for records; set TMPDIR to one where it can, without a colon or "
                          "space in its path");
    const char *missing = arrange(r);
    if (missing == NULL)
        return STATUS_CLEAN;
    cmd_wrong("run", "%s: %s", missing, strerror(errno));
    clean(r);
    return STATUS_USAGE;
}

/* --- meanwhile --- */

/* Of the program's records, and not those that were there before. */
static bool is_ours(const struct run *r, const char *path)
{
    for (int i = 0; i < r->befores; i++)
        if (strcmp(r->before[i], path) == 0)
            return false;
    return true;
}

/* What is known of the process of a record without reading it: whether it may run. */
static bool may_run(const char *path)
{
    struct record_header h;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool read = fd >= 0 && pread(fd, &h, sizeof h, 0) == sizeof h;
    if (fd >= 0)
        close(fd);
    return read && h.end == END_RUNNING && h.pid != 0 && kill((pid_t)h.pid, 0) == 0;
}

/* Calls `each` for every record of a process that may run. */
static void for_running(struct run *r, void (*each)(struct run *r, const char *path))
{
    char **path;
    int count = folder_records(r->folder, &path);
    for (int i = 0; i < count; i++)
        if (is_ours(r, path[i]) && may_run(path[i]))
            each(r, path[i]);
    if (count >= 0)
        folder_free(path, count);
}

static void look_at(struct run *r, const char *path)
{
    struct record_file file;
    (void)r;
    if (record_open(&file, path) && liveness_runs(&file.record)) {
        liveness_look(&file.record, opened_clock(&file.record));
        if (liveness_stays(&file.record)) /* threads that are being killed do nothing: what they did before counts */
            liveness_keep(&file, path);
    }
    record_close(&file);
}

static uint64_t milliseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* What the threads of all processes do, for whoever judges their records. It may take 2 % of the time. */
static unsigned look(void *context)
{
    enum { SECOND = 1000, SHARE = 50, LONGEST = 60 * SECOND };
    uint64_t before = milliseconds();
    for_running(context, look_at);
    uint64_t pause = (milliseconds() - before) * SHARE;
    return pause < SECOND ? SECOND : pause > LONGEST ? LONGEST : (unsigned)pause;
}

static struct output printed(const struct run *r)
{
    return (struct output){
        .write = cmd_write, .context = stderr, .width = output_width(STDERR_FILENO), .sources = r->outputs.out.sources};
}

static void tell(struct run *r, const char *path)
{
    const struct output out = printed(r);
    struct opened_record view;
    struct text_writer writer;
    bool opened = cmd_open_asked(&view, path, true), reported = false;
    if (opened)
        text_writer_begin(&writer, &view, &out);
    for (size_t i = 0; opened && i < view.findings.count; i++) {
        const struct finding *f = &view.findings.item[i];
        bool stands = f->kind == FINDING_DEADLOCK ? f->severity >= SEVERITY_WARNING
                                                  : f->kind == FINDING_STALL && f->severity >= r->stalls;
        reported |= stands;
        if (stands && !baseline_has(outputs_baseline(&r->outputs), &view, f) &&
            identities_add(&r->early, identity_of(&view, f), f->severity))
            log_finding(&writer.story, f);
    }
    if (opened && r->late && !reported) {
        log_who(&writer.story);
        story_text(&writer.story, "its threads:\n");
        threads_rows(&writer.story, &view);
    }
    opened_record_close(&view);
}

/* A report at the end of a run does not wait for the network. The program itself keeps the variable. */
static void ask_no_server(void)
{
    unsetenv("DEBUGINFOD_URLS");
}

/* The program is about to be ended. */
static void ending(void *context, bool late)
{
    struct run *r = context;
    const struct output out = {.write = cmd_write, .context = stderr};
    struct story s = {.context = out.context, .write = out.write};
    r->late = late; /* it should have ended: then also what may be idle, and what goes on */
    r->stalls = late ? SEVERITY_NOTE : SEVERITY_WARNING;
    if (late) {
        story_text(&s, "lockwatch: ");
        story_name(&s, r->program);
        story_format(&s, " has not ended within %g s\n", (double)r->limit / 1e9);
    }
    ask_no_server();
    for_running(r, look_at);
    for_running(r, tell);
    fflush(stderr);
}

/* --- after --- */

struct summary {
    struct run *run;
    unsigned known; /* findings that the baseline has */
    struct output out;
    struct tally tally;
    struct set reported; /* identities */
    struct unwatched unwatched;
    unsigned processes; /* with something to report */
    bool asked;         /* the program was ended as it did not end by itself */
};

/* A process that was killed while it created its record has written nothing into it. */
static bool is_begun(const char *path)
{
    char first = 0;
    FILE *file = fopen(path, "re");
    bool begun = file != NULL && fread(&first, 1, 1, file) == 1 && first != 0;
    if (file != NULL)
        fclose(file);
    return begun;
}

/* The library logs this too, but not where the user of `run` sees it. */
static void print_gaps(struct story *s, bool cut)
{
    if ((s->record->header->incomplete & ~(uint32_t)INCOMPLETE_STACKS) != 0) {
        log_who(s);
        story_text(s, "its record is not complete\n");
        text_gaps(s, s->record);
    }
    if (cut) {
        log_who(s);
        story_text(s, "there are more orders of locks than could be looked at\n");
    }
}

/* What is the same in several processes is reported once. */
static void print_findings(struct summary *t, struct opened_record *view)
{
    enum finding_severity least = t->run->fail_on < SEVERITY_WARNING ? t->run->fail_on : SEVERITY_WARNING;
    struct text_writer writer;
    bool any = false, printed = false;
    t->tally.suppressed += (unsigned)view->findings.suppressed;
    text_writer_begin(&writer, view, &t->out);
    print_gaps(&writer.story, view->findings.cut);
    for (size_t i = 0; i < view->findings.count; i++) {
        const struct finding *f = &view->findings.item[i];
        bool known = baseline_has(outputs_baseline(&t->run->outputs), view, f);
        uint64_t id = identity_of(view, f);
        any |= f->severity >= least && !known;
        if (!identities_add(&t->reported, id, f->severity))
            continue;
        t->known += known;
        if (known)
            continue;
        tally_add(&t->tally, f);
        if (f->severity < least || identities_has(&t->run->early, id, f->severity))
            continue;
        log_finding(&writer.story, f);
        printed = true;
    }
    if (printed)
        log_without_lines(&writer.story);
    t->processes += any;
}

static void print_record(struct summary *t, const char *path)
{
    struct opened_record view;
    if (!is_ours(t->run, path))
        return;
    if (cmd_open_asked(&view, path, t->asked)) {
        print_findings(t, &view);
        outputs_add(&t->run->outputs, &view);
    } else if (is_begun(path)) {
        cmd_refused(path, view.file.error);
    }
    opened_record_close(&view);
}

static void print_total(struct summary *t)
{
    struct story s = {.context = t->out.context, .write = t->out.write};
    if (t->processes == 0 && t->tally.suppressed == 0 && t->known == 0)
        return;
    if (t->run->records != NULL && t->processes != 0)
        fprintf(stderr, "lockwatch: the records: %s\n", t->run->folder);
    bool none = tally_from(&t->tally, SEVERITY_NOTE) == 0 && t->tally.suppressed == 0;
    story_text(&s, none ? "lockwatch: nothing new" : "lockwatch: ");
    tally_tell(&s, &t->tally);
    if (t->known != 0)
        story_format(&s, ", %u known", t->known);
    if (t->processes > 1)
        story_format(&s, " in %u processes", t->processes);
    story_text(&s, "\n");
}

/* Like a shell, it does not report SIGINT and SIGPIPE. */
static void print_death(const struct summary *t, const char *program, int number)
{
    struct story s = {.context = t->out.context, .write = t->out.write};
    const char *word = signal_name(number);
    if (number == 0 || (t->processes == 0 && (number == SIGINT || number == SIGPIPE)))
        return;
    story_text(&s, "lockwatch: ");
    story_name(&s, program);
    if (word != NULL)
        story_format(&s, " was killed by SIG%s (signal %d)\n", word, number);
    else
        story_format(&s, " was killed by signal %d\n", number);
}

/* `why`: the program itself is not watched, or NULL. */
static void print_unwatched(struct summary *t, const char *program, const char *why)
{
    struct story s = {.context = t->out.context, .write = t->out.write};
    if (why != NULL)
        unwatched_add(&t->unwatched, program, why, 1);
    unwatched_read(&t->unwatched, t->run->unwatched);
    if (t->unwatched.none_watched && t->unwatched.count == 0)
        unwatched_add(&t->unwatched, program, "liblockwatch.so did not start in it", 1);
    if (t->unwatched.count == 0)
        return;
    unsigned missed = (unsigned)unwatched_times(&t->unwatched);
    story_format(&s, "lockwatch: watched %u of %u process%s; ", t->unwatched.watched, t->unwatched.watched + missed,
                 t->unwatched.watched + missed == 1 ? "" : "es");
    unwatched_print(&s, &t->unwatched);
    story_text(&s, "\n");
}

static void add_unwatched(void *context, const char *path, const char *why, long times)
{
    outputs_unwatched(context, path, why, times);
}

/* Prints everything, and gives the status to exit with, 0 for the program's own. */
static int summarise(struct run *r, const char *program, const char *why, const struct run_child_end *end)
{
    struct summary t = {.run = r, .out = printed(r), .reported = IDENTITIES, .asked = end->asked};
    char **path;
    int count = folder_records(r->folder, &path);
    for (int i = 0; i < count; i++)
        print_record(&t, path[i]);
    folder_free(path, count);
    print_death(&t, program, end->signal);
    print_total(&t);
    print_unwatched(&t, program, why);
    unwatched_each(&t.unwatched, add_unwatched, &r->outputs);
    if (why == NULL && !t.unwatched.none_watched)
        outputs_main(&r->outputs, program, end);
    bool written = outputs_write(&r->outputs) == STATUS_CLEAN;
    int status = r->require_watched && t.unwatched.count != 0 ? STATUS_UNWATCHED : 0;
    if (tally_from(&t.tally, r->fail_on) > 0)
        status = (int)strtol(r->exitcode, NULL, 10);
    unwatched_end(&t.unwatched);
    set_free(&t.reported);
    return written || status != 0 ? status : STATUS_USAGE;
}

/* A process that goes on may make another record meanwhile: then our folder stays. */
static void clean(struct run *r)
{
    char **path;
    int count = r->records == NULL ? folder_records(r->folder, &path) : -1;
    for (int i = 0; i < count; i++)
        unlink(path[i]);
    if (count >= 0)
        folder_free(path, count);
    folder_free(r->before, r->befores);
    unlink(r->unwatched);
    run_library_end(&r->library);
    if (rmdir(r->place) != 0)
        fprintf(stderr, "lockwatch: %s: %s\n", r->place, strerror(errno));
}

int cmd_run(int argc, char **argv)
{
    struct run r = {.fail_on = SEVERITY_WARNING, .exitcode = "66", .early = IDENTITIES, .outputs = {.command = "run"}};
    static char buffer[1 << 16];
    int status = STATUS_CLEAN;
    if (!read_options(&r, argc, argv, &status) || (status = prepare(&r, argv[optind])) != STATUS_CLEAN)
        return status;
    const char *program = r.program = argv[optind];
    const char *why = run_library_objection(&r.library, program);
    const struct run_child_watch watch = {.limit = r.limit, .look = look, .ending = ending, .context = &r};
    struct run_child_end end = run_child(argv + optind, &watch);
    run_child_over();
    ask_no_server();
    setvbuf(stderr, buffer, _IOFBF, sizeof buffer);
    if (end.error != 0) {
        fprintf(stderr, "lockwatch run: %s: %s\n", program, strerror(end.error));
        end.status = end.error == ENOENT ? 127 : 126;
    } else {
        status = summarise(&r, program, why, &end);
    }
    clean(&r);
    outputs_end(&r.outputs);
    set_free(&r.early);
    fflush(stderr);
    if (status != 0)
        return status;
    run_child_follow(&end);
}
