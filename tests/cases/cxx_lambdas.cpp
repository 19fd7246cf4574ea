// expect: lock-order warning threads=2
// expect: lock-order warning threads=2
// report-has: #0 main::{lambda#2}::{lambda#1} at
// report-has: #0 main::{lambda#3} at
// report-has: #0 main::{lambda#4}<bank::pair<long>> at
// report-has: #2 bank::pair<...>::both<...> at
// report-has: #0 main::{lambda#6} at
// json: doc["findings"][0]["id"] != doc["findings"][1]["id"]
// json: '"bank::pair<long>::both<main::{lambda#5}::{lambda#1}>"' in __import__("json").dumps(doc)

// Two cycles of locks in lambdas of one function: nested, generic, called through a template's member; they are kept
// apart, and named by where they stand.
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

namespace bank
{

template <class T> struct pair {
    T balance = 0;
    std::mutex left, right;

    template <class F> void both(F then)
    {
        std::lock_guard own(left);
        then(*this);
    }
};

} // namespace bank

template <class F, class G> static void run(F first, G second)
{
    std::atomic<bool> done = false;
    std::thread one([&] {
        first();
        done = true;
    });
    std::thread two([&] {
        while (!done)
            std::this_thread::yield();
        second();
    });
    one.join();
    two.join();
}

int main()
{
    auto one = std::make_unique<bank::pair<long>>(), two = std::make_unique<bank::pair<long>>();
    auto unused = [&] { one->balance = 1; };
    auto nested = [&] {
        std::lock_guard first(one->left);
        [&] { std::lock_guard second(one->right); }();
    };
    run(nested, [&] { std::lock_guard first(one->right), second(one->left); });

    auto take = [](auto &p) { std::lock_guard second(p.right); };
    run([&] { two->both([&](bank::pair<long> &p) { take(p); }); },
        [&] { std::lock_guard first(two->right), second(two->left); });
    (void)unused;
    return 0;
}
