#include "analyzer/commands/several.h"

#include "analyzer/commands/progress.h"
#include "analyzer/facts/facts.h"
#include "analyzer/open_record.h"

#include <string.h>
#include <unistd.h>

static struct sighting *sighting_of(struct several *all, struct opened_record *view, const struct finding *f)
{
    bool fresh;
    uint32_t id = set_add(&all->sightings, key_number(NO_KEY, identity_of(view, f)), &fresh);
    return id == 0 ? NULL : set_at(&all->sightings, id);
}

/* In how many of them each finding is; what cannot be read is left for later. */
static void count_sightings(struct several *all)
{
    for (unsigned i = 0; i < all->count; i++) {
        struct opened_record view;
        struct set here = IDENTITIES;
        progress(i, all->count);
        bool good = cmd_open(&view, all->path[i], all->suppressions);
        all->readable += good;
        for (size_t f = 0; good && f < view.findings.count; f++) {
            struct sighting *s = sighting_of(all, &view, &view.findings.item[f]);
            if (s != NULL && identities_add(&here, identity_of(&view, &view.findings.item[f]), SEVERITY_NOTE))
                s->runs++;
        }
        set_free(&here);
        opened_record_close(&view);
    }
}

struct sifting {
    struct several *all;
    struct opened_record *view;
};

static bool is_to_be_shown(void *context, const struct finding *f)
{
    struct sifting *s = context;
    if (baseline_has(s->all->baseline, s->view, f)) {
        s->view->findings.known++;
        return false;
    }
    struct sighting *seen = s->all->count > 1 ? sighting_of(s->all, s->view, f) : NULL;
    bool again = seen != NULL && seen->shown;
    if (seen != NULL)
        seen->shown = true;
    s->view->findings.again += again;
    return !again;
}

static void write_record(struct several *all, struct opened_record *view)
{
    findings_sift(&view->findings, is_to_be_shown, &(struct sifting){all, view});
    view->sightings = all->count > 1 ? &all->sightings : NULL;
    view->records = all->readable;
    all->format->record(all->out, view, all->read, all->count);
}

/* Who gives the number of a process means another command. */
static const char *what_else(const char *path, const char *error)
{
    bool number = path[0] != 0 && path[strspn(path, "0123456789")] == 0;
    return number && access(path, F_OK) != 0
               ? "no such file; for a process use 'lockwatch watch PID' or 'lockwatch attach PID'"
               : error;
}

static int read_record(struct several *all, const char *path)
{
    struct opened_record view;
    int status = STATUS_CLEAN;
    if (!cmd_open(&view, path, all->suppressions)) {
        status = cmd_refused(path, what_else(path, view.file.error));
        opened_record_close(&view);
        return status;
    }
    for (size_t i = 0; i < view.findings.count; i++) {
        const struct finding *f = &view.findings.item[i];
        if (f->severity >= all->fail_on && !baseline_has(all->baseline, &view, f))
            status = STATUS_FOUND;
    }
    if (all->facts != NULL) {
        sources_take(all->out->sources, sealed_lines(&view.sealed));
        facts_add(all->facts, &view);
    } else {
        write_record(all, &view);
    }
    all->read++;
    opened_record_close(&view);
    return status;
}

static int read_records(struct several *all)
{
    int status = STATUS_CLEAN;
    for (unsigned i = 0; i < all->count; i++) {
        progress(i, all->count);
        int of_one = read_record(all, all->path[i]);
        status = of_one > status ? of_one : status;
    }
    progress_over();
    return status;
}

static int write_whole(struct several *all)
{
    struct facts facts;
    facts_begin(&facts, all->baseline);
    facts.with_orders = all->format->orders;
    all->facts = &facts;
    int status = read_records(all);
    json_t *report = facts_report(&facts);
    if (all->read != 0)
        all->format->whole(all->out, report);
    json_decref(report);
    facts_end(&facts);
    all->facts = NULL;
    return status;
}

int several_write(struct several *all)
{
    if (all->format->whole != NULL)
        return write_whole(all);
    all->sightings = SET_OF(struct sighting);
    if (all->count > 1)
        count_sightings(all);
    all->format->begin(all->out, all->count);
    int status = read_records(all);
    if (all->read != 0 || all->count > 1)
        all->format->end(all->out, all->count);
    set_free(&all->sightings);
    return status;
}
