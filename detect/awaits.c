#include "detect/awaits.h"

unsigned awaits_judge(const struct record *r, awaits_found *found, void *context)
{
    (void)r, (void)found, (void)context;
    return 0;
}
