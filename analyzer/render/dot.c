/*
 * Who waits for whom, for Graphviz: an ellipse a thread, a box a lock, a solid arrow from a lock to the thread that
 * holds it, a dashed one from a thread to what it wants. A cluster a finding. Every node has an id, so that a program
 * can find it in the SVG.
 */
#include "analyzer/render/field.h"
#include "analyzer/render/render.h"

#include <stdio.h>
#include <stdlib.h>

/* Inside of quotes, where a backslash begins an escape of Graphviz, such as \N for the node's name, and XML's entities
 * are known. */
static void encode_label(char *code, char c)
{
    const char *escape = c == '"' ? "\\\"" : c == '\\' ? "\\\\" : c == '&' ? "&amp;" : NULL;
    if (escape != NULL)
        snprintf(code, FIELD_CODE, "%s", escape);
}

static void print_number(const struct output *out, const char *format, size_t finding, json_int_t id)
{
    char text[120];
    // cppcheck-suppress wrongPrintfScanfArgNum ; not every format has all of them
    snprintf(text, sizeof text, format, finding, (long long)id, finding, (long long)id);
    field_print_raw(out, text);
}

static void print_node(const struct output *out, const char *format, size_t finding, json_int_t id, char *label)
{
    print_number(out, format, finding, id);
    field_print(out, label == NULL ? "?" : label, encode_label);
    field_print_raw(out, "\"];\n");
    free(label);
}

/* "forks.c:12", of the innermost frame that has a line and is the program's, as far as that shows. */
static void print_where(const struct output *out, const json_t *stack)
{
    const json_t *frame = place_frame(out->root, stack);
    json_t *other;
    size_t i;
    json_array_foreach(stack, i, other)
    {
        if (frame == NULL && field_number(other, "line") != 0)
            frame = other;
    }
    if (frame == NULL)
        return;
    const char *file = field_text(frame, "file"), *slash = strrchr(file, '/');
    char line[32];
    snprintf(line, sizeof line, ":%lld", (long long)field_number(frame, "line"));
    field_print_raw(out, "\\n");
    field_print(out, slash == NULL ? file : slash + 1, encode_label);
    field_print_raw(out, line);
}

static void print_edges(const struct output *out, size_t n, const json_t *thread)
{
    const json_t *wait = json_object_get(thread, "waits");
    json_int_t id = field_number(thread, "id");
    json_t *hold;
    size_t i;
    char node[160];
    json_array_foreach(json_object_get(thread, "holds"), i, hold)
    {
        if (!json_is_integer(json_object_get(hold, "lock")))
            continue;
        snprintf(node, sizeof node, "    lock_%zu_%lld -> thread_%zu_%lld [label=\"held", n,
                 (long long)field_number(hold, "lock"), n, (long long)id);
        field_print_raw(out, node);
        print_where(out, json_object_get(hold, "stack"));
        field_print_raw(out, "\"];\n");
    }
    if (!json_is_integer(json_object_get(wait, "lock")))
        return;
    snprintf(node, sizeof node, "    thread_%zu_%lld -> lock_%zu_%lld [style=dashed, label=\"wants", n, (long long)id,
             n, (long long)field_number(wait, "lock"));
    field_print_raw(out, node);
    print_where(out, json_object_get(wait, "stack"));
    field_print_raw(out, "\"];\n");
}

static void print_finding(const struct output *out, size_t n, const json_t *finding)
{
    json_t *one, *seen = json_object();
    size_t i;
    char key[32];
    print_number(out, "  subgraph cluster_%zu {\n    label=\"", n, 0);
    field_print(out, field_text(finding, "severity"), encode_label);
    field_print_raw(out, ": ");
    field_print(out, field_text(finding, "title"), encode_label);
    field_print_raw(out, "\";\n");
    json_array_foreach(json_object_get(finding, "locks"), i, one)
    {
        print_node(out, "    lock_%zu_%lld [shape=box, id=\"lock-%zu-%lld\", label=\"", n, field_number(one, "id"),
                   field_lock_words(finding, json_object_get(one, "id")));
    }
    json_array_foreach(json_object_get(finding, "threads"), i, one)
    {
        snprintf(key, sizeof key, "%lld", (long long)field_number(one, "id"));
        if (json_object_get(seen, key) == NULL)
            print_node(out, "    thread_%zu_%lld [shape=ellipse, id=\"thread-%zu-%lld\", label=\"", n,
                       field_number(one, "id"), field_thread(one));
        json_object_set_new(seen, key, json_true());
        print_edges(out, n, one);
    }
    field_print_raw(out, "  }\n");
    json_decref(seen);
}

static void write_report(const struct output *out, const json_t *report)
{
    json_t *finding;
    size_t i;
    field_print_raw(out, "digraph lockwatch {\n  charset=\"UTF-8\";\n  fontname=\"sans-serif\";\n"
                         "  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n");
    json_array_foreach(json_object_get(report, "findings"), i, finding)
    {
        print_finding(out, i + 1, finding);
    }
    field_print_raw(out, "}\n");
}

const struct format dot_format = {.name = "dot", .whole = write_report};
