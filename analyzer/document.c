#include "analyzer/document.h"

#include "report/printable.h"
#include "report/tally.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- its parts --- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static enum finding_severity severity_of(const json_t *finding)
{
    for (enum finding_severity s = SEVERITY_NOTE; s <= SEVERITY_ERROR; s++)
        if (strcmp(text_of(finding, "severity"), finding_severity_word(s)) == 0)
            return s;
    return 0;
}

/* Sixteen hexadecimal digits. */
static bool id_of(const json_t *finding, uint64_t *id)
{
    const char *text = text_of(finding, "id");
    *id = strtoull(text, NULL, 16);
    return strlen(text) == 16 && strspn(text, "0123456789abcdef") == 16;
}

/* The number of reports in it, and one of them. */
static size_t reports(const struct document *d)
{
    return json_is_array(d->root) ? json_array_size(d->root) : 1;
}

static json_t *report_at(const struct document *d, size_t i)
{
    return json_is_array(d->root) ? json_array_get(d->root, i) : d->root;
}

static json_t *findings_of(const json_t *report)
{
    return json_object_get(report, "findings");
}

/* --- reading --- */

bool document_likely(const char *path)
{
    char start[64];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, start, sizeof start - 1) : 0;
    close(fd);
    start[n > 0 ? n : 0] = 0;
    const char *at = start + strspn(start, " \t\r\n");
    return *at == '{' || *at == '[';
}

static bool check(struct document *d)
{
    json_t *finding;
    uint64_t id;
    size_t n;
    for (size_t i = 0; i < reports(d); i++) {
        const json_t *report = report_at(d, i);
        if (strcmp(text_of(report, "schema"), "lockwatch/1") != 0 || !json_is_array(findings_of(report))) {
            snprintf(d->error, sizeof d->error, "report %zu: it is none of lockwatch, schema \"lockwatch/1\"", i + 1);
            return false;
        }
        json_array_foreach(findings_of(report), n, finding)
        {
            if (id_of(finding, &id) && severity_of(finding) != 0)
                continue;
            snprintf(d->error, sizeof d->error, "report %zu, finding %zu: it has no id, or no severity", i + 1, n + 1);
            return false;
        }
    }
    return true;
}

bool document_open(struct document *d, const char *path)
{
    json_error_t error;
    *d = (struct document){.root = json_load_file(path, JSON_REJECT_DUPLICATES, &error)};
    if (d->root == NULL)
        snprintf(d->error, sizeof d->error, "line %d: %s", error.line, error.text);
    return d->root != NULL && check(d);
}

void document_close(struct document *d)
{
    json_decref(d->root);
    d->root = NULL;
}

/* --- comparing --- */

void document_identities(const struct document *d, struct set *all)
{
    json_t *finding;
    uint64_t id;
    size_t n;
    for (size_t i = 0; i < reports(d); i++) {
        json_array_foreach(findings_of(report_at(d, i)), n, finding)
        {
            if (id_of(finding, &id))
                identities_add(all, id, severity_of(finding));
        }
    }
}

json_t *document_briefs(const struct document *d)
{
    static const char *const keys[] = {"id", "kind", "severity", "title", NULL};
    json_t *all = json_array(), *finding;
    size_t n;
    for (size_t i = 0; i < reports(d); i++) {
        json_array_foreach(findings_of(report_at(d, i)), n, finding)
        {
            json_t *brief = json_object();
            for (size_t k = 0; keys[k] != NULL; k++) {
                json_t *value = json_object_get(finding, keys[k]);
                json_object_set(brief, keys[k], json_is_string(value) ? value : json_null());
            }
            json_array_append_new(all, brief);
        }
    }
    return all;
}

