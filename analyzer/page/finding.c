#include "analyzer/page/finding.h"

#include "analyzer/page/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A graph of more threads is no longer read. */
enum { THREADS_DRAWN = 24, LABEL_SIZE = 400, ID_SIZE = 80 };

/* --- labels --- */

void finding_thread_label(const json_t *thread, char *text, size_t size)
{
    const char *name = stack_text(thread, "name")[0] != 0 ? stack_text(thread, "name") : stack_text(thread, "routine");
    snprintf(text, size, "T%lld%s%s", stack_number(thread, "id"), name[0] == 0 ? "" : " ", name);
}

void finding_lock_label(const json_t *lock, bool kind, char *text, size_t size)
{
    char place[LABEL_SIZE / 2];
    const char *name = stack_text(lock, "name"), *label = stack_text(lock, "label"), *word = stack_text(lock, "kind");
    stack_place(json_object_get(lock, "created"), place, sizeof place);
    if (strcmp(word, "thread") == 0)
        snprintf(text, size, "end of %s%s%s", label[0] == 0 ? "a thread" : label, name[0] == 0 ? "" : " ", name);
    else if (name[0] != 0 || place[0] == 0) /* the label of a name that several locks have tells them apart */
        snprintf(text, size, "%s%s%s", kind ? word : "", kind ? " " : "",
                 name[0] != 0 && strncmp(label, name, strlen(name)) != 0 ? name : label);
    else
        snprintf(text, size, "%s%s%s, %s", kind ? word : "", kind ? " " : "", label, place);
}

static const json_t *lock_of(const json_t *finding, long long id)
{
    const json_t *lock;
    size_t i;
    json_array_foreach(json_object_get(finding, "locks"), i, lock)
    {
        if (stack_number(lock, "id") == id)
            return lock;
    }
    return NULL;
}

/* The lock of a wait or a hold; 0: none. */
static long long lock_id(const json_t *part)
{
    return json_is_object(part) ? stack_number(part, "lock") : 0;
}

/* --- the graph --- */

struct graph {
    struct drawing *drawing;
    const json_t *finding;
    const char *id;
    json_t *nodes; /* of "t3", "l7": its number */
    json_t *edges; /* those that there are */
};

static unsigned node_of(struct graph *g, bool thread, long long id, const json_t *what)
{
    char key[32], href[ID_SIZE + 40], label[LABEL_SIZE], title[LABEL_SIZE + 8];
    snprintf(key, sizeof key, "%c%lld", thread ? 't' : 'l', id);
    json_t *known = json_object_get(g->nodes, key);
    if (known != NULL)
        return (unsigned)json_integer_value(known);
    if (thread)
        finding_thread_label(what, label, sizeof label);
    else
        finding_lock_label(what, false, label, sizeof label);
    if (thread)
        snprintf(title, sizeof title, "thread %s", label);
    else
        finding_lock_label(what, true, title, sizeof title);
    snprintf(href, sizeof href, "%s-%s", g->id, key);
    unsigned node = drawing_node(g->drawing, thread ? SHAPE_THREAD : SHAPE_LOCK, label, title, href, (unsigned)id);
    json_object_set_new(g->nodes, key, json_integer(node));
    return node;
}

static void join(struct graph *g, const json_t *thread, long long lock, bool wants, const json_t *stack,
                 const char *word)
{
    char place[LABEL_SIZE], title[2 * LABEL_SIZE], key[64];
    const json_t *what = lock_of(g->finding, lock);
    if (what == NULL || thread == NULL)
        return;
    snprintf(key, sizeof key, "%lld%c%lld", stack_number(thread, "id"), wants ? '>' : '<', lock);
    if (json_object_get(g->edges, key) != NULL)
        return;
    json_object_set_new(g->edges, key, json_true());
    unsigned t = node_of(g, true, stack_number(thread, "id"), thread), l = node_of(g, false, lock, what);
    stack_place(stack, place, sizeof place);
    snprintf(title, sizeof title, "%s%s%s", word, place[0] == 0 ? "" : ", ", place);
    if (wants)
        drawing_edge(g->drawing, t, l, STYLE_WANTED, place, title);
    else
        drawing_edge(g->drawing, l, t, STYLE_HELD, place[0] == 0 ? word : place, title);
}

