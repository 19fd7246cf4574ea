// expect: deadlock error certain threads=2 locks=accounts[0].lock,accounts[1].lock
// stderr-has: accounts[0].lock
// stderr-has: accounts[1].lock
// stderr-has: clerk-east
// stderr-has: clerk-west
// stderr-has: lock_account
// json: sorted(t["name"] for t in f["threads"]) == ["clerk-east", "clerk-west"]
// json: all("lock_account" in [s["function"] for s in t["waits"]["stack"]] for t in f["threads"])
// json: all("move_money" in [s["function"] for s in t["waits"]["stack"]] for t in f["threads"])
// json: all("lock_account" in [s["function"] for s in t["holds"][0]["stack"]] for t in f["threads"])
// json: {s["line"] for s in f["threads"][0]["waits"]["stack"] if s["function"] == "lock_account"} == {30}
// json: all(t["waits"]["mode"] == "exclusive" and not t["waits"]["timed"] for t in f["threads"])

// What a report must say: threads, locks, functions and lines by their names. (The line of the call in
// lock_account stands in the expectation above.)
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>

struct account {
    long balance;
    pthread_mutex_t lock;
};

static struct account accounts[2];
static pthread_barrier_t both;

static void __attribute__((noinline)) lock_account(struct account *account)
{
    pthread_mutex_lock(&account->lock);
    account->balance++;
}

static void __attribute__((noinline)) move_money(int from, int to)
{
    lock_account(&accounts[from]);
    pthread_barrier_wait(&both);
    lock_account(&accounts[to]);
    pthread_mutex_unlock(&accounts[to].lock);
    pthread_mutex_unlock(&accounts[from].lock);
}

static void *clerk(void *arg)
{
    int from = (int)(intptr_t)arg;

    pthread_setname_np(pthread_self(), from ? "clerk-west" : "clerk-east");
    move_money(from, 1 - from);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    for (intptr_t i = 0; i < 2; i++)
        pthread_mutex_init(&accounts[i].lock, NULL);
    for (intptr_t i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, clerk, (void *)i);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
