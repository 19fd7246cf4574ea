// expect: none

// A container of mutexes is freed and another one gets its memory. The first one's were taken in one order, the second
// one's in the other; std::mutex is neither made nor destroyed by a call.
#include <memory>
#include <mutex>
#include <semaphore.h>
#include <thread>

static sem_t turn;
static void *first, *second;

static void take(std::mutex &outer, std::mutex &inner)
{
    std::lock_guard one(outer);
    std::lock_guard two(inner);
}

static void one()
{
    auto pair = std::make_unique<std::mutex[]>(2);
    first = pair.get();
    take(pair[0], pair[1]);
    pair.reset();
    sem_post(&turn);
}

static void two()
{
    sem_wait(&turn);
    auto pair = std::make_unique<std::mutex[]>(2);
    second = pair.get();
    take(pair[1], pair[0]);
}

int main()
{
    sem_init(&turn, 0, 0);
    std::thread t1(one), t2(two);
    t1.join();
    t2.join();
    (void)first, (void)second;
    return 0;
}
