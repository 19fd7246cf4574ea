// expect: none
// where: machine == "x86_64" and glibc >= (2, 0)

// Some programs make a static spinlock by unlocking it: 0 is taken on x86-64, but nobody took it.
#include <pthread.h>
#include <stddef.h>

static pthread_spinlock_t s;
static int sum;

static void *worker(void *arg)
{
    for (int i = 0; i < 1000; i++) {
        pthread_spin_lock(&s);
        sum++;
        pthread_spin_unlock(&s);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_spin_unlock(&s);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return sum != 2000;
}
