#include "analyzer/page/overview.h"

#include "analyzer/page/finding.h"
#include "analyzer/page/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Larger graphs are neither laid out in time nor read. */
enum { NODES_DRAWN = 90, ORDERS_DRAWN = 160, THREADS_LISTED = 2000, ORDERS_LISTED = 1000, LABEL_SIZE = 400 };

/* By id. */
static json_t *lock_by_id, *thread_by_id, *wanted;

static const json_t *find(const json_t *all, long long id)
{
    char key[24];
    snprintf(key, sizeof key, "%lld", id);
    return id == 0 ? NULL : json_object_get(all, key);
}

static void list(json_t *all, long long id, json_t *what)
{
    char key[24];
    snprintf(key, sizeof key, "%lld", id);
    json_object_set(all, key, what);
}

void overview_begin(const json_t *report)
{
    json_t *one;
    size_t i;
    lock_by_id = json_object();
    thread_by_id = json_object();
    wanted = json_object();
    json_array_foreach(json_object_get(report, "locks"), i, one)
    {
        list(lock_by_id, stack_number(one, "id"), one);
    }
    json_array_foreach(json_object_get(report, "threads"), i, one)
    {
        list(thread_by_id, stack_number(one, "id"), one);
        if (json_is_object(json_object_get(one, "waits")))
            list(wanted, stack_number(json_object_get(one, "waits"), "lock"), one);
    }
}

void overview_end(void)
{
    json_decref(lock_by_id);
    json_decref(thread_by_id);
    json_decref(wanted);
}

static void lock_label(long long id, bool kind, char *text, size_t size)
{
    const json_t *lock = find(lock_by_id, id);
    if (lock == NULL)
        snprintf(text, size, "a lock");
    else
        finding_lock_label(lock, kind, text, size);
}

static bool any(const json_t *thread)
{
    return json_is_object(json_object_get(thread, "waits")) || json_array_size(json_object_get(thread, "holds")) != 0;
}

/* --- nodes --- */

struct graph {
    struct drawing *drawing;
    const char *id;
    json_t *nodes;
};

static bool room(const struct graph *g)
{
    return drawing_nodes(g->drawing) < NODES_DRAWN;
}

static unsigned node_of(struct graph *g, char kind, long long id, const char *label, const char *title)
{
    char key[32], href[64];
    snprintf(key, sizeof key, "%c%lld", kind, id);
    json_t *known = json_object_get(g->nodes, key);
    if (known != NULL)
        return (unsigned)json_integer_value(known);
    snprintf(href, sizeof href, kind == 't' ? "%s-t%lld" : "%s", g->id, id);
    unsigned node = drawing_node(g->drawing, kind == 't' ? SHAPE_THREAD : SHAPE_LOCK, label, title, href, (unsigned)id);
    json_object_set_new(g->nodes, key, json_integer(node));
    return node;
}

static unsigned lock_node(struct graph *g, long long id)
{
    char label[LABEL_SIZE], title[LABEL_SIZE];
    lock_label(id, false, label, sizeof label);
    lock_label(id, true, title, sizeof title);
    return node_of(g, 'l', id, label, title);
}

static unsigned thread_node(struct graph *g, const json_t *thread)
{
    char label[LABEL_SIZE], title[LABEL_SIZE + 8];
    finding_thread_label(thread, label, sizeof label);
    snprintf(title, sizeof title, "thread %s", label);
    return node_of(g, 't', stack_number(thread, "id"), label, title);
}

static struct drawing *graph_end(struct graph *g)
{
    json_decref(g->nodes);
    if (drawing_nodes(g->drawing) != 0)
        return g->drawing;
    drawing_free(g->drawing);
    return NULL;
}

/* --- who waits for what --- */

/* The thread whose end is waited for by a lock of this id: "T4" is what it is called. */
static const json_t *joined(long long lock)
{
    const json_t *what = find(lock_by_id, lock);
    const char *label = stack_text(what, "label");
    if (strcmp(stack_text(what, "kind"), "thread") != 0 || label[0] != 'T')
        return NULL;
    return find(thread_by_id, strtoll(label + 1, NULL, 10));
}

static void draw_part(struct graph *g, const json_t *thread, const json_t *part, bool wants)
{
    char place[LABEL_SIZE], title[LABEL_SIZE + 40];
    long long lock = stack_number(part, "lock");
    if (lock == 0)
        return;
    unsigned t = thread_node(g, thread), l = lock_node(g, lock);
    stack_place(json_object_get(part, "stack"), place, sizeof place);
    snprintf(title, sizeof title, "%s%s%s", wants ? "waits for" : "held by", place[0] == 0 ? "" : ", ", place);
    if (!wants) {
        drawing_edge(g->drawing, l, t, STYLE_HELD, place, title);
        return;
    }
    drawing_edge(g->drawing, t, l, STYLE_WANTED, place, title);
    const json_t *ends = joined(lock);
    if (ends != NULL)
        drawing_edge(g->drawing, l, thread_node(g, ends), STYLE_HELD, "", "of this thread");
}

