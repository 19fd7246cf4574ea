#include "analyzer/page/files.h"
#include "analyzer/page/finding.h"
#include "analyzer/page/overview.h"
#include "analyzer/page/page.h"
#include "analyzer/render/render.h"
#include "analyzer/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXCERPTS_MOST = 600, SEVERITIES = 3 };

static const char *const severities[SEVERITIES] = {"error", "warning", "note"};

/* --- before and behind --- */

static const char filters[] =
    "<form id=\"filter\" class=\"needs-script\" role=\"search\" aria-label=\"Filter the findings\">"
    "<fieldset><legend>Severity</legend>"
    "<label><input type=\"checkbox\" name=\"severity\" value=\"error\" checked> error</label>"
    "<label><input type=\"checkbox\" name=\"severity\" value=\"warning\" checked> warning</label>"
    "<label><input type=\"checkbox\" name=\"severity\" value=\"note\" checked> note</label></fieldset>"
    "<label>Kind <select name=\"kind\"><option value=\"\">all</option></select></label>"
    "<label>Lock <input name=\"locks\" list=\"all-locks\" autocomplete=\"off\" spellcheck=\"false\"></label>"
    "<label>Thread <input name=\"threads\" list=\"all-threads\" autocomplete=\"off\" spellcheck=\"false\"></label>"
    "<label>File <input name=\"files\" list=\"all-files\" autocomplete=\"off\" spellcheck=\"false\"></label>"
    "<button type=\"reset\">Reset</button>"
    "<output id=\"shown\" aria-live=\"polite\"></output>"
    "<datalist id=\"all-locks\"></datalist><datalist id=\"all-threads\"></datalist><datalist "
    "id=\"all-files\"></datalist>"
    "</form>";

static void begin(const struct output *out)
{
    page_print(out,
               "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
               "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
               "script-src '%s'; base-uri 'none'; form-action 'none'\">"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
               "<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"no-referrer\">"
               "<meta name=\"generator\" content=\"lockwatch %s\"><title>lockwatch report</title>\n<style>\n",
               page_script_hash, LOCKWATCH_VERSION);
    page_markup(out, page_style);
    page_markup(out, "</style></head>\n<body><a class=\"skip\" href=\"#main\">To the findings</a>"
                     "<header><p class=\"brand\">lockwatch <span>report</span></p>"
                     "<p class=\"tools needs-script\"><button type=\"button\" id=\"unfold\">Open all</button> "
                     "<button type=\"button\" id=\"theme\">Dark theme</button></p></header>\n<main id=\"main\">");
}

static void end(const struct output *out)
{
    page_print(
        out,
        "</main>\n<footer><p>Written by lockwatch %s. Source lines are quoted as the files were then.</p></footer>\n"
        "<script>",
        LOCKWATCH_VERSION);
    page_markup(out, page_script);
    page_markup(out, "</script></body></html>\n");
}

/* --- the runs --- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* "2026-02-01T13:05:59.123Z" as a person writes it. */
static void write_time(const struct output *out, const char *before, const char *time)
{
    char text[20];
    if (strlen(time) < 20)
        return;
    snprintf(text, sizeof text, "%.19s", time);
    text[10] = ' ';
    page_print(out, "%s%s UTC", before, text);
}

static void write_end(const struct output *out, const char *end)
{
    if (strncmp(end, "exit ", 5) == 0)
        page_print(out, ", exited with %s", end + 5);
    else if (strncmp(end, "signal ", 7) == 0)
        page_print(out, ", ended by %s", end);
    else if (strcmp(end, "unknown") == 0)
        page_markup(out, ", no exit recorded (killed?)");
    else if (end[0] != 0)
        page_print(out, ", %s", end);
}

static void write_process(const struct output *out, const json_t *process)
{
    const json_t *word;
    size_t i;
    page_markup(out, "<p class=\"process\">");
    if (stack_number(process, "pid") != 0)
        page_print(out, "pid %u", (unsigned)stack_number(process, "pid"));
    if (stack_text(process, "host")[0] != 0)
        page_print(out, " on %s", stack_text(process, "host"));
    write_time(out, ", started ", stack_text(process, "started"));
    write_end(out, stack_text(process, "end"));
    if (stack_text(process, "label")[0] != 0)
        page_print(out, " <span class=\"chip\">%s</span>", stack_text(process, "label"));
    page_markup(out, "</p>");
    if (json_array_size(json_object_get(process, "arguments")) != 0) {
        page_markup(out, "<p class=\"process\"><code>");
        json_array_foreach(json_object_get(process, "arguments"), i, word)
        {
            page_print(out, i == 0 ? "%s" : " %s", json_string_value(word));
        }
        page_markup(out, "</code></p>");
    }
    if (json_is_false(json_object_get(process, "complete")))
        page_markup(out,
                    "<p class=\"process\">The record is not complete; <code>lockwatch report</code> says why.</p>");
}

static void write_runs(const struct output *out, const json_t *report)
{
    const json_t *run, *runs = json_object_get(report, "runs");
    const char *first = stack_text(json_object_get(json_array_get(runs, 0), "process"), "executable");
    bool same = true;
    size_t i;
    json_array_foreach(runs, i, run)
    {
        same &= strcmp(stack_text(json_object_get(run, "process"), "executable"), first) == 0;
    }
    page_print(out, "<h1>%s</h1>",
               !same           ? "several programs"
               : first[0] == 0 ? "a program without a name"
                               : base_name(first));
    if (json_array_size(runs) == 1) {
        write_process(out, json_object_get(json_array_get(runs, 0), "process"));
        return;
    }
    page_print(out, "<details class=\"runs\"><summary>%u runs</summary>", (unsigned)json_array_size(runs));
    json_array_foreach(runs, i, run)
    {
        page_print(out, "<h4>%s</h4>", base_name(stack_text(json_object_get(run, "process"), "executable")));
        write_process(out, json_object_get(run, "process"));
    }
    page_markup(out, "</details>");
}

