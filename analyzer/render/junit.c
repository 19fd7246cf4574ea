/*
 * JUnit XML, as the strictest reader of it that is in use takes it (Jenkins' xunit plugin): a suite a program, in it a
 * case a finding, and always one that there was no deadlock, as an empty report is none.
 *
 * GitLab takes the first only of two cases with one name, and may not show messages: the text of a failure stands
 * alone.
 */
#include "analyzer/render/field.h"
#include "analyzer/render/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum outcome { PASSED, SKIPPED, FAILED, BROKEN };

struct suite {
    const char *program;
    unsigned tests, failures, errors, skipped, runs, deadlocks;
    double seconds;
    char started[40];
    const char *host;
    const char *died; /* how a process of it ended, if that is an error */
    FILE *cases;      /* what is in it: to be written behind the numbers */
    char *text;
    size_t size;
    json_t *names; /* that cases of it have */
};

/* --- writing --- */

static void encode(char *code, char c)
{
    const char *entity = c == '&'    ? "&amp;"
                         : c == '<'  ? "&lt;"
                         : c == '>'  ? "&gt;"
                         : c == '"'  ? "&quot;"
                         : c == '\n' ? "&#10;"
                                     : NULL;
    if (entity != NULL)
        snprintf(code, FIELD_CODE, "%s", entity);
}

static void to_file(void *context, const char *text, size_t size)
{
    fwrite(text, 1, size, context);
}

static void put(FILE *file, const char *text)
{
    const struct output out = {.write = to_file, .context = file};
    field_print(&out, text, encode);
}

static void put_attribute(FILE *file, const char *name, const char *text)
{
    fprintf(file, " %s=\"", name);
    put(file, text);
    fputs("\"", file);
}

/* --- cases --- */

static void begin_case(struct suite *s, const char *name, const char *file_attribute, unsigned line)
{
    s->tests++;
    fputs("    <testcase", s->cases);
    fprintf(s->cases, " classname=\"lockwatch.");
    put(s->cases, s->program);
    fputs("\"", s->cases);
    put_attribute(s->cases, "name", name);
    if (file_attribute != NULL) {
        put_attribute(s->cases, "file", file_attribute);
        fprintf(s->cases, " line=\"%u\"", line);
    }
    fputs(">", s->cases);
}

static const char *begin_outcome(struct suite *s, enum outcome outcome, const char *type, const char *message)
{
    static const char *const elements[] = {[SKIPPED] = "skipped", [FAILED] = "failure", [BROKEN] = "error"};
    s->skipped += outcome == SKIPPED;
    s->failures += outcome == FAILED;
    s->errors += outcome == BROKEN;
    fprintf(s->cases, "<%s", elements[outcome]);
    put_attribute(s->cases, "type", type);
    put_attribute(s->cases, "message", message);
    fputs(">", s->cases);
    return elements[outcome];
}

static void whole_case(struct suite *s, const char *name, enum outcome outcome, const char *type, const char *message)
{
    begin_case(s, name, NULL, 0);
    if (outcome != PASSED) {
        const char *element = begin_outcome(s, outcome, type, message);
        put(s->cases, message);
        fprintf(s->cases, "</%s>", element);
    }
    fputs("</testcase>\n", s->cases);
}

static void put_place(FILE *file, const char *root, const json_t *stack)
{
    struct place p;
    const json_t *frame = place_frame(root, stack);
    if (frame != NULL && place_of(&p, root, frame)) {
        fputs(" at ", file);
        put(file, p.path);
        fprintf(file, ":%u", p.line);
        place_free(&p);
        return;
    }
    if ((frame = json_array_get(stack, 0)) == NULL)
        return;
    fputs(" in ", file);
    put(file, field_text(frame, "function")[0] != 0 ? field_text(frame, "function") : field_text(frame, "module"));
}

static void put_step(FILE *file, const char *root, const json_t *finding, const json_t *part, const char *verb)
{
    char *lock = field_lock_words(finding, json_object_get(part, "lock"));
    fprintf(file, "  %s ", verb);
    put(file, lock == NULL ? "" : lock);
    put_place(file, root, json_object_get(part, "stack"));
    fputs("\n", file);
    free(lock);
}