struct drawing *overview_waits_drawing(const json_t *report, const char *id)
{
    const json_t *thread, *hold;
    size_t i, h;
    struct graph g = {drawing_new(), id, json_object()};
    json_array_foreach(json_object_get(report, "threads"), i, thread)
    {
        const json_t *waits = json_object_get(thread, "waits");
        if (room(&g) && json_is_object(waits))
            draw_part(&g, thread, waits, true);
        json_array_foreach(json_object_get(thread, "holds"), h, hold)
        {
            if (room(&g) && (json_is_object(waits) || find(wanted, stack_number(hold, "lock")) != NULL))
                draw_part(&g, thread, hold, false);
        }
    }
    return graph_end(&g);
}

/* Of a time as a report has it, the time of day. */
static void write_since(const struct output *out, const json_t *part)
{
    char time[9];
    const char *since = stack_text(part, "since");
    if (strlen(since) < 20)
        return;
    snprintf(time, sizeof time, "%s", since + 11);
    page_print(out, " <span class=\"dim\">since %s UTC</span>", time);
}

static void write_part(struct stack_page *p, const json_t *thread, const json_t *part, const char *verb)
{
    char label[LABEL_SIZE];
    lock_label(stack_number(part, "lock"), true, label, sizeof label);
    page_print(p->out, "<div class=\"entry\" data-t=\"%u\" data-l=\"%u\"><h5>%s <b>%s</b>%s%s",
               (unsigned)stack_number(thread, "id"), (unsigned)stack_number(part, "lock"), verb, label,
               strcmp(stack_text(part, "mode"), "shared") == 0 ? " for reading" : "",
               json_is_true(json_object_get(part, "timed")) ? " with a time-out" : "");
    write_since(p->out, part);
    page_markup(p->out, "</h5>");
    stack_write(p, json_object_get(part, "stack"));
    page_markup(p->out, "</div>");
}

/* What a thread does, in a line. */
static void write_state(const struct output *out, const json_t *thread)
{
    char label[LABEL_SIZE];
    const json_t *hold, *waits = json_object_get(thread, "waits");
    size_t h;
    if (json_is_object(waits)) {
        lock_label(stack_number(waits, "lock"), true, label, sizeof label);
        page_print(out, " waits for <b>%s</b>", label);
    } else {
        page_print(out, " <span class=\"dim\">%s</span>",
                   strcmp(stack_text(thread, "state"), "futex") == 0 ? "sleeps in a futex call"
                                                                     : stack_text(thread, "state"));
    }
    json_array_foreach(json_object_get(thread, "holds"), h, hold)
    {
        lock_label(stack_number(hold, "lock"), false, label, sizeof label);
        page_print(out, h == 0 ? "; holds <b>%s</b>" : ", <b>%s</b>", label);
    }
}

static void write_thread(struct stack_page *p, const json_t *thread, const char *id)
{
    char label[LABEL_SIZE];
    const json_t *hold, *waits = json_object_get(thread, "waits");
    size_t h;
    finding_thread_label(thread, label, sizeof label);
    page_print(p->out, "<details class=\"thread\" id=\"%s-t%u\"><summary><b>%s</b> <span class=\"dim\">tid %u</span>",
               id, (unsigned)stack_number(thread, "id"), label, (unsigned)stack_number(thread, "tid"));
    write_state(p->out, thread);
    page_markup(p->out, "</summary>");
    if (json_is_object(waits))
        write_part(p, thread, waits, "waits for");
    json_array_foreach(json_object_get(thread, "holds"), h, hold)
    {
        write_part(p, thread, hold, "holds");
    }
    page_markup(p->out, "</details>");
}

static void write_drawing(const struct output *out, const struct drawing *d, const char *title, const char *legend)
{
    if (d == NULL)
        return;
    if (drawing_problem(d) != NULL) {
        page_print(out, "<p class=\"dim\">The graph is not drawn: %s.</p>", drawing_problem(d));
        return;
    }
    page_markup(out, "<figure class=\"wide\">");
    page_markup(out, legend);
    drawing_write(d, out, title);
    page_markup(out, "</figure>");
}

