/* All kinds of operator delete, on threads. */
#include <cstdio>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

struct alignas(64) wide {
    std::mutex mutex;
    char more[200];
};

static std::mutex outer;

static void work()
{
    for (int i = 0; i < 50; i++) {
        std::lock_guard<std::mutex> guard(outer);
        auto one = new wide, many = new wide[3];
        one->mutex.lock();
        one->mutex.unlock();
        auto plain = new std::mutex;
        plain->lock();
        plain->unlock();
        operator delete(operator new(10, std::nothrow), std::nothrow);
        operator delete[](operator new[](10, std::nothrow), std::nothrow);
        delete plain;
        delete one;
        delete[] many;
        delete[] new int[5];
    }
}

int main()
{
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; i++)
        threads.emplace_back(work);
    for (auto &t : threads)
        t.join();
    std::puts("done");
    return 7;
}
