// expect: none

// A lock moves from object to object, but in the same thread; and what unique_lock itself refuses never comes to libc.
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <thread>
#include <utility>

static std::mutex m;
static std::shared_mutex sm;

static int refused(std::unique_lock<std::mutex> &lock)
{
    try {
        lock.unlock();
    } catch (const std::system_error &) {
        return 1;
    }
    return 0;
}

int main()
{
    std::unique_lock<std::mutex> lock(m);
    std::unique_lock<std::mutex> other = std::move(lock);
    std::shared_lock<std::shared_mutex> reading(sm);
    std::thread([] { std::shared_lock<std::shared_mutex> too(sm); }).join();
    std::shared_lock<std::shared_mutex> moved(std::move(reading));
    int count = refused(lock);
    other.unlock();
    count += refused(other);
    other.lock();
    other.release()->unlock();
    return count == 2 ? 0 : 1;
}
