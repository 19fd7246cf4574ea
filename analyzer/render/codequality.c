/* GitLab's code quality report: a list of issues, of which GitLab shows the first only where two have one fingerprint.
 */
#include "analyzer/document.h"
#include "analyzer/render/field.h"
#include "analyzer/render/render.h"

#include <stdlib.h>

static const char *severity(const json_t *finding)
{
    if (field_is(finding, "severity", "error"))
        return field_is(finding, "kind", "deadlock") ? "blocker" : "critical";
    return field_is(finding, "severity", "warning") ? "major" : "info";
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static json_t *issue(const char *root, const json_t *finding)
{
    struct place place;
    bool there = place_of_finding(&place, root, finding);
    const char *path = there ? place.path : base_of(field_text(finding, "executable"));
    char *check = field_format("lockwatch.%s", field_text(finding, "kind"));
    char *description = field_format("%s. %s", field_text(finding, "title"), field_text(finding, "advice"));
    json_t *all = json_pack("{ss*,ss*,ss,ss,s{ss,s{si}}}", "description", description, "check_name", check,
                            "fingerprint", field_text(finding, "id"), "severity", severity(finding), "location", "path",
                            path[0] == 0 ? "unknown" : path, "lines", "begin", there ? (int)place.line : 1);
    place_free(&place);
    free(check);
    free(description);
    return all;
}

static void write_report(const struct output *out, const json_t *report)
{
    json_t *all = json_array(), *seen = json_object(), *finding;
    size_t i;
    json_array_foreach(json_object_get(report, "findings"), i, finding)
    {
        const char *id = field_text(finding, "id");
        if (json_object_get(seen, id) == NULL)
            json_array_append_new(all, issue(out->root, finding));
        json_object_set_new(seen, id, json_true());
    }
    document_dump(all, out);
    out->write(out->context, "\n", 1);
    json_decref(seen);
    json_decref(all);
}

const struct format codequality_format = {.name = "codequality", .whole = write_report};
