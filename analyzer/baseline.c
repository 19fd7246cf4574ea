#include "analyzer/baseline.h"

#include "analyzer/document.h"
#include "analyzer/open_record.h"

#include <stdio.h>

static bool read_document(struct baseline *b, const char *path)
{
    struct document d;
    bool good = document_open(&d, path);
    if (good) {
        document_identities(&d, &b->known);
        json_decref(b->findings);
        b->findings = document_briefs(&d);
    } else {
        snprintf(b->error, sizeof b->error, "%s", d.error);
    }
    document_close(&d);
    return good;
}

static bool read_record(struct baseline *b, const char *path)
{
    struct opened_record v;
    bool good = opened_record_open(&v, path);
    if (!good)
        snprintf(b->error, sizeof b->error, "%s", v.file.error);
    for (size_t i = 0; good && i < v.findings.count; i++) {
        const struct finding *f = &v.findings.item[i];
        char id[24];
        uint64_t identity = identity_of(&v, f);
        snprintf(id, sizeof id, "%016llx", (unsigned long long)identity);
        if (identities_add(&b->known, identity, f->severity))
            json_array_append_new(b->findings, json_pack("{ss,ss,ss,sn}", "id", id, "kind", finding_kind_word(f->kind),
                                                         "severity", finding_severity_word(f->severity), "title"));
    }
    opened_record_close(&v);
    return good;
}

bool baseline_read(struct baseline *b, const char *path)
{
    *b = (struct baseline){.known = IDENTITIES, .findings = json_array()};
    return document_likely(path) ? read_document(b, path) : read_record(b, path);
}

void baseline_end(struct baseline *b)
{
    set_free(&b->known);
    json_decref(b->findings);
    b->findings = NULL;
}

bool baseline_has(const struct baseline *b, struct opened_record *v, const struct finding *f)
{
    return b != NULL && identities_has(&b->known, identity_of(v, f), f->severity);
}