static void put_thread(FILE *file, const char *root, const json_t *finding, const json_t *thread)
{
    json_t *hold;
    size_t i;
    char *name = field_thread(thread);
    put(file, name == NULL ? "" : name);
    fputs(":\n", file);
    free(name);
    json_array_foreach(json_object_get(thread, "holds"), i, hold)
    {
        put_step(file, root, finding, hold, "holds");
    }
    if (json_is_object(json_object_get(thread, "waits")))
        put_step(file, root, finding, json_object_get(thread, "waits"), "wants");
}

/* All of it that matters, as text. */
static void put_finding(FILE *file, const char *root, const json_t *finding)
{
    struct place p;
    json_t *thread;
    size_t i;
    fputs("\n", file);
    if (place_of_finding(&p, root, finding)) {
        put(file, p.path);
        fprintf(file, ":%u: ", p.line);
    }
    place_free(&p);
    put(file, field_text(finding, "severity"));
    fputs(": ", file);
    put(file, field_text(finding, "message"));
    fputs("\n", file);
    json_array_foreach(json_object_get(finding, "threads"), i, thread)
    {
        put_thread(file, root, finding, thread);
    }
    fputs("What to change: ", file);
    put(file, field_text(finding, "advice"));
    if (field_text(finding, "suppress")[0] != 0) {
        fputs("\nTo suppress it: ", file);
        put(file, field_text(finding, "suppress"));
    }
    fputs("\n", file);
}

static enum finding_severity severity_of(const json_t *finding)
{
    enum finding_severity s = SEVERITY_ERROR;
    while (s > SEVERITY_NOTE && !field_is(finding, "severity", finding_severity_word(s)))
        s--;
    return s;
}

static void finding_case(const struct output *out, struct suite *s, const json_t *finding, bool suppressed)
{
    struct place p;
    char *name = field_format("%s [%.8s]", field_text(finding, "title"), field_text(finding, "id"));
    bool counts = !suppressed && severity_of(finding) >= out->fail_on && !field_is(finding, "baseline", "unchanged");
    if (name == NULL || json_object_get(s->names, name) != NULL) {
        free(name);
        return;
    }
    json_object_set_new(s->names, name, json_true());
    bool there = out->file_attributes && place_of_finding(&p, out->root, finding);
    begin_case(s, name, there ? p.path : NULL, there ? p.line : 0);
    if (there)
        place_free(&p);
    s->deadlocks += counts && field_is(finding, "kind", "deadlock");
    const char *element = begin_outcome(s, counts ? FAILED : SKIPPED, field_text(finding, "kind"),
                                        suppressed ? "suppressed" : field_text(finding, "message"));
    put_finding(s->cases, out->root, finding);
    fprintf(s->cases, "</%s></testcase>\n", element);
    free(name);
}

/* --- suites --- */

/* Each stays where it is, as its stream keeps the addresses of two of its fields. */
struct suites {
    struct suite **suite;
    size_t count;
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    path = slash == NULL ? path : slash + 1;
    return path[0] == 0 ? "unknown" : path;
}

static struct suite *suite_of(struct suites *all, const char *program)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->suite[i]->program, program) == 0)
            return all->suite[i];
    struct suite **more = realloc(all->suite, (all->count + 1) * sizeof(struct suite *)), *s = malloc(sizeof *s);
    all->suite = more != NULL ? more : all->suite;
    if (s != NULL)
        *s = (struct suite){.program = program, .names = json_object(), .host = ""};
    if (more == NULL || s == NULL || (s->cases = open_memstream(&s->text, &s->size)) == NULL) {
        if (s != NULL)
            json_decref(s->names);
        free(s);
        return NULL;
    }
    return all->suite[all->count++] = s;
}

/* Seconds since 1970 of a time as reports have it; 0: none. */
static double seconds_of(const char *time)
{
    struct tm utc = {.tm_sec = 0};
    const char *rest = strptime(time, "%Y-%m-%dT%H:%M:%S", &utc);
    return rest == NULL ? 0 : (double)timegm(&utc) + strtod(rest, NULL);
}