void overview_waits(struct stack_page *p, const json_t *report, const struct drawing *d, const char *id)
{
    const json_t *thread, *threads = json_object_get(report, "threads");
    size_t i, listed = 0, idle = 0;
    page_print(p->out, "<section class=\"overview\" id=\"%s\"><h2>Threads: who waits for what</h2>", id);
    write_drawing(p->out, d, "Which thread holds and wants which lock; the list below says the same",
                  FINDING_LEGEND("waits for"));
    page_markup(p->out, "<div class=\"threads\"><p class=\"selection\" role=\"status\"></p>");
    json_array_foreach(threads, i, thread)
    {
        if (any(thread) && listed < THREADS_LISTED) {
            listed++;
            write_thread(p, thread, id);
        } else {
            idle++;
        }
    }
    if (idle != 0)
        page_print(p->out, "<p class=\"dim\">%u thread%s that wait%s for nothing and hold%s nothing.</p>",
                   (unsigned)idle, idle == 1 ? "" : "s", idle == 1 ? "s" : "", idle == 1 ? "s" : "");
    page_markup(p->out, "</div></section>");
}

/* --- which lock comes before which --- */

static void times_of(const json_t *order, char *text, size_t size)
{
    long long times = stack_number(order, "times");
    const char *end = json_is_true(json_object_get(order, "cyclic")) ? ", part of a cycle" : "";
    if (times == 1)
        snprintf(text, size, "once%s", end);
    else
        snprintf(text, size, "%lld times%s", times, end);
}

struct drawing *overview_orders_drawing(const json_t *report, const char *id)
{
    const json_t *order;
    size_t i;
    unsigned drawn = 0;
    struct graph g = {drawing_new(), id, json_object()};
    json_array_foreach(json_object_get(json_object_get(report, "orders"), "list"), i, order)
    {
        char label[40], title[64];
        bool cyclic = json_is_true(json_object_get(order, "cyclic"));
        if (!room(&g) || drawn == ORDERS_DRAWN)
            break;
        if (!cyclic && !json_is_true(json_object_get(order, "next")))
            continue;
        drawn++;
        unsigned from = lock_node(&g, stack_number(order, "outer")), to = lock_node(&g, stack_number(order, "inner"));
        snprintf(label, sizeof label, "%lld\u00d7", stack_number(order, "times"));
        times_of(order, title, sizeof title);
        drawing_edge(g.drawing, from, to, cyclic ? STYLE_CYCLE : STYLE_ORDER, label, title);
    }
    return graph_end(&g);
}

static void write_order(struct stack_page *p, const json_t *order)
{
    char outer[LABEL_SIZE], inner[LABEL_SIZE], times[64];
    unsigned from = (unsigned)stack_number(order, "outer"), to = (unsigned)stack_number(order, "inner");
    lock_label(from, true, outer, sizeof outer);
    lock_label(to, true, inner, sizeof inner);
    times_of(order, times, sizeof times);
    page_print(p->out,
               "<details class=\"order\" data-from=\"%u\" data-to=\"%u\"><summary><b>%s</b> → <b>%s</b> "
               "<span class=\"dim\">%s</span></summary>",
               from, to, outer, inner, times);
    page_print(p->out, "<div class=\"entry\"><h5>acquires <b>%s</b></h5>", inner);
    stack_write(p, json_object_get(order, "inner_stack"));
    page_print(p->out, "</div><div class=\"entry\"><h5>while holding <b>%s</b>, acquired at</h5>", outer);
    stack_write(p, json_object_get(order, "outer_stack"));
    page_markup(p->out, "</div></details>");
}

void overview_orders(struct stack_page *p, const json_t *report, const struct drawing *d, const char *id)
{
    const json_t *order, *orders = json_object_get(json_object_get(report, "orders"), "list");
    size_t i, count = json_array_size(orders);
    page_print(p->out,
               "<section class=\"overview\" id=\"%s\"><h2>Lock orders: what is acquired while holding what</h2>", id);
    if (count == 0)
        page_markup(p->out, "<p class=\"dim\">No lock was acquired while another one was held.</p>");
    write_drawing(p->out, d, "Which lock was acquired while which other one was held; the list below says the same",
                  "<figcaption><span class=\"key\">held, then acquired</span> <span class=\"key key-cycle\">part of a "
                  "cycle</span>"
                  "<span class=\"needs-script\"> · click a lock or an order for its stacks</span></figcaption>");
    page_markup(p->out, "<div class=\"threads\"><p class=\"selection\" role=\"status\"></p>");
    json_array_foreach(orders, i, order)
    {
        if (i < ORDERS_LISTED)
            write_order(p, order);
    }
    if (count > ORDERS_LISTED || json_is_false(json_object_get(json_object_get(report, "orders"), "all")))
        page_markup(p->out, "<p class=\"dim\">And more, which are not listed.</p>");
    page_markup(p->out, "</div></section>");
}
