#include "analyzer/document.h"
#include "analyzer/render/render.h"

static void write_report(const struct output *out, const json_t *report)
{
    json_t *shown = json_copy((json_t *)report);
    json_object_del(shown, "orders"); /* which another format may have wanted */
    document_dump(shown, out);
    json_decref(shown);
    out->write(out->context, "\n", 1);
}

const struct format json_format = {.name = "json", .whole = write_report};
