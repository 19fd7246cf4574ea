/*
 * Lock orders against those that the program declared (LOCKWATCH_ORDER): a thread acquired what is to come first while
 * it held what is to come after it. Declared orders are in the trie of holds, as nodes that are no acquisitions
 * (HOW_DECLARED). Any such acquisition counts: what keeps two threads apart does not matter, as the program asked.
 *
 * Linear in the trie, and nothing where nothing is declared. Memory comes from mmap and is returned at the end.
 */
#ifndef LOCKWATCH_DETECT_ORDER_DECLARED_H
#define LOCKWATCH_DETECT_ORDER_DECLARED_H

#include "detect/order/orders_world.h"

/*
 * Calls `found` once for each pair of locks and call site: a FINDING_LOCK_ORDER, whose first side is the acquisition,
 * and whose others lead from there, declaration by declaration (WANT_DECLARED), back to what it held. How many.
 */
unsigned declared_judge(const struct record *r, orders_found *found, void *context);

#endif