static bool is_wanted(const json_t *finding, long long lock)
{
    const json_t *thread;
    size_t i;
    json_array_foreach(json_object_get(finding, "threads"), i, thread)
    {
        if (lock_id(json_object_get(thread, "waits")) == lock)
            return true;
    }
    return false;
}

static const json_t *thread_of(const json_t *finding, long long id)
{
    const json_t *thread;
    size_t i;
    json_array_foreach(json_object_get(finding, "threads"), i, thread)
    {
        if (stack_number(thread, "id") == id)
            return thread;
    }
    return NULL;
}

/* What a cycle says beyond what its threads hold: who would wake whom, and whose end is waited for. */
static void join_cycle(struct graph *g)
{
    const json_t *side, *all = json_object_get(g->finding, "cycle");
    size_t i, count = json_array_size(all);
    json_array_foreach(all, i, side)
    {
        const json_t *before = json_array_get(all, i == 0 ? count - 1 : i - 1);
        long long lock = stack_number(side, "holds"), wanted = stack_number(before, "wants");
        const json_t *thread = thread_of(g->finding, stack_number(side, "thread"));
        if (lock == 0)
            join(g, thread, wanted, false, NULL, "would end this wait");
        else
            join(g, thread, lock, false, NULL, lock == wanted ? "held by" : "stands for");
    }
}

struct drawing *finding_drawing(const json_t *finding, const char *id)
{
    const json_t *thread, *hold, *threads = json_object_get(finding, "threads");
    size_t i, h;
    if (json_array_size(threads) < 2 && json_array_size(json_object_get(finding, "cycle")) == 0)
        return NULL;
    struct graph g = {drawing_new(), finding, id, json_object(), json_object()};
    json_array_foreach(threads, i, thread)
    {
        const json_t *waits = json_object_get(thread, "waits");
        if (i == THREADS_DRAWN)
            break;
        if (lock_id(waits) != 0)
            join(&g, thread, lock_id(waits), true, json_object_get(waits, "stack"), "wants");
        json_array_foreach(json_object_get(thread, "holds"), h, hold)
        {
            if (lock_id(hold) != 0 && is_wanted(finding, lock_id(hold)))
                join(&g, thread, lock_id(hold), false, json_object_get(hold, "stack"), "held by");
        }
    }
    if (json_array_size(threads) <= THREADS_DRAWN)
        join_cycle(&g);
    json_decref(g.nodes);
    json_decref(g.edges);
    if (drawing_nodes(g.drawing) > 0)
        return g.drawing;
    drawing_free(g.drawing);
    return NULL;
}

/* --- what the filters look for --- */

static void add_word(json_t *all, const char *word)
{
    if (word[0] != 0)
        json_object_set_new(all, word, json_true());
}

static void add_files(json_t *all, const json_t *stack)
{
    const json_t *frame;
    size_t i;
    json_array_foreach(stack, i, frame)
    {
        add_word(all, stack_text(frame, "file"));
    }
}

static void write_words(const struct output *out, const char *attribute, json_t *all)
{
    const char *word;
    json_t *value;
    bool first = true;
    page_markup(out, attribute);
    json_object_foreach(all, word, value)
    {
        page_print(out, first ? "%s" : "\n%s", word);
        first = false;
    }
    page_markup(out, "\"");
    json_decref(all);
}

static void write_filtered(const struct output *out, const json_t *finding)
{
    char label[LABEL_SIZE];
    const json_t *lock, *thread, *hold;
    json_t *locks = json_object(), *threads = json_object(), *files = json_object();
    size_t i, h;
    json_array_foreach(json_object_get(finding, "locks"), i, lock)
    {
        finding_lock_label(lock, false, label, sizeof label);
        add_word(locks, label);
    }
    json_array_foreach(json_object_get(finding, "threads"), i, thread)
    {
        finding_thread_label(thread, label, sizeof label);
        add_word(threads, label);
        add_files(files, json_object_get(json_object_get(thread, "waits"), "stack"));
        json_array_foreach(json_object_get(thread, "holds"), h, hold)
        {
            add_files(files, json_object_get(hold, "stack"));
        }
    }
    write_words(out, " data-locks=\"", locks);
    write_words(out, " data-threads=\"", threads);
    write_words(out, " data-files=\"", files);
}

/* --- threads and their stacks --- */

