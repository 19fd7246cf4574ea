// expect: none

// Statics that many wait for: one takes a while; the first try at another one throws, and another thread makes it.
#include "tests/order.h"
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

static std::mutex m;
static std::atomic<int> tries;

static int slowly()
{
    usleep(20000);
    std::lock_guard<std::mutex> guard(m);
    return 1;
}

static int refuse_first()
{
    if (tries++ == 0)
        throw std::runtime_error("not yet");
    std::lock_guard<std::mutex> guard(m);
    return 1;
}

static void use(int &sum)
{
    static int slow = slowly();
    sum = slow;
    for (int i = 0; i < 2; i++)
        try {
            static int refused = refuse_first();
            sum += refused;
            break;
        } catch (const std::runtime_error &) {
        }
    std::lock_guard<std::mutex> guard(m);
}

int main()
{
    enum { USERS = 8 };
    int sum[USERS], all = 0;
    std::vector<std::thread> threads;

    for (int &each : sum)
        threads.emplace_back(use, std::ref(each));
    for (std::thread &t : threads)
        t.join();
    for (int each : sum)
        all += each;
    return all == 2 * USERS && tries == 2 ? 0 : 1;
}
