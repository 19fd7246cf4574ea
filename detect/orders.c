#include "detect/orders.h"

struct orders_result orders_judge(const struct orders_world *w, orders_found *found, void *context)
{
    (void)w, (void)found, (void)context;
    return (struct orders_result){0, true};
}