/* What a thread does with the lock that it "waits" for, in a finding of this kind. */
static const char *verb_of(const json_t *finding, size_t place)
{
    static const struct {
        const char *kind, *first, *others;
    } verbs[] = {
        {"deadlock", "waits for", "waits for"},
        {"lock-order", "acquires", "acquires"},
        {"wait-holding", "waited for", "wakes, and needs"},
        {"unlock-not-owner", "releases", "waits for"},
        {"unlock-not-held", "releases", "waits for"},
        {"destroy-in-use", "destroys", "waits for"},
        {"init-in-use", "initialises", "waits for"},
        {"exit-holding", "ended with", "waits for"},
        {"relock", "locks again", "waits for"},
        {"starvation", "waited for", "waits for"},
        {"long-hold", "held", "waited for"},
        {"spin-blocked", "blocks on", "waits for"},
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(stack_text(finding, "kind"), verbs[i].kind) == 0)
            return place == 0 ? verbs[i].first : verbs[i].others;
    return "waits for";
}

static void write_entry(struct stack_page *p, const json_t *finding, const json_t *thread, const json_t *part,
                        const char *verb, const char *then)
{
    char label[LABEL_SIZE];
    const json_t *lock = lock_of(finding, lock_id(part));
    if (lock == NULL)
        return;
    finding_lock_label(lock, true, label, sizeof label);
    page_print(p->out, "<div class=\"entry\" data-t=\"%u\" data-l=\"%u\"><h5>%s <b>%s</b>%s%s%s</h5>",
               (unsigned)stack_number(thread, "id"), (unsigned)lock_id(part), verb, label,
               strcmp(stack_text(part, "mode"), "shared") == 0 ? " for reading" : "",
               json_is_true(json_object_get(part, "timed")) ? " with a time-out" : "", then);
    stack_write(p, json_object_get(part, "stack"));
    page_markup(p->out, "</div>");
}

static void write_thread(struct stack_page *p, const json_t *finding, const json_t *thread, size_t place,
                         const char *id)
{
    char label[LABEL_SIZE];
    const json_t *hold;
    size_t h;
    finding_thread_label(thread, label, sizeof label);
    page_print(p->out, "<section class=\"thread\" id=\"%s-t%u\"><h4>%s", id, (unsigned)stack_number(thread, "id"),
               label);
    if (stack_number(thread, "tid") != 0)
        page_print(p->out, " <span class=\"dim\">tid %u</span>", (unsigned)stack_number(thread, "tid"));
    stack_place(json_object_get(thread, "created"), label, sizeof label);
    if (stack_number(thread, "creator") != 0 && label[0] != 0)
        page_print(p->out, " <span class=\"dim\">created by T%u at %s</span>",
                   (unsigned)stack_number(thread, "creator"), label);
    page_markup(p->out, "</h4>");
    json_array_foreach(json_object_get(thread, "holds"), h, hold)
    {
        write_entry(p, finding, thread, hold, "holds", ", acquired at");
    }
    if (lock_id(json_object_get(thread, "waits")) != 0)
        write_entry(p, finding, thread, json_object_get(thread, "waits"), verb_of(finding, place), "");
    page_markup(p->out, "</section>");
}

static void write_locks(struct stack_page *p, const json_t *finding, const char *id)
{
    char label[LABEL_SIZE], place[LABEL_SIZE];
    const json_t *lock;
    size_t i;
    page_markup(p->out, "<ul class=\"locks\" aria-label=\"Locks\">");
    json_array_foreach(json_object_get(finding, "locks"), i, lock)
    {
        finding_lock_label(lock, true, label, sizeof label);
        stack_place(json_object_get(lock, "created"), place, sizeof place);
        page_print(p->out, "<li id=\"%s-l%u\"><b>%s</b> <span class=\"dim\">%s%s%s</span></li>", id,
                   (unsigned)stack_number(lock, "id"), label, stack_text(lock, "address"),
                   place[0] == 0 ? "" : ", created at ", place);
    }
    page_markup(p->out, "</ul>");
}

/* --- the whole --- */

static void write_coffman(const struct output *out, const json_t *finding)
{
    const char *key;
    json_t *one;
    page_markup(out, "<details class=\"more\"><summary>The four Coffman conditions</summary><dl>");
    json_object_foreach(json_object_get(finding, "coffman"), key, one)
    {
        char words[64];
        snprintf(words, sizeof words, "%s", key);
        for (char *at = words; *at != 0; at++)
            if (*at == '_')
                *at = ' ';
        page_print(out, "<dt>%s: %s</dt><dd>%s</dd>", words,
                   json_is_true(json_object_get(one, "met")) ? "met" : "not met", stack_text(one, "evidence"));
    }
    page_markup(out, "</dl></details>");
}

