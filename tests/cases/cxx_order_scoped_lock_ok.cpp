// expect: none

// std::scoped_lock and std::lock take any number of mutexes in any order: they wait for one while they hold nothing.
#include <mutex>
#include <semaphore.h>
#include <thread>

static std::mutex a, b, c;
static sem_t turn;
static int shared;

static void one()
{
    for (int i = 0; i < 100; i++) {
        std::scoped_lock both(a, b);
        shared++;
    }
    sem_post(&turn);
}

static void two()
{
    sem_wait(&turn);
    for (int i = 0; i < 100; i++) {
        std::scoped_lock all(c, b, a);
        shared--;
    }
    std::unique_lock first(b, std::defer_lock), second(a, std::defer_lock);
    std::lock(first, second);
}

int main()
{
    sem_init(&turn, 0, 0);
    std::thread t1(one), t2(two);
    t1.join();
    t2.join();
    return shared;
}
