#include "analyzer/commands/cmd.h"
#include "analyzer/facts/facts.h"
#include "analyzer/watch/lines.h"
#include "analyzer/watch/screen.h"

#include <ctype.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] = "Usage: lockwatch watch [OPTION...] PID|RECORD|DIR\n"
                           "Shows, while a watched program runs, which thread waits for what, for how long,\n"
                           "and what it holds; the locks that most threads wait for; and findings as they\n"
                           "come. On a terminal it is a table that changes (? for the keys), else a line is\n"
                           "written for each wait that lasts, each finding and each end. Of DIR all\n"
                           "processes are shown that run and leave their records there. The program is\n"
                           "neither stopped nor traced: only its record is read.\n"
                           "\n"
                           "  -n, --interval=SECONDS  look every so many seconds (1; 0.1 at least)\n"
                           "  --once                  write the table once, and end\n"
                           "  --format=json           with --once: as JSON, like report; of DIR a report of\n"
                           "                          all its processes\n"
                           "  --fail-on=SEVERITY      exit with 1 on findings of error, warning (the\n"
                           "                          default) or note, and above\n"
                           "  --suppressions=FILE     leave out what a line KIND:GLOB of FILE covers, as\n"
                           "                          report does\n"
                           "\n"
                           "Exit status: 0 the program has ended, or q was pressed, and nothing was found;\n"
                           "1 findings; 2 wrong usage, or no such process; 3 a record that cannot be read.\n";

struct watch_options {
    bool once, json;
    int interval; /* milliseconds */
    enum finding_severity fail_on;
    struct suppressions suppressions;
};

static bool read_interval(const char *text, int *milliseconds)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != 0 || !(seconds >= 0.1 && seconds <= 3600))
        return false;
    *milliseconds = (int)(seconds * 1000);
    return true;
}

/* False: end with *status. */
static bool read_options(struct watch_options *o, int argc, char **argv, int *status)
{
    static const struct option options[] = {{"interval", required_argument, NULL, 'n'},
                                            {"once", no_argument, NULL, '1'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"fail-on", required_argument, NULL, 's'},
                                            {"suppressions", required_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option, end = -1;
    *o = (struct watch_options){.interval = 1000, .fail_on = SEVERITY_WARNING};
    opterr = 0;
    while (end < 0 && (option = getopt_long(argc, argv, ":n:h", options, NULL)) != -1) {
        if (option == 'n')
            end = read_interval(optarg, &o->interval) ? -1
                                                      : cmd_wrong("watch", "'%s' is no time from 0.1 to 3600", optarg);
        else if (option == '1')
            o->once = true;
        else if (option == 'f' && (strcmp(optarg, "json") == 0 || strcmp(optarg, "text") == 0))
            o->json = optarg[0] == 'j';
        else if (option == 'f')
            end = cmd_wrong("watch", "unknown format '%s'", optarg);
        else if (option == 's')
            end = cmd_severity(optarg, &o->fail_on) ? -1 : cmd_wrong("watch", "unknown severity '%s'", optarg);
        else if (option == 'p')
            end = cmd_suppressions("watch", optarg, &o->suppressions) == STATUS_CLEAN ? -1 : STATUS_USAGE;
        else if (option == 'h')
            end = fputs(help, stdout) < 0 ? STATUS_USAGE : STATUS_CLEAN;
        else
            end = cmd_wrong_option("watch", option, argv);
    }
    if (end < 0 && optind + 1 != argc)
        end = cmd_wrong("watch", optind == argc ? "a process, a record or a folder is missing" : "wants one of them");
    else if (end < 0 && o->json && !o->once)
        end = cmd_wrong("watch", "--format=json wants --once");
    *status = end;
    return end < 0;
}

static bool open_record(void *context, struct opened_record *v, const char *path)
{
    return cmd_open(v, path, context);
}

static bool is_number(const char *text)
{
    return text[0] != 0 && strlen(text) < 10 && strspn(text, "0123456789") == strlen(text);
}

/* --- without a screen --- */

static volatile sig_atomic_t ended;

static void note_end(int number)
{
    ended = number;
}

static void write_flushed(void *stream, const char *text, size_t size)
{
    cmd_write(stream, text, size);
    fflush(stream);
}

static void write_lines(struct session *s, int interval)
{
    struct output out = {.write = write_flushed, .context = stdout};
    struct sigaction action = {.sa_handler = note_end};
    sigaction(SIGINT, &action, NULL);
    for (;;) {
        lines_write(s, &out);
        if (ended != 0 || ferror(stdout) || session_over(s))
            return;
        struct pollfd reader = {.fd = STDOUT_FILENO}; /* ended by who reads it */
        if (poll(&reader, 1, session_pause(s, interval)) > 0 && (reader.revents & (POLLERR | POLLNVAL)) != 0)
            return;
        session_look(s);
    }
}

static void write_json(struct session *s)
{
    struct output out = {.write = cmd_write, .context = stdout};
    struct facts facts;
    facts_begin(&facts, NULL);
    for (size_t i = 0; i < s->count; i++)
        facts_add(&facts, s->item[i]->watched.view);
    json_t *report = facts_report(&facts);
    json_format.whole(&out, report);
    json_decref(report);
    facts_end(&facts);
}

/* --- the command --- */

static void show(struct session *s, const struct watch_options *o, int *by)
{
    struct output out = {.write = cmd_write, .context = stdout};
    bool screen = false;
    if (o->json) {
        write_json(s);
    } else if (o->once) {
        lines_table(s, &out);
    } else {
        screen = screen_possible() && screen_run(s, o->interval, by);
        if (!screen)
            write_lines(s, o->interval);
    }
    if (screen && session_over(s))
        lines_table(s, &out); /* the last one stays */
}

int cmd_watch(int argc, char **argv)
{
    struct watch_options o;
    struct session s;
    int status, by = 0;
    char error[200], *record = NULL;
    if (!read_options(&o, argc, argv, &status))
        return status;
    const char *what = argv[optind];
    if (is_number(what) && access(what, F_OK) != 0 && (record = watched_record_of((unsigned)atoi(what), error)) == NULL)
        return cmd_failed("watch", what, error);
    struct watched_how how = {open_record, &o.suppressions};
    if (session_begin(&s, record != NULL ? record : what, &how, o.fail_on)) {
        show(&s, &o, &by);
        status = s.found ? STATUS_FOUND : STATUS_CLEAN;
    } else {
        status = cmd_refused(record != NULL ? record : what, s.error);
    }
    session_end(&s);
    suppressions_free(&o.suppressions);
    free(record);
    if (by != 0) {
        signal(by, SIG_DFL);
        raise(by);
    }
    return status;
}
