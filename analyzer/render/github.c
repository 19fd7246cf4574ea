/*
 * Annotations for GitHub Actions, as workflow commands on standard output: of each level GitHub shows the first ten of
 * a step. And the summary of a step, in Markdown.
 */
#include "analyzer/render/field.h"
#include "analyzer/render/render.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHOWN = 10, LEVELS = 3 };

static const struct {
    const char *severity, *command, *many;
} levels[LEVELS] = {{"error", "error", "errors"}, {"warning", "warning", "warnings"}, {"note", "notice", "notes"}};

/* As the runner decodes them. */
static void encode_data(char *code, char c)
{
    if (c == '%')
        snprintf(code, FIELD_CODE, "%%25");
}

/* What ends a property, too. */
static void encode_property(char *code, char c)
{
    if (strchr("%:,", c) != NULL)
        snprintf(code, FIELD_CODE, "%%%02X", (unsigned char)c);
}

static void print_annotation(const struct output *out, const json_t *finding, const char *command)
{
    struct place place;
    field_print_raw(out, "::");
    field_print_raw(out, command);
    field_print_raw(out, " ");
    if (place_of_finding(&place, out->root, finding)) {
        char line[64];
        field_print_raw(out, "file=");
        field_print(out, place.path, encode_property);
        snprintf(line, sizeof line, ",line=%u,", place.line);
        field_print_raw(out, line);
    }
    place_free(&place);
    field_print_raw(out, "title=");
    field_print(out, field_text(finding, "title"), encode_property);
    field_print_raw(out, "::");
    field_print(out, field_text(finding, "message"), encode_data);
    field_print_raw(out, "%0AWhat to change: ");
    field_print(out, field_text(finding, "advice"), encode_data);
    field_print_raw(out, "\n");
}

static void write_report(const struct output *out, const json_t *report)
{
    unsigned more[LEVELS] = {0}, all_more = 0;
    json_t *finding;
    size_t i;
    for (int level = 0; level < LEVELS; level++) {
        unsigned shown = 0;
        json_array_foreach(json_object_get(report, "findings"), i, finding)
        {
            if (!field_is(finding, "severity", levels[level].severity) || field_is(finding, "baseline", "unchanged"))
                continue;
            /* The last notice is for what is left out. */
            if (shown++ < SHOWN - (level == LEVELS - 1))
                print_annotation(out, finding, levels[level].command);
            else
                more[level]++, all_more++;
        }
    }
    if (all_more == 0)
        return;
    char text[120];
    snprintf(text, sizeof text, "::notice title=lockwatch::%u more:", all_more);
    field_print_raw(out, text);
    for (int level = 0; level < LEVELS; level++) {
        snprintf(text, sizeof text, " %u %s", more[level], levels[level].many);
        field_print_raw(out, more[level] != 0 ? text : "");
    }
    field_print_raw(out, "\n");
}

/* --- the summary --- */

/* In a cell of a table: nothing in it is Markdown or HTML. */
static void encode_cell(char *code, char c)
{
    unsigned char byte = (unsigned char)c;
    bool plain = field_plain(byte) || c == ' ' || byte >= 128;
    if (!plain)
        snprintf(code, FIELD_CODE, "&#%u;", byte);
}

void github_summary(const struct output *out, const json_t *report)
{
    enum { ROWS = 500 };
    json_t *finding;
    size_t i, count = json_array_size(json_object_get(report, "findings"));
    field_print_raw(out, count == 0 ? "### lockwatch: nothing found\n"
                                    : "### lockwatch\n\n| | finding | where | what to change |\n"
                                      "| --- | --- | --- | --- |\n");
    json_array_foreach(json_object_get(report, "findings"), i, finding)
    {
        struct place place;
        char line[32] = "";
        if (i == ROWS) {
            snprintf(line, sizeof line, "\n%zu more.\n", count - i);
            field_print_raw(out, line);
            break;
        }
        field_print_raw(out, "| ");
        field_print(out, field_text(finding, "severity"), encode_cell);
        field_print_raw(out, " | ");
        field_print(out, field_text(finding, "title"), encode_cell);
        field_print_raw(out, " | ");
        if (place_of_finding(&place, out->root, finding)) {
            field_print(out, place.path, encode_cell);
            snprintf(line, sizeof line, "&#58;%u", place.line);
        }
        field_print_raw(out, line);
        place_free(&place);
        field_print_raw(out, " | ");
        field_print(out, field_text(finding, "advice"), encode_cell);
        field_print_raw(out, " |\n");
    }
    field_print_raw(out, "\n");
}

const struct format github_format = {.name = "github", .whole = write_report};