static void write_end(const struct output *out, const json_t *finding, const char *id)
{
    const char *suppress = stack_text(finding, "suppress");
    if (json_array_size(json_object_get(finding, "cycle")) != 0)
        write_coffman(out, finding);
    page_print(out, "<p class=\"foot\"><a href=\"#%s\">id %s</a>", id, stack_text(finding, "id"));
    if (suppress[0] != 0)
        page_print(
            out, " · to suppress it: <code>%s</code> <button type=\"button\" class=\"copy needs-script\">Copy</button>",
            suppress);
    page_markup(out, "</p>");
}

static void write_summary(const struct output *out, const json_t *finding)
{
    const char *title = stack_text(finding, "title"), *kind = stack_text(finding, "kind");
    long long count = stack_number(finding, "count");
    title = title[0] == 0 ? stack_text(finding, "message") : title;
    size_t size = strlen(kind);
    if (strncmp(title, kind, size) == 0 && strncmp(title + size, ": ", 2) == 0)
        title += size + 2; /* it stands beside this */
    page_print(
        out,
        "<summary><h3><span class=\"badge\">%s</span> <span class=\"kind\">%s</span> <span class=\"title\">%s</span>",
        stack_text(finding, "severity"), kind, title);
    if (count > 1)
        page_print(out, " <span class=\"dim\">%u times</span>", (unsigned)count);
    const json_t *runs = json_object_get(finding, "runs");
    if (stack_number(runs, "of") > 1 && stack_number(runs, "found") > 0)
        page_print(out, " <span class=\"dim\">in %u of %u runs</span>", (unsigned)stack_number(runs, "found"),
                   (unsigned)stack_number(runs, "of"));
    if (strcmp(stack_text(finding, "baseline"), "new") == 0)
        page_markup(out, " <span class=\"chip\">new</span>");
    page_markup(out, "</h3></summary>");
}

void finding_write(struct stack_page *p, const json_t *finding, const struct drawing *d, const char *id, bool open)
{
    const json_t *thread;
    size_t i;
    page_print(p->out, "<details class=\"finding %s\" id=\"%s\"%s data-kind=\"%s\" data-severity=\"%s\"",
               stack_text(finding, "severity"), id, open ? " open" : "", stack_text(finding, "kind"),
               stack_text(finding, "severity"));
    write_filtered(p->out, finding);
    page_markup(p->out, ">");
    write_summary(p->out, finding);
    page_print(p->out, "<div class=\"body\"><p class=\"message\">%s", stack_text(finding, "message"));
    if (stack_text(finding, "confidence")[0] != 0)
        page_print(p->out, " <span class=\"chip\">%s</span>", stack_text(finding, "confidence"));
    if (stack_text(finding, "reason")[0] != 0)
        page_print(p->out, " <span class=\"chip\">%s</span>", stack_text(finding, "reason"));
    page_markup(p->out, "</p>");
    if (stack_text(finding, "advice")[0] != 0)
        page_print(p->out, "<p class=\"advice\"><b>What to change:</b> %s</p>", stack_text(finding, "advice"));
    page_markup(p->out, "<div class=\"split\">");
    if (d != NULL && drawing_problem(d) == NULL) {
        page_markup(p->out, "<figure>");
        page_markup(p->out, strcmp(stack_text(finding, "kind"), "lock-order") == 0 ? FINDING_LEGEND("acquires")
                                                                                   : FINDING_LEGEND("waits for"));
        drawing_write(d, p->out, "Which thread holds and wants which lock; the stacks say the same");
        page_markup(p->out, "</figure>");
    }
    page_markup(p->out, "<div class=\"threads\"><p class=\"selection\" role=\"status\"></p>");
    json_array_foreach(json_object_get(finding, "threads"), i, thread)
    {
        write_thread(p, finding, thread, i, id);
    }
    write_locks(p, finding, id);
    page_markup(p->out, "</div></div>");
    write_end(p->out, finding, id);
    page_markup(p->out, "</div></details>");
}
