/* The lock orders of a record, for the formats that show them. */
#include "analyzer/facts/pieces.h"

#include "analyzer/lock_orders.h"

/* With more locks than this in its orders, those that are alike are shown as one. */
enum { LOCKS_ALONE = 40, ORDERS_MOST = 1000 };

static json_t *order_of(struct opened_record *v, const struct lock_order *o)
{
    const struct hold *outer = record_hold(v->record, o->outer_hold), *inner = record_hold(v->record, o->inner_hold);
    json_t *order = json_object();
    json_object_set_new(order, "outer", json_integer(o->outer));
    json_object_set_new(order, "inner", json_integer(o->inner));
    json_object_set_new(order, "times", json_integer((json_int_t)o->times));
    json_object_set_new(order, "next", json_boolean(o->next));
    json_object_set_new(order, "cyclic", json_boolean(o->cyclic));
    json_object_set_new(order, "outer_stack", piece_stack(v, outer->stack, 0));
    json_object_set_new(order, "inner_stack", piece_stack(v, inner->stack, 0));
    return order;
}

json_t *piece_orders(struct opened_record *v, json_t *locks)
{
    struct lock_orders orders;
    json_t *all = json_array();
    lock_orders_read(&orders, v->record, NULL);
    if (orders.locks > LOCKS_ALONE || orders.cut) {
        lock_orders_free(&orders);
        lock_orders_read(&orders, v->record, v->names);
    }
    for (size_t i = 0; i < orders.count && i < ORDERS_MOST; i++) {
        json_array_append_new(all, order_of(v, &orders.item[i]));
        piece_add_lock(locks, v, orders.item[i].outer);
        piece_add_lock(locks, v, orders.item[i].inner);
    }
    json_t *part = json_object();
    json_object_set_new(part, "all", json_boolean(!orders.cut && orders.count <= ORDERS_MOST));
    json_object_set_new(part, "list", all);
    lock_orders_free(&orders);
    return part;
}
