#include "analyzer/open_record.h"

#include "analyzer/identity.h"
#include "analyzer/liveness.h"
#include "analyzer/python_names.h"
#include "detect/deadlock/deadlock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t opened_clock(const struct record *r)
{
    struct timespec now;
    uint64_t offset = r->header->clock_offset;
    clock_gettime(offset != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME, &now);
    return offset + (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool is_stored(const struct opened_record *v, const struct finding *f)
{
    uintptr_t side = (uintptr_t)f->side, from = (uintptr_t)v->file.data;
    return side >= from && side - from < v->file.size;
}

struct repeats {
    struct opened_record *view;
    struct set stored; /* identities of what the record has stored */
};

static bool is_no_repeat(void *context, const struct finding *f)
{
    const struct repeats *r = context;
    return is_stored(r->view, f) || !identities_has(&r->stored, identity_of(r->view, f), SEVERITY_NOTE);
}

/* In a merged record: a finding of one run that is found again in all of them together is one finding. */
static void drop_repeated(struct opened_record *v)
{
    struct findings *all = &v->findings;
    struct repeats repeats = {v, IDENTITIES};
    for (size_t i = 0; i < all->count; i++)
        if (is_stored(v, &all->item[i]))
            identities_add(&repeats.stored, identity_of(v, &all->item[i]), all->item[i].severity);
    findings_sift(all, is_no_repeat, &repeats);
    set_free(&repeats.stored);
}

static bool name(struct opened_record *v)
{
    v->record = &v->file.record;
    v->symbols = symbols_open(v->record);
    if (v->symbols != NULL && v->sealed.all != NULL)
        symbols_seal(v->symbols, &v->sealed);
    v->names = v->symbols == NULL ? NULL : names_open(v->record, v->symbols);
    v->lock_sources = v->names == NULL ? NULL : lock_sources_open(v->record, v->symbols);
    return v->names != NULL;
}

static bool prepare(struct opened_record *v, bool asked)
{
    const struct findings_time time = {v->runs ? v->now : 0, v->runs && liveness_stopped(&v->file.record), v->ended,
                                       asked};
    if (!name(v) || !findings_gather(&v->findings, v->record, v->names, &time)) {
        strcpy(v->file.error, "offset 0: no memory to judge it");
        return false;
    }
    if (liveness_merged(v->record) != 0)
        drop_repeated(v);
    return true;
}

/*
 * The process wrote while its record was read, so what was read of two threads may never have been true at one moment.
 * What is the same in a second reading was all true at once, between the two.
 */
static void confirm(struct opened_record *v)
{
    struct record_file later;
    struct timespec moment = {0, 20000000};
    nanosleep(&moment, NULL);
    if (record_open(&later, v->path)) {
        findings_confirm(&v->findings, &later.record);
        liveness_confirm_asleep(v->record, &later.record);
    }
    record_close(&later);
}

static bool unseal(struct opened_record *v, const char *problem)
{
    if (problem != NULL)
        snprintf(v->file.error, sizeof v->file.error, "%s", problem);
    return problem == NULL;
}

static bool open_record(struct opened_record *v, const char *path, bool asked)
{
    memset(v, 0, sizeof *v);
    v->path = path;
    if (!record_open(&v->file, path) || !unseal(v, sealed_read(&v->sealed, path)))
        return false;
    v->runs = liveness_runs(&v->file.record);
    v->now = opened_clock(&v->file.record);
    v->ended = asked || (!v->runs && v->file.record.header->end == END_RUNNING);
    bool asleep = v->runs && liveness_look(&v->file.record, v->now);
    if (!prepare(v, asked))
        return false;
    if (asleep || (v->runs && findings_judged(&v->findings)))
        confirm(v);
    return true;
}

bool opened_record_open(struct opened_record *v, const char *path)
{
    return open_record(v, path, false);
}

bool opened_record_open_asked(struct opened_record *v, const char *path)
{
    return open_record(v, path, true);
}

bool opened_record_open_bytes(struct opened_record *v, const void *data, size_t size)
{
    memset(v, 0, sizeof *v);
    v->path = "memory";
    if (!record_open_bytes(&v->file, data, size) || !unseal(v, sealed_read_bytes(&v->sealed, data, size)))
        return false;
    v->ended = v->file.record.header->end == END_RUNNING;
    return prepare(v, false);
}

/* What was written of a target. */
static bool open_written(struct opened_record *v, const char *path, const void *data, size_t size, bool runs)
{
    memset(v, 0, sizeof *v);
    v->path = path;
    if (!record_open_bytes(&v->file, data, size))
        return false;
    v->runs = runs;
    v->now = opened_clock(&v->file.record);
    return true;
}

bool opened_record_open_outside(struct opened_record *v, const char *path, const void *data, size_t size, bool runs,
                                bool (*judge)(struct findings *all, const struct record *r))
{
    return open_written(v, path, data, size, runs) && name(v) && judge(&v->findings, v->record);
}

bool opened_record_open_beside(struct opened_record *v, const char *path, const void *data, size_t size, bool runs,
                               struct deadlock_world *world)
{
    if (!open_written(v, path, data, size, runs))
        return false;
    v->ended = !runs && v->file.record.header->end == END_RUNNING;
    if (runs)
        liveness_look(&v->file.record, v->now);
    const struct findings_time time = {runs ? v->now : 0, runs && liveness_stopped(&v->file.record), v->ended, false};
    world->record = &v->file.record;
    return name(v) && findings_gather_in(&v->findings, world, v->names, &time);
}

bool opened_record_seal(struct opened_record *v)
{
    python_names_close(v->python);
    lock_sources_close(v->lock_sources);
    names_close(v->names);
    symbols_close(v->symbols);
    v->python = NULL;
    v->lock_sources = NULL;
    v->names = NULL;
    v->symbols = NULL;
    return sealed_begin(&v->sealed) && name(v);
}

void opened_record_close(struct opened_record *v)
{
    findings_free(&v->findings);
    python_names_close(v->python);
    lock_sources_close(v->lock_sources);
    names_close(v->names);
    symbols_close(v->symbols);
    sealed_end(&v->sealed);
    if (v->joint != NULL)
        record_close(v->joint);
    free(v->joint);
    record_close(&v->file);
}
