// expect: deadlock error certain threads=2
// json: all("transfer" in "".join(s["function"] or "" for s in t["waits"]["stack"]) for t in f["threads"])

// Mutexes inside of objects on the heap, locked by a member function.
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

namespace bank
{

static std::atomic<int> arrived;

class Account
{
  public:
    __attribute__((noinline)) void transfer(Account &to, long amount)
    {
        std::lock_guard<std::mutex> mine(lock_);

        arrived++;
        while (arrived < 2)
            std::this_thread::yield();
        std::lock_guard<std::mutex> theirs(to.lock_);
        balance_ -= amount;
        to.balance_ += amount;
    }

  private:
    long balance_ = 0;
    std::mutex lock_;
};

} // namespace bank

int main()
{
    auto mine = std::make_unique<bank::Account>(), yours = std::make_unique<bank::Account>();
    std::thread give([&] { mine->transfer(*yours, 10); });
    std::thread take([&] { yours->transfer(*mine, 10); });

    give.join();
    take.join();
    return 0;
}
