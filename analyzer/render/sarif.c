/*
 * SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), with what GitHub's code scanning asks for: all
 * four numbers of a region, one location a result, and the fingerprint that it compares results by.
 */
#include "analyzer/document.h"
#include "analyzer/render/field.h"
#include "analyzer/render/kinds.h"
#include "analyzer/render/render.h"
#include "analyzer/render/snippet.h"
#include "analyzer/signal_name.h"

#include <stdio.h>
#include <stdlib.h>

enum { RUNS_MOST = 100, THREADS_MOST = 100, STEPS_MOST = 100, FRAMES_MOST = 50, RELATED_MOST = 100 };

static json_t *message(const char *text)
{
    return json_pack("{ss}", "text", text);
}

/* --- places --- */

/* A path as part of a URI (RFC 3986). */
static char *escaped(const char *path)
{
    char *uri = malloc(strlen(path) * 3 + 1), *to = uri;
    for (; uri != NULL && *path != 0; path++) {
        unsigned char c = (unsigned char)*path;
        if (field_plain(c) || strchr("-._~/", c) != NULL)
            *to++ = (char)c;
        else
            to += sprintf(to, "%%%02X", c);
    }
    if (uri != NULL)
        *to = 0;
    return uri;
}

static json_t *folder_uri(const char *path)
{
    char *part = escaped(path), *whole = part == NULL ? NULL : field_format("file://%s/", part);
    json_t *uri = json_pack("{ss*}", "uri", whole);
    free(part);
    free(whole);
    return uri;
}

static json_t *physical(const struct place *p)
{
    int line = (int)p->line, column = p->column == 0 ? 1 : (int)p->column;
    char *uri = escaped(p->path);
    json_t *all =
        json_pack("{s{ss*,ss},s{si,si,si,si}}", "artifactLocation", "uri", uri, "uriBaseId", "SRCROOT", "region",
                  "startLine", line, "startColumn", column, "endLine", line, "endColumn", column + 1);
    free(uri);
    return all;
}

/* A frame: its place if that is below the root, and its function. */
static json_t *frame_location(const char *root, const json_t *frame)
{
    struct place p;
    json_t *all = json_object();
    if (place_of(&p, root, frame))
        json_object_set_new(all, "physicalLocation", physical(&p));
    place_free(&p);
    const char *name = field_text(frame, "function");
    char *bare = name[0] == 0 ? field_format("%s+%s", field_text(frame, "module"), field_text(frame, "offset")) : NULL;
    json_object_set_new(all, "logicalLocations",
                        json_pack("[{ss*,ss}]", "fullyQualifiedName", bare != NULL ? bare : name, "kind", "function"));
    free(bare);
    return all;
}

/* Where a stack is of interest: its innermost frame below the root, else its innermost one. */
static json_t *stack_location(const char *root, const json_t *stack)
{
    const json_t *frame = place_frame(root, stack);
    if (frame == NULL)
        frame = json_array_get(stack, 0);
    return frame == NULL ? json_object() : frame_location(root, frame);
}

static json_t *stack_frames(const char *root, const json_t *stack)
{
    json_t *frames = json_array(), *frame;
    size_t i;
    json_array_foreach(stack, i, frame)
    {
        if (i < FRAMES_MOST)
            json_array_append_new(frames, json_pack("{so,ss}", "location", frame_location(root, frame), "module",
                                                    field_text(frame, "module")));
    }
    return json_pack("{so}", "frames", frames);
}

/* Where nothing of a finding is below the root: the program. */
static json_t *program_location(const char *root, const json_t *finding)
{
    const char *path = field_text(finding, "executable");
    size_t size = strlen(root);
    bool below = strncmp(path, root, size) == 0 && path[size] == '/';
    char *part = escaped(below ? path + size + 1 : path);
    char *uri = part == NULL ? NULL : field_format("%s%s", below ? "" : "file://", part);
    json_t *artifact = json_pack("{ss*}", "uri", path[0] == 0 ? "unknown" : uri);
    if (below)
        json_object_set_new(artifact, "uriBaseId", json_string("SRCROOT"));
    free(part);
    free(uri);
    return json_pack("{so,s{si,si,si,si}}", "artifactLocation", artifact, "region", "startLine", 1, "startColumn", 1,
                     "endLine", 1, "endColumn", 2);
}

static json_t *main_location(const char *root, const json_t *finding)
{
    struct place p;
    const json_t *frame = json_object_get(finding, "location");
    json_t *all = json_is_object(frame) ? frame_location(root, frame) : json_object();
    bool there = place_of_finding(&p, root, finding);
    json_object_set_new(all, "physicalLocation", there ? physical(&p) : program_location(root, finding));
    place_free(&p);
    return all;
}

