#include "report/tally.h"

void tally_add(struct tally *t, const struct finding *f)
{
    if (f->severity >= SEVERITY_NOTE && f->severity <= SEVERITY_ERROR)
        t->of[f->severity]++;
}

unsigned tally_from(const struct tally *t, enum finding_severity least)
{
    unsigned n = 0;
    for (enum finding_severity s = least; s <= SEVERITY_ERROR; s++)
        n += t->of[s];
    return n;
}

void tally_tell(struct story *s, const struct tally *t)
{
    const char *comma = "";
    for (enum finding_severity severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--) {
        unsigned n = t->of[severity];
        if (n != 0) {
            story_format(s, "%s%u %s%s", comma, n, finding_severity_word(severity), n == 1 ? "" : "s");
            comma = ", ";
        }
    }
    if (t->suppressed != 0)
        story_format(s, "%s%u suppressed", comma, t->suppressed);
}
