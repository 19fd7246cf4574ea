#include "analyzer/commands/outputs.h"

#include "analyzer/commands/several.h"
#include "analyzer/render/field.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void outputs_options(struct option *options)
{
    static const struct option more[] = {{"source-root", required_argument, NULL, OUTPUT_OPTION - 1},
                                         {"category", required_argument, NULL, OUTPUT_OPTION - 2},
                                         {"junit-file-attribute", no_argument, NULL, OUTPUT_OPTION - 3},
                                         {"baseline", required_argument, NULL, OUTPUT_OPTION - 4},
                                         {NULL, 0, NULL, 0}};
    while (options->name != NULL)
        options++;
    for (int i = 0; i < OUTPUTS_MOST && formats[i] != NULL; i++)
        *options++ = (struct option){formats[i]->name, required_argument, NULL, OUTPUT_OPTION + i};
    memcpy(options, more, sizeof more);
}

bool outputs_take(struct outputs *o, int option, const char *value)
{
    if (option < OUTPUT_OPTION - 4 || option >= OUTPUT_OPTION + OUTPUTS_MOST)
        return false;
    if (option >= OUTPUT_OPTION)
        o->path[option - OUTPUT_OPTION] = value;
    else if (option == OUTPUT_OPTION - 1)
        o->root = value;
    else if (option == OUTPUT_OPTION - 2)
        o->out.category = value;
    else if (option == OUTPUT_OPTION - 3)
        o->out.file_attributes = true;
    else
        o->baseline_path = value;
    return true;
}

/* Two formats in one file would be none. */
static const char *objection(const struct outputs *o, int i)
{
    struct output_file target;
    for (int other = 0; other < i; other++)
        if (o->path[other] != NULL && strcmp(o->path[other], o->path[i]) == 0)
            return "it is to have two formats";
    if (o->baseline_path != NULL && output_file_is(o->path[i], o->baseline_path))
        return "it is the baseline";
    const char *problem = output_file_open(&target, o->path[i], 0666);
    if (problem == NULL)
        output_file_drop(&target);
    return problem;
}

int outputs_begin(struct outputs *o)
{
    const char *actions = getenv("GITHUB_ACTIONS");
    o->out.sources = sources_open();
    o->github = actions != NULL && strcmp(actions, "true") == 0;
    o->out.root = o->found_root = place_root(o->root);
    if (o->found_root == NULL && o->root != NULL)
        return cmd_failed(o->command, o->root, strerror(errno));
    o->asked = o->github;
    for (int i = 0; formats[i] != NULL; i++) {
        const char *problem = o->path[i] == NULL ? NULL : objection(o, i);
        o->asked |= o->path[i] != NULL;
        if (problem != NULL)
            return cmd_failed(o->command, o->path[i], problem);
    }
    if (o->baseline_path != NULL && !baseline_read(&o->baseline, o->baseline_path)) {
        int status = cmd_failed(o->command, o->baseline_path, o->baseline.error);
        baseline_end(&o->baseline);
        return status;
    }
    facts_begin(&o->facts, outputs_baseline(o));
    for (int i = 0; formats[i] != NULL; i++)
        o->facts.with_orders |= o->path[i] != NULL && formats[i]->orders;
    return STATUS_CLEAN;
}

const struct baseline *outputs_baseline(const struct outputs *o)
{
    return o->baseline_path == NULL ? NULL : &o->baseline;
}

void outputs_add(struct outputs *o, struct opened_record *v)
{
    if (!o->asked)
        return;
    char **more = realloc((void *)o->record, (o->records + 1) * sizeof *more);
    sources_take(o->out.sources, sealed_lines(&v->sealed));
    facts_add(&o->facts, v);
    if (more != NULL) {
        o->record = more;
        o->record[o->records] = strdup(v->path);
        o->records += o->record[o->records] != NULL;
    }
}

void outputs_main(struct outputs *o, const char *program, const struct run_child_end *end)
{
    json_t *run, *process, *found = NULL;
    size_t i;
    json_array_foreach(o->facts.runs, i, run)
    {
        process = json_object_get(run, "process");
        if (field_number(process, "pid") == end->pid)
            found = process;
    }
    if (!o->asked)
        return;
    if (found == NULL)
        found = facts_without_record(&o->facts, program, end->pid);
    char *words = end->signal != 0 ? field_format("signal %d", end->signal) : field_format("exit %d", end->status);
    if (words != NULL)
        json_object_set_new(found, "end", json_string(words));
    free(words);
}

void outputs_unwatched(struct outputs *o, const char *program, const char *why, long times)
{
    facts_unwatched(&o->facts, program, why, times);
}

/* --- writing --- */

static int write_file(struct outputs *o, const struct format *format, const char *path, const json_t *report)
{
    struct output_file target;
    const char *problem = output_file_open(&target, path, 0666);
    if (problem != NULL)
        return cmd_failed(o->command, path, problem);
    o->out.write = output_file_write;
    o->out.context = &target;
    if (format->whole != NULL)
        format->whole(&o->out, report);
    else
        several_write(&(struct several){.path = o->record,
                                        .count = (unsigned)o->records,
                                        .format = format,
                                        .out = &o->out,
                                        .baseline = outputs_baseline(o)});
    problem = output_file_keep(&target);
    return problem == NULL ? STATUS_CLEAN : cmd_failed(o->command, path, problem);
}

/* GitHub reads commands from either stream of a step; the summary is appended to. */
static void write_github(struct outputs *o, const json_t *report)
{
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    FILE *file = path == NULL || path[0] == 0 ? NULL : fopen(path, "ae");
    o->out.write = cmd_write;
    o->out.context = stderr;
    github_format.whole(&o->out, report);
    if (file == NULL)
        return;
    o->out.context = file;
    github_summary(&o->out, report);
    fclose(file);
}

int outputs_write(struct outputs *o)
{
    int status = STATUS_CLEAN;
    if (!o->asked)
        return status;
    json_t *report = facts_report(&o->facts);
    for (int i = 0; formats[i] != NULL; i++)
        if (o->path[i] != NULL && write_file(o, formats[i], o->path[i], report) != STATUS_CLEAN)
            status = STATUS_USAGE;
    if (o->github)
        write_github(o, report);
    json_decref(report);
    return status;
}

void outputs_end(struct outputs *o)
{
    for (size_t i = 0; i < o->records; i++)
        free(o->record[i]);
    free((void *)o->record);
    if (o->facts.runs != NULL)
        facts_end(&o->facts);
    if (o->baseline_path != NULL)
        baseline_end(&o->baseline);
    sources_close(o->out.sources);
    free(o->found_root);
}