static void add_run(struct suites *all, const json_t *run)
{
    const json_t *process = json_object_get(run, "process");
    const char *started = field_text(process, "started"), *end = field_text(process, "end");
    double from = seconds_of(started), to = seconds_of(field_text(process, "ended"));
    struct suite *s = suite_of(all, base_name(field_text(process, "executable")));
    if (s == NULL)
        return;
    if (s->runs++ == 0)
        snprintf(s->started, sizeof s->started, "%.19s", started);
    s->host = s->host[0] == 0 ? field_text(process, "host") : s->host;
    s->seconds += from > 0 && to > from ? to - from : 0;
    if (strncmp(end, "signal ", 7) == 0)
        s->died = end;
}

static void add_findings(struct suites *all, const struct output *out, const json_t *list, bool suppressed)
{
    json_t *finding;
    size_t i;
    json_array_foreach(list, i, finding)
    {
        struct suite *s = suite_of(all, base_name(field_text(finding, "executable")));
        if (s != NULL)
            finding_case(out, s, finding, suppressed);
    }
}

static void add_unwatched(struct suites *all, const json_t *report)
{
    json_t *one;
    size_t i;
    json_array_foreach(json_object_get(report, "unwatched"), i, one)
    {
        struct suite *s = suite_of(all, base_name(field_text(one, "program")));
        char *why = field_format("%s was not watched: %s", field_text(one, "program"), field_text(one, "reason"));
        if (s != NULL)
            whole_case(s, "is watched", BROKEN, "not-watched", why == NULL ? "" : why);
        free(why);
    }
}

/* Whether a finding of the suite is a deadlock that fails: that has a case of its own, so this one only points there.
 */
static void add_always(struct suite *s)
{
    char *name = field_format("no deadlock in %u run%s", s->runs, s->runs == 1 ? "" : "s");
    if (s->runs > 0 || s->tests == 0)
        whole_case(s, name == NULL ? "no deadlock" : name,
                   s->died != NULL    ? BROKEN
                   : s->deadlocks > 0 ? SKIPPED
                                      : PASSED,
                   s->died != NULL ? "crash" : "deadlock",
                   s->died != NULL ? s->died : "there is one, which has a case of its own");
    free(name);
}

static void end_suite(struct suite *s, const struct output *out, double *seconds)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fclose(s->cases);
    if (file != NULL) {
        fputs("  <testsuite", file);
        put_attribute(file, "name", s->program);
        fprintf(file, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" time=\"%.3f\"", s->tests, s->failures,
                s->errors, s->skipped, s->seconds);
        if (s->started[0] != 0)
            put_attribute(file, "timestamp", s->started);
        if (s->host[0] != 0)
            put_attribute(file, "hostname", s->host);
        fputs(">\n", file);
        fclose(file);
        field_print_raw(out, text);
    }
    out->write(out->context, s->text, s->size);
    field_print_raw(out, "  </testsuite>\n");
    *seconds += s->seconds;
    free(text);
    free(s->text);
    json_decref(s->names);
    free(s);
}

static void write_report(const struct output *out, const json_t *report)
{
    struct suites all = {.count = 0};
    struct suite sum = {.tests = 0};
    json_t *run;
    size_t i;
    double seconds = 0;
    json_array_foreach(json_object_get(report, "runs"), i, run)
    {
        add_run(&all, run);
    }
    add_findings(&all, out, json_object_get(report, "findings"), false);
    add_findings(&all, out, json_object_get(report, "suppressed_findings"), true);
    add_unwatched(&all, report);
    if (all.count == 0)
        suite_of(&all, "lockwatch");
    for (i = 0; i < all.count; i++) {
        const struct suite *s = all.suite[i];
        add_always(all.suite[i]);
        sum.tests += s->tests, sum.failures += s->failures, sum.errors += s->errors;
        sum.seconds += s->seconds;
    }
    char head[200];
    snprintf(head, sizeof head,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lockwatch\" tests=\"%u\" failures=\"%u\" "
             "errors=\"%u\" time=\"%.3f\">\n",
             sum.tests, sum.failures, sum.errors, sum.seconds);
    field_print_raw(out, head);
    for (i = 0; i < all.count; i++)
        end_suite(all.suite[i], out, &seconds);
    field_print_raw(out, "</testsuites>\n");
    free((void *)all.suite);
}

const struct format junit_format = {.name = "junit", .whole = write_report};
