// expect: none
// where: gcc >= (11, 0)
// std::call_once whose function throws the first time: the next one runs it again. Then a slow one, with
// waiters.
#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

static std::once_flag flaky, slow;
static std::atomic<int> tries, runs;

static void fails_once()
{
    if (++tries == 1)
        throw std::runtime_error("not yet");
}

static void takes_long()
{
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    runs++;
}

int main()
{
    std::vector<std::thread> threads;

    try {
        std::call_once(flaky, fails_once);
        return 1;
    } catch (const std::runtime_error &) {
    }
    std::call_once(flaky, fails_once);
    std::call_once(flaky, fails_once);
    for (int i = 0; i < 5; i++)
        threads.emplace_back([] { std::call_once(slow, takes_long); });
    for (auto &thread : threads)
        thread.join();
    return tries == 2 && runs == 1 ? 0 : 1;
}
