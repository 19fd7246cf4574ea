// expect: deadlock error certain threads=2 locks=account-anna,account-ben
// stderr-has: mutex account-anna
// report-has: mutex account-ben
// json: sorted(l["name"] for l in f["locks"]) == ["account-anna", "account-ben"]

// Mutexes in memory from malloc, which have no symbol: the program names them, before there is a record and after. A
// name ends with its lock, can be given anew, and is copied.
#define _GNU_SOURCE
#include "include/lockwatch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct account {
    pthread_mutex_t lock;
};

static struct account *accounts;
static pthread_barrier_t both;

static void name_account(struct account *a, const char *owner)
{
    char *name;

    if (asprintf(&name, "account-%s", owner) < 0)
        exit(1);
    LOCKWATCH_NAME(&a->lock, name);
    memset(name, 'x', strlen(name));
    free(name);
}

static void *backward(void *arg)
{
    pthread_mutex_lock(&accounts[1].lock);
    name_account(&accounts[1], "ben");
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&accounts[0].lock);
    return arg;
}

int main(void)
{
    pthread_t thread;

    accounts = calloc(2, sizeof *accounts);
    LOCKWATCH_NAME(&accounts[1].lock, "not initialised yet");
    for (int i = 0; i < 2; i++)
        pthread_mutex_init(&accounts[i].lock, NULL);
    name_account(&accounts[0], "a name that is longer than any other, so long that only the first part can be kept");
    name_account(&accounts[0], "anna");
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, backward, NULL);
    pthread_mutex_lock(&accounts[0].lock);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&accounts[1].lock);
    return 0;
}
