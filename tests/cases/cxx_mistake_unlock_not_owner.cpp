// expect: unlock-not-owner warning threads=2
// expect: unlock-not-owner warning threads=2
// json: sorted(f["locks"][0]["name"] for f in doc["findings"]) == ["m", "sm"]

// std::mutex and std::shared_mutex, released by a thread that took neither: "undefined", and it works.
#include <mutex>
#include <shared_mutex>
#include <thread>

static std::mutex m;
static std::shared_mutex sm;

int main()
{
    m.lock();
    sm.lock_shared();
    std::thread([] {
        m.unlock();
        sm.unlock_shared();
    }).join();
    return m.try_lock() && sm.try_lock() ? 0 : 1;
}
