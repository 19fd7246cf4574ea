// expect: deadlock error certain locks=table

// Two who read a std::shared_mutex both want to write it.
// The one that asks first is kept out by its own read lock: it is found alone, if the other has not come yet.
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <thread>

#ifndef LET_GO
#define LET_GO 0
#endif

std::shared_mutex table;
static std::atomic<int> reading;
static std::atomic<int> writes;

static void upgrade()
{
    std::shared_lock<std::shared_mutex> reader(table);

    reading++;
    while (reading < 2)
        std::this_thread::yield();
    if (LET_GO)
        reader.unlock();
    std::unique_lock<std::shared_mutex> writer(table);
    writes++;
}

int main()
{
    std::thread first(upgrade), second(upgrade);

    first.join();
    second.join();
    return writes == 2 ? 0 : 1;
}