/* --- what the threads did --- */

/* One step of a thread: an acquisition, or what it waits for. */
struct step {
    const json_t *thread, *stack, *lock;
    bool waits;
};

static char *step_words(const json_t *finding, const struct step *s)
{
    char *thread = field_thread(s->thread), *lock = field_lock_words(finding, s->lock);
    char *words =
        thread == NULL || lock == NULL ? NULL : field_format("%s %s %s", thread, s->waits ? "wants" : "acquired", lock);
    free(thread);
    free(lock);
    return words;
}

/* Those of a thread, in the order of time: what it holds, the outermost lock first, and its wait. */
static size_t steps_of(const json_t *thread, struct step *step)
{
    const json_t *holds = json_object_get(thread, "holds"), *wait = json_object_get(thread, "waits");
    size_t count = 0;
    for (size_t i = json_array_size(holds); i-- > 0 && count < STEPS_MOST;) {
        const json_t *hold = json_array_get(holds, i);
        step[count++] = (struct step){thread, json_object_get(hold, "stack"), json_object_get(hold, "lock"), false};
    }
    if (json_is_object(wait))
        step[count++] = (struct step){thread, json_object_get(wait, "stack"), json_object_get(wait, "lock"), true};
    return count;
}

static json_t *thread_flow(const char *root, const json_t *finding, const json_t *thread)
{
    struct step step[STEPS_MOST + 1];
    size_t count = steps_of(thread, step);
    json_t *locations = json_array();
    char *id = field_format("T%lld", (long long)field_number(thread, "id"));
    for (size_t i = 0; i < count; i++) {
        char *words = step_words(finding, &step[i]);
        json_t *location = stack_location(root, step[i].stack);
        json_object_set_new(location, "message", message(words == NULL ? "" : words));
        json_array_append_new(locations, json_pack("{so,so,si,s[ss]}", "location", location, "stack",
                                                   stack_frames(root, step[i].stack), "nestingLevel", (int)i, "kinds",
                                                   step[i].waits ? "enter" : "acquire", "lock"));
        free(words);
    }
    json_t *flow = count == 0 ? NULL : json_pack("{ss*,so}", "id", id, "locations", locations);
    if (flow == NULL)
        json_decref(locations);
    free(id);
    return flow;
}

static json_t *code_flows(const char *root, const json_t *finding)
{
    json_t *flows = json_array(), *thread;
    size_t i;
    json_array_foreach(json_object_get(finding, "threads"), i, thread)
    {
        json_t *flow = i < THREADS_MOST ? thread_flow(root, finding, thread) : NULL;
        if (flow != NULL)
            json_array_append_new(flows, flow);
    }
    return json_array_size(flows) == 0 ? (json_decref(flows), json_array()) : json_pack("[{so}]", "threadFlows", flows);
}

/* "](" would end a link: such names are shown with a space between. */
static char *without_links(char *text)
{
    for (char *at = text; at != NULL && (at = strstr(at, "](")) != NULL; at++)
        *at = '}';
    return text;
}

/* The places one by one, and the text that leads to them: a sentence a thread. */
static json_t *related(const char *root, const json_t *finding, char **text)
{
    json_t *all = json_array(), *thread;
    size_t i, size;
    FILE *out = open_memstream(text, &size);
    if (out == NULL)
        return all;
    char *title = without_links(strdup(field_text(finding, "title")));
    fprintf(out, "%s.", title == NULL ? "" : title);
    free(title);
    json_array_foreach(json_object_get(finding, "threads"), i, thread)
    {
        struct step step[STEPS_MOST + 1];
        size_t count = steps_of(thread, step);
        char *name = without_links(field_thread(thread));
        for (size_t s = 0; s < count && json_array_size(all) < RELATED_MOST; s++) {
            char *words = step_words(finding, &step[s]), *lock = without_links(field_lock_words(finding, step[s].lock));
            json_t *location = stack_location(root, step[s].stack);
            bool there = json_object_get(location, "physicalLocation") != NULL;
            int id = (int)json_array_size(all) + 1;
            fprintf(out, s == 0 ? "\n%s" : ",", name == NULL ? "" : name);
            fprintf(out, there ? " [%s](%d) %s" : " %s", step[s].waits ? "wants" : "acquired", id, lock);
            if (!there)
                fprintf(out, " %s", lock == NULL ? "" : lock);
            json_object_set_new(location, "id", json_integer(id));
            json_object_set_new(location, "message", message(words == NULL ? "" : words));
            if (there)
                json_array_append(all, location);
            json_decref(location);
            free(words);
            free(lock);
        }
        fputs(count == 0 ? "" : ".", out);
        free(name);
    }
    char *advice = without_links(strdup(field_text(finding, "advice")));
    fprintf(out, "\nWhat to change: %s", advice == NULL ? "" : advice);
    free(advice);
    fclose(out);
    return all;
}