unsigned document_sift(struct document *d, const struct set *known, struct tally *left)
{
    unsigned out = 0;
    uint64_t id;
    for (size_t i = 0; i < reports(d); i++) {
        json_t *finding, *kept = json_array();
        size_t n;
        json_array_foreach(findings_of(report_at(d, i)), n, finding)
        {
            enum finding_severity severity = severity_of(finding);
            bool old = id_of(finding, &id) && identities_has(known, id, severity);
            out += old;
            if (old)
                continue;
            json_array_append(kept, finding);
            tally_add(left, &(struct finding){.severity = severity});
        }
        json_object_set_new(report_at(d, i), "findings", kept);
        left->suppressed += (unsigned)json_integer_value(json_object_get(report_at(d, i), "suppressed"));
    }
    return out;
}

/* --- writing --- */

/* Jansson gives whole characters, and has escaped those below U+0020 that are in strings. */
static int dump(const char *bytes, size_t size, void *context)
{
    const struct output *out = context;
    size_t from = 0, at = 0;
    while (at < size) {
        char escape[16];
        uint32_t c = 0;
        size_t length = printable_decode(bytes + at, size - at, &c);
        if (length == 0 || c < ' ' || printable_character(c)) {
            at += length == 0 ? 1 : length;
            continue;
        }
        int n = c < 0x10000 ? snprintf(escape, sizeof escape, "\\u%04x", (unsigned)c)
                            : snprintf(escape, sizeof escape, "\\u%04x\\u%04x", 0xd7c0 + (unsigned)(c >> 10),
                                       0xdc00 + (unsigned)(c & 0x3ff));
        out->write(out->context, bytes + from, at - from);
        out->write(out->context, escape, (size_t)n);
        from = at += length;
    }
    out->write(out->context, bytes + from, size - from);
    return 0;
}

void document_dump(const json_t *root, const struct output *out)
{
    json_dump_callback(root, dump, (void *)out, JSON_INDENT(2));
}

/* Where a thread waits or made an acquisition: the innermost frames with a line. */
static void print_stack(struct story *s, const json_t *stack)
{
    enum { FRAMES_MAX = 4 };
    json_t *frame;
    size_t i, shown = 0;
    json_array_foreach(stack, i, frame)
    {
        bool libc = strncmp(text_of(frame, "module"), "libc.so", 7) == 0;
        if (text_of(frame, "file")[0] == 0 || libc || shown == FRAMES_MAX)
            continue;
        shown++;
        story_format(s, "    #%zu ", i);
        story_name(s, text_of(frame, "function"));
        story_text(s, " at ");
        story_name(s, text_of(frame, "file"));
        story_format(s, ":%lld\n", (long long)json_integer_value(json_object_get(frame, "line")));
    }
}

static void print_thread(struct story *s, const json_t *thread)
{
    const json_t *stack = json_object_get(json_object_get(thread, "waits"), "stack");
    if (json_array_size(stack) == 0)
        return;
    const char *name = text_of(thread, "name");
    story_format(s, "  T%lld", (long long)json_integer_value(json_object_get(thread, "id")));
    story_text(s, name[0] == 0 ? "" : " (");
    story_name(s, name);
    story_text(s, name[0] == 0 ? ":\n" : "):\n");
    print_stack(s, stack);
}

static void print_finding(struct story *s, const json_t *finding)
{
    json_t *thread;
    size_t t;
    story_text(s, "\n");
    story_name(s, text_of(finding, "severity"));
    story_text(s, ": ");
    story_name(s, text_of(finding, "message"));
    story_text(s, "\n");
    json_array_foreach(json_object_get(finding, "threads"), t, thread)
    {
        print_thread(s, thread);
    }
    story_begin(s, 2, 6);
    story_text(s, "What to change: ");
    story_name(s, text_of(finding, "advice"));
    story_end(s);
}

void document_print(const struct document *d, struct story *s)
{
    json_t *finding;
    size_t n;
    for (size_t i = 0; i < reports(d); i++) {
        json_array_foreach(findings_of(report_at(d, i)), n, finding)
        {
            print_finding(s, finding);
        }
    }
}
