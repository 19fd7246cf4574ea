// expect: deadlock error certain threads=3

// The nested monitor with std::condition_variable. Nobody ever notified; main waits for one of the two.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#ifndef HOLD_OUTER
#define HOLD_OUTER 1
#endif

static std::mutex outer, inner;
static std::condition_variable nonempty;
static std::atomic<bool> inside;
static int items;

static void produce()
{
    while (!inside)
        std::this_thread::yield();
    std::lock_guard<std::mutex> door(outer);
    std::lock_guard<std::mutex> guard(inner);
    items++;
    nonempty.notify_one();
}

static void consume()
{
    std::unique_lock<std::mutex> door(outer);

    inside = true;
    if (!HOLD_OUTER)
        door.unlock();
    std::unique_lock<std::mutex> lock(inner);
    nonempty.wait(lock, [] { return items > 0; });
    items--;
}

int main()
{
    std::thread consumer(consume), producer(produce);

    consumer.join();
    producer.join();
    return items;
}
