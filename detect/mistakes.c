#include "detect/mistakes.h"

unsigned mistakes_judge(const struct record *r, mistakes_found *found, void *context)
{
    (void)r, (void)found, (void)context;
    return 0;
}
