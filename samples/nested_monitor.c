/*
 * Nested monitors (A. Lister, "The problem of nested monitor calls", 1977): a shop, protected by a lock, that
 * keeps a stock, protected by a lock and a condition of its own.
 *
 * What goes wrong: the customer goes in with the shop's lock and waits in the stock for a delivery. Waiting
 * releases the stock's lock, but not the shop's, and every delivery comes through the shop.
 *
 * The fix: do not call into a monitor that waits while holding another one. The shop's lock is for its
 * counters alone, and is acquired after the goods are there.
 *
 * expect-faulty: deadlock error certain threads=3
 * expect-fixed: none
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t shop_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t stock_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t delivered = PTHREAD_COND_INITIALIZER;
static int stock;
static int received, sold;
static int rounds = 50;

static void stock_add(void)
{
    pthread_mutex_lock(&stock_lock);
    stock++;
    pthread_cond_signal(&delivered);
    pthread_mutex_unlock(&stock_lock);
}

static void stock_take(void)
{
    pthread_mutex_lock(&stock_lock);
    while (stock == 0)
        pthread_cond_wait(&delivered, &stock_lock);
    stock--;
    pthread_mutex_unlock(&stock_lock);
}

static void deliver(void)
{
#ifdef FAULTY
    pthread_mutex_lock(&shop_lock);
    stock_add();
#else
    stock_add();
    pthread_mutex_lock(&shop_lock);
#endif
    received++;
    pthread_mutex_unlock(&shop_lock);
}

static void buy(void)
{
#ifdef FAULTY
    pthread_mutex_lock(&shop_lock);
    stock_take();
#else
    stock_take();
    pthread_mutex_lock(&shop_lock);
#endif
    sold++;
    pthread_mutex_unlock(&shop_lock);
}

static void *supplier(void *arg)
{
    (void)arg;
    pthread_setname_np(pthread_self(), "supplier");
    usleep(100000); /* on the road */
    for (int i = 0; i < rounds; i++)
        deliver();
    return NULL;
}

static void *customer(void *arg)
{
    (void)arg;
    pthread_setname_np(pthread_self(), "customer");
    for (int i = 0; i < rounds; i++)
        buy();
    return NULL;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
    pthread_t threads[2];
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c != 'r')
            return 2;
        rounds = atoi(optarg);
    }
    pthread_create(&threads[0], NULL, customer, NULL);
    pthread_create(&threads[1], NULL, supplier, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    printf("%d received, %d sold\n", received, sold);
    return 0;
}
