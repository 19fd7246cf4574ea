#include "analyzer/document.h"
#include "analyzer/render/render.h"

static void write_report(const struct output *out, const json_t *report)
{
    document_dump(report, out);
    out->write(out->context, "\n", 1);
}

const struct format json_format = {.name = "json", .whole = write_report};