/* --- results --- */

static json_t *result(const char *root, const json_t *finding, bool suppressed)
{
    char *text = NULL;
    const char *id = field_text(finding, "id"), *baseline = field_text(finding, "baseline");
    unsigned rule = kinds_find(field_text(finding, "kind"));
    json_t *places = related(root, finding, &text);
    char *hash = field_format("%s:1", id);
    json_t *all = json_pack("{ss,si,ss,so,s[o],so,so,s{ss*},s{ss},si,s{sO,sO,sO,sO}}", "ruleId", kinds_all[rule].kind,
                            "ruleIndex", (int)rule, "level", field_text(finding, "severity"), "message",
                            message(text == NULL ? "" : text), "locations", main_location(root, finding),
                            "relatedLocations", places, "codeFlows", code_flows(root, finding), "partialFingerprints",
                            "primaryLocationLineHash", hash, "fingerprints", "lockwatchFindingId/v1", id,
                            "occurrenceCount", (int)field_number(finding, "count"), "properties", "confidence",
                            json_object_get(finding, "confidence"), "reason", json_object_get(finding, "reason"),
                            "runs", json_object_get(finding, "runs"), "suppress", json_object_get(finding, "suppress"));
    if (suppressed)
        json_object_set_new(all, "suppressions", json_pack("[{ss}]", "kind", "external"));
    if (baseline[0] != 0)
        json_object_set_new(all, "baselineState", json_string(baseline));
    free(hash);
    free(text);
    return all;
}

/* What the baseline alone has: all that is known of it is its title. */
static json_t *absent(const json_t *finding)
{
    const char *kind = field_text(finding, "kind"), *title = field_text(finding, "title");
    unsigned rule = kinds_find(kind);
    return json_pack("{ss,si,ss,so,s{ss},ss}", "ruleId", kinds_all[rule].kind, "ruleIndex", (int)rule, "level",
                     field_text(finding, "severity"), "message", message(title[0] == 0 ? kind : title), "fingerprints",
                     "lockwatchFindingId/v1", field_text(finding, "id"), "baselineState", "absent");
}

/* Viewers that do not have the sources show what is quoted of them. */
static json_t *with_source(json_t *one, const struct output *out, const json_t *finding, uint64_t since)
{
    struct place p;
    const json_t *location = json_array_get(json_object_get(one, "locations"), 0);
    if (place_of_finding(&p, out->root, finding))
        snippet_add(json_object_get(location, "physicalLocation"), p.frame, out->sources, since);
    place_free(&p);
    return one;
}

static json_t *results(const struct output *out, const char *root, const json_t *report)
{
    uint64_t since = snippet_since(report);
    json_t *all = json_array(), *finding;
    size_t i;
    json_array_foreach(json_object_get(report, "findings"), i, finding)
    {
        json_array_append_new(all, with_source(result(root, finding, false), out, finding, since));
    }
    json_array_foreach(json_object_get(report, "suppressed_findings"), i, finding)
    {
        json_array_append_new(all, with_source(result(root, finding, true), out, finding, since));
    }
    json_array_foreach(json_object_get(report, "absent"), i, finding)
    {
        json_array_append_new(all, absent(finding));
    }
    return all;
}

/* --- the tool and its runs --- */

static json_t *rules(void)
{
    json_t *all = json_array();
    for (const struct kind_text *k = kinds_all; k->kind != NULL; k++) {
        char *markdown = field_format("%s\n\n**What to do:** %s", k->full, k->help);
        json_array_append_new(all, json_pack("{ss,ss,s{ss},s{ss},s{ss,ss*},s{ss},s{s[ss],ss,ss}}", "id", k->kind,
                                             "name", k->name, "shortDescription", "text", k->brief, "fullDescription",
                                             "text", k->full, "help", "text", k->help, "markdown", markdown,
                                             "defaultConfiguration", "level", k->severity, "properties", "tags",
                                             "concurrency", "deadlock", "precision", k->precision, "problem.severity",
                                             strcmp(k->severity, "note") == 0 ? "recommendation" : k->severity));
        free(markdown);
    }
    return all;
}

