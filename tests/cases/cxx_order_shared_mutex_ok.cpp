// expect: none

// std::shared_mutex, read in both orders; recursive mutexes taken again below another one.
#include <mutex>
#include <semaphore.h>
#include <shared_mutex>
#include <thread>

static std::shared_mutex a, b;
static std::recursive_mutex outer;
static std::mutex inner;
static sem_t turn;

static void one()
{
    std::shared_lock first(a), second(b);
    std::lock_guard once(outer);
    std::lock_guard below(inner);
    std::lock_guard twice(outer);
    sem_post(&turn);
}

static void two()
{
    sem_wait(&turn);
    std::shared_lock first(b), second(a);
    std::lock_guard once(outer);
    std::lock_guard below(inner);
    std::lock_guard twice(outer);
}

int main()
{
    sem_init(&turn, 0, 0);
    std::thread t1(one), t2(two);
    t1.join();
    t2.join();
    return 0;
}