static void write_unwatched(const struct output *out, const json_t *report)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(report, "unwatched"), i, one)
    {
        page_print(out, "<p class=\"process\">Not watched: <code>%s</code> (%s)</p>", stack_text(one, "program"),
                   stack_text(one, "reason"));
    }
}

static void write_totals(const struct output *out, const json_t *report)
{
    const json_t *finding, *findings = json_object_get(report, "findings");
    size_t i;
    page_markup(out, "<p class=\"totals\">");
    for (int s = 0; s < SEVERITIES; s++) {
        unsigned count = 0;
        json_array_foreach(findings, i, finding)
        {
            count += strcmp(stack_text(finding, "severity"), severities[s]) == 0;
        }
        if (count != 0)
            page_print(out, "<span class=\"%s\"><span class=\"badge\">%u %s%s</span></span> ", severities[s], count,
                       severities[s], count == 1 ? "" : "s");
    }
    if (json_array_size(findings) == 0)
        page_markup(out, "<b>Nothing found.</b> ");
    if (stack_number(report, "suppressed") != 0)
        page_print(out, "<span class=\"dim\">%u suppressed</span>", (unsigned)stack_number(report, "suppressed"));
    page_markup(out, "</p>");
}

/* --- the whole --- */

/* Of a finding's element: its own id, with a number behind it if the page has had that. To be freed. */
static char *element_id(json_t *seen, const json_t *finding)
{
    char *id = NULL;
    const char *own = stack_text(finding, "id");
    long long times = stack_number(seen, own);
    json_object_set_new(seen, own, json_integer(times + 1));
    if (asprintf(&id, times == 0 ? "%s" : "%s-%lld", own, times + 1) < 0)
        return NULL;
    return id;
}

/* A page's graphs are laid out together; behind those of the findings, two of the record. */
struct graphs {
    struct drawing **of;
    char **id;
    size_t findings;
};

static bool graphs_begin(struct graphs *g, const json_t *report)
{
    const json_t *finding, *findings = json_object_get(report, "findings");
    json_t *seen = json_object();
    size_t i;
    g->findings = json_array_size(findings);
    g->of = calloc(g->findings + 2, sizeof(struct drawing *));
    g->id = calloc(g->findings + 1, sizeof(char *));
    json_array_foreach(findings, i, finding)
    {
        if (g->of == NULL || g->id == NULL)
            break;
        g->id[i] = element_id(seen, finding);
        g->of[i] = finding_drawing(finding, g->id[i] == NULL ? "" : g->id[i]);
    }
    json_decref(seen);
    return g->of != NULL && g->id != NULL;
}

static void graphs_end(struct graphs *g)
{
    for (size_t i = 0; g->of != NULL && i < g->findings + 2; i++)
        drawing_free(g->of[i]);
    for (size_t i = 0; g->id != NULL && i < g->findings; i++)
        free(g->id[i]);
    free((void *)g->of);
    free((void *)g->id);
}

static void write_findings(struct stack_page *p, const json_t *report, const struct graphs *g)
{
    const json_t *finding;
    size_t i, shown = 0;
    page_markup(p->out, filters);
    page_markup(p->out, "<h2>Findings</h2>");
    if (g->findings == 0)
        page_markup(p->out, "<p class=\"dim\">None.</p>");
    for (int s = 0; s < SEVERITIES; s++)
        json_array_foreach(json_object_get(report, "findings"), i, finding)
        {
            if (strcmp(stack_text(finding, "severity"), severities[s]) == 0)
                finding_write(p, finding, g->of[i], g->id[i] == NULL ? "" : g->id[i], shown++ == 0);
        }
}

/* What there is of one record only. */
static void write_overview(struct stack_page *p, const json_t *report, const struct graphs *g)
{
    if (json_is_array(json_object_get(report, "threads")))
        overview_waits(p, report, g->of[g->findings], "waits");
    if (json_is_object(json_object_get(report, "orders")))
        overview_orders(p, report, g->of[g->findings + 1], "orders");
}

static void write_parts(const struct output *out, const json_t *report)
{
    bool threads = json_is_array(json_object_get(report, "threads"));
    bool orders = json_is_object(json_object_get(report, "orders"));
    if (!threads && !orders)
        return;
    page_markup(out, "<nav aria-label=\"Parts\">");
    if (threads)
        page_markup(out, "<a href=\"#waits\">Threads</a> ");
    if (orders)
        page_markup(out, "<a href=\"#orders\">Lock orders</a>");
    page_markup(out, "</nav>");
}

static void whole(const struct output *out, const json_t *report)
{
    struct stack_page page = {out, out->sources, EXCERPTS_MOST};
    struct graphs graphs;
    begin(out);
    overview_begin(report);
    if (graphs_begin(&graphs, report)) {
        graphs.of[graphs.findings] = overview_waits_drawing(report, "waits");
        graphs.of[graphs.findings + 1] = overview_orders_drawing(report, "orders");
        drawings_lay_out(graphs.of, graphs.findings + 2);
        write_runs(out, report);
        write_unwatched(out, report);
        write_totals(out, report);
        write_parts(out, report);
        write_findings(&page, report, &graphs);
        write_overview(&page, report, &graphs);
    }
    graphs_end(&graphs);
    overview_end();
    end(out);
}

const struct format html_format = {.name = "html", .whole = whole, .orders = true};
