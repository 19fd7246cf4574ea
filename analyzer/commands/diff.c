#include "analyzer/baseline.h"
#include "analyzer/commands/cmd.h"
#include "analyzer/document.h"
#include "analyzer/open_record.h"

#include "report/tally.h"

#include <getopt.h>
#include <stdlib.h>

static const char help[] = "Usage: lockwatch diff [OPTION...] OLD NEW\n"
                           "Reports the findings of NEW that OLD does not have, or has with a lower\n"
                           "severity: a note that has become a warning is new. Each is a record, or a file\n"
                           "that 'lockwatch report --format=json' wrote.\n"
                           "\n"
                           "  --format=FORMAT      text (the default), or another one of 'lockwatch report'\n"
                           "  --explain            text with the evidence for each Coffman condition, and\n"
                           "                       with addresses; of a record\n"
                           "  -o, --output=FILE    write to FILE instead of standard output\n"
                           "  --fail-on=SEVERITY   exit with 1 on findings of error, warning (the default)\n"
                           "                       or note, and above\n"
                           "  --source-root=DIR    these three as 'lockwatch report' has them\n"
                           "  --category=NAME\n"
                           "  --junit-file-attribute\n"
                           "  --sysroot=DIR        the program and its libraries, as they ran, are below\n"
                           "                       DIR\n"
                           "  --path-map=FROM=TO   of these, what was below FROM is below TO; may be given\n"
                           "                       more than once\n"
                           "  --suppressions=FILE  where NEW is a record: leave out, and only count, what a\n"
                           "                       line KIND:GLOB of FILE covers\n"
                           "\n"
                           "Exit status: 0 nothing new, 1 findings, 2 wrong usage, 3 a file that cannot be\n"
                           "read.\n";

/* "1 warning, 2 known", "Nothing new". */
static void print_total(struct story *s, const struct tally *t, unsigned known)
{
    bool any = tally_from(t, SEVERITY_NOTE) != 0;
    story_text(s, any ? "\n" : "Nothing new");
    story_text(s, !any && t->suppressed != 0 ? ", " : "");
    tally_tell(s, t);
    if (known != 0)
        story_format(s, ", %u known", known);
    story_text(s, ".\n");
}

static int print_document(struct cmd_output *o, const char *path, const struct baseline *known, struct tally *tally)
{
    struct document document;
    struct story s = {.write = o->out.write, .context = o->out.context};
    int status = document_open(&document, path) ? STATUS_CLEAN : cmd_refused(path, document.error);
    if (status == STATUS_CLEAN) {
        unsigned left_out = document_sift(&document, &known->known, tally);
        if (o->format->whole != NULL) {
            o->format->whole(&o->out, document.root);
        } else {
            document_print(&document, &s);
            print_total(&s, tally, left_out);
        }
    }
    document_close(&document);
    return status;
}

struct sifting {
    struct opened_record *view;
    const struct baseline *known;
};

static bool is_new(void *context, const struct finding *f)
{
    const struct sifting *s = context;
    return !baseline_has(s->known, s->view, f);
}

static void print_opened(const struct cmd_output *o, struct opened_record *view, const struct baseline *known,
                         struct tally *tally)
{
    struct text_writer writer;
    struct findings *all = &view->findings;
    size_t left_out = findings_sift(all, is_new, &(struct sifting){view, known});
    tally->suppressed = (unsigned)all->suppressed;
    for (size_t i = 0; i < all->count; i++)
        tally_add(tally, &all->item[i]);
    if (o->format != &text_format) {
        format_record(o->format, &o->out, view);
        return;
    }
    text_writer_begin(&writer, view, &o->out);
    for (size_t i = 0; i < all->count; i++)
        text_finding(&writer.story, &all->item[i]);
    print_total(&writer.story, tally, (unsigned)left_out);
}

static int print_record(struct cmd_output *o, const char *path, const struct baseline *known, struct tally *tally)
{
    struct opened_record view;
    int status = cmd_open(&view, path, &o->suppressions) ? STATUS_CLEAN : cmd_refused(path, view.file.error);
    if (status == STATUS_CLEAN)
        print_opened(o, &view, known, tally);
    opened_record_close(&view);
    return status;
}

int cmd_diff(int argc, char **argv)
{
    struct cmd_output o;
    struct baseline known;
    struct tally tally = {.suppressed = 0};
    int status;
    if (!cmd_output_read(&o, argc, argv, help, &status))
        return status;
    if (o.baseline != NULL)
        return cmd_wrong("diff", "unknown option --baseline: the first of the two files is it");
    if (argc - optind != 2)
        return cmd_wrong("diff", "wants two records or reports");
    const char *old = argv[optind], *new = argv[optind + 1];
    if ((status = cmd_output_open(&o, argv + optind)) != STATUS_CLEAN)
        return status;
    status = baseline_read(&known, old) ? STATUS_CLEAN : cmd_refused(old, known.error);
    if (status == STATUS_CLEAN)
        status = document_likely(new) ? print_document(&o, new, &known, &tally) : print_record(&o, new, &known, &tally);
    baseline_end(&known);
    bool good = status == STATUS_CLEAN;
    return cmd_output_close(&o, good && tally_from(&tally, o.fail_on) > 0 ? STATUS_FOUND : status, good);
}
