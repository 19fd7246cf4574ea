// expect: lock-order warning threads=2 locks=a,b

// std::shared_mutex: one reads them in this order, the other writes them in that.
#include <mutex>
#include <semaphore.h>
#include <shared_mutex>
#include <thread>

static std::shared_mutex a, b;
static sem_t turn;

static void one()
{
    std::shared_lock first(a), second(b);
    sem_post(&turn);
}

static void two()
{
    sem_wait(&turn);
    std::unique_lock first(b), second(a);
}

int main()
{
    sem_init(&turn, 0, 0);
    std::thread t1(one), t2(two);
    t1.join();
    t2.join();
    return 0;
}
