// expect: none

// std::mutex with lock_guard and unique_lock, std::thread, an exception that passes through a guard, and a
// static that two threads ask for at once.
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

static std::mutex outer, inner;
static int count;

static std::vector<int> &slowly_made()
{
    static std::vector<int> made = [] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return std::vector<int>(10, 1);
    }();
    return made;
}

static void add(int i)
{
    std::lock_guard<std::mutex> guard(outer);
    std::unique_lock<std::mutex> lock(inner);

    if (i % 7 == 0)
        throw std::runtime_error("seven");
    count += slowly_made()[i % 10];
    lock.unlock();
    lock.lock();
}

static void work()
{
    slowly_made();
    for (int i = 0; i < 700; i++) {
        try {
            add(i);
        } catch (const std::runtime_error &) {
        }
    }
}

int main()
{
    std::vector<std::thread> threads;

    for (int i = 0; i < 4; i++)
        threads.emplace_back(work);
    for (auto &thread : threads)
        thread.join();
    return count == 2400 ? 0 : 1;
}