static json_t *driver(const json_t *report)
{
    return json_pack("{ss,ss,so,s[{ss,s{ss}},{ss,s{ss}}]}", "name", "lockwatch", "semanticVersion",
                     field_text(json_object_get(report, "tool"), "version"), "rules", rules(), "notifications", "id",
                     "not-watched", "shortDescription", "text", "A program could not be watched.", "id", "incomplete",
                     "shortDescription", "text", "Something is missing in a record.");
}

static json_t *notification(const char *id, char *text)
{
    json_t *all = json_pack("{s{ss},ss,so}", "descriptor", "id", id, "level", "warning", "message",
                            message(text == NULL ? "" : text));
    free(text);
    return all;
}

static void set_end(json_t *invocation, const char *end)
{
    int number;
    if (sscanf(end, "exit %d", &number) == 1)
        json_object_set_new(invocation, "exitCode", json_integer(number));
    if (sscanf(end, "signal %d", &number) != 1)
        return;
    const char *word = signal_name(number);
    char *name = word == NULL ? field_format("%d", number) : field_format("SIG%s", word);
    json_object_set_new(invocation, "exitSignalNumber", json_integer(number));
    json_object_set_new(invocation, "exitSignalName", json_string(name));
    free(name);
}

static json_t *invocation(const json_t *run)
{
    const json_t *process = json_object_get(run, "process");
    const char *cwd = field_text(process, "cwd"), *started = field_text(process, "started"),
               *ended = field_text(process, "ended"), *host = field_text(process, "host");
    bool complete = !json_is_false(json_object_get(process, "complete"));
    json_t *notes = json_array();
    if (!complete)
        json_array_append_new(notes, notification("incomplete", field_format("The record of %s is not complete.",
                                                                             field_text(run, "record"))));
    json_t *all = json_pack("{sb,so}", "executionSuccessful", 1, "toolExecutionNotifications", notes);
    if (json_is_array(json_object_get(process, "arguments")))
        json_object_set(all, "arguments", json_object_get(process, "arguments"));
    if (json_is_integer(json_object_get(process, "pid")))
        json_object_set(all, "processId", json_object_get(process, "pid"));
    json_object_set_new(all, "workingDirectory", cwd[0] == '/' ? folder_uri(cwd) : NULL);
    json_object_set_new(all, "startTimeUtc", started[0] == 0 ? NULL : json_string(started));
    json_object_set_new(all, "endTimeUtc", ended[0] == 0 ? NULL : json_string(ended));
    json_object_set_new(all, "machine", host[0] == 0 ? NULL : json_string(host));
    set_end(all, field_text(process, "end"));
    return all;
}

static json_t *invocations(const json_t *report)
{
    json_t *all = json_array(), *one;
    size_t i;
    json_array_foreach(json_object_get(report, "runs"), i, one)
    {
        if (i < RUNS_MOST)
            json_array_append_new(all, invocation(one));
    }
    if (json_array_size(all) == 0) /* nothing was watched */
        json_array_append_new(all, json_pack("{sb,s[]}", "executionSuccessful", 1, "toolExecutionNotifications"));
    json_t *notes = json_object_get(json_array_get(all, 0), "toolExecutionNotifications");
    json_array_foreach(json_object_get(report, "unwatched"), i, one)
    {
        json_array_append_new(
            notes, notification("not-watched", field_format("Not watched: %s (%s).", field_text(one, "program"),
                                                            field_text(one, "reason"))));
    }
    return all;
}

static json_t *category(const struct output *out, const json_t *report)
{
    const char *path =
        field_text(json_object_get(json_array_get(json_object_get(report, "runs"), 0), "process"), "executable");
    const char *slash = strrchr(path, '/'), *name = out->category;
    if (name == NULL)
        name = slash == NULL ? path : slash + 1;
    char *id = field_format("lockwatch/%s/", name[0] == 0 ? "all" : name);
    json_t *all = json_pack("{ss*}", "id", id);
    free(id);
    return all;
}

static void write_report(const struct output *out, const json_t *report)
{
    const char *root = out->root == NULL ? "" : out->root;
    json_t *all =
        json_pack("{ss,ss,s[{s{so},ss,s{so},so,so,so}]}", "$schema", "https://json.schemastore.org/sarif-2.1.0.json",
                  "version", "2.1.0", "runs", "tool", "driver", driver(report), "columnKind", "utf16CodeUnits",
                  "originalUriBaseIds", "SRCROOT", folder_uri(root), "invocations", invocations(report),
                  "automationDetails", category(out, report), "results", results(out, root, report));
    document_dump(all, out);
    field_print_raw(out, "\n");
    json_decref(all);
}

const struct format sarif_format = {.name = "sarif", .whole = write_report};
