// Cycles of lock orders in C++ that only differ in which lambda, member or template takes the locks. Usage: cycles WHICH...
// Built by tests/scripts/names, by several compilers.
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace bank
{

template <class T> struct Box {
    std::mutex lock;
    T value = {};

    template <class F> void both(F then)
    {
        std::lock_guard<std::mutex> own(lock);
        then();
    }
};

} // namespace bank

struct Pair {
    std::mutex a, b;
};

template <class F, class G> static void run(F first, G second)
{
    std::atomic<bool> done(false);
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

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        std::unique_ptr<Pair> p(new Pair), q(new Pair);
        if (strcmp(argv[i], "lambdas") == 0)
            run([&] { p->a.lock(); p->b.lock(); p->b.unlock(); p->a.unlock(); }, [&] { p->b.lock(); p->a.lock(); p->a.unlock(); p->b.unlock(); });
        else if (strcmp(argv[i], "others") == 0)
            run([&] { q->a.lock(); q->b.lock(); q->b.unlock(); q->a.unlock(); }, [&] { q->b.lock(); q->a.lock(); q->a.unlock(); q->b.unlock(); });
        auto take = [](auto &x, auto &y) {
            std::lock_guard<std::mutex> first(x);
            std::lock_guard<std::mutex> second(y);
        };
        if (strcmp(argv[i], "generic") == 0)
            run([&] { take(p->a, p->b); }, [&] { take(p->b, p->a); });
        if (strcmp(argv[i], "nested") == 0)
            run(
                [&] {
                    auto inner = [&] {
                        std::lock_guard<std::mutex> first(p->a);
                        [&] { std::lock_guard<std::mutex> second(p->b); }();
                    };
                    inner();
                },
                [&] {
                    std::lock_guard<std::mutex> first(p->b);
                    std::lock_guard<std::mutex> second(p->a);
                });
        if (strcmp(argv[i], "members") == 0) {
            std::unique_ptr<bank::Box<long>> box(new bank::Box<long>);
            std::unique_ptr<bank::Box<std::string>> name(new bank::Box<std::string>);
            run([&] { box->both([&] { std::lock_guard<std::mutex> second(name->lock); }); },
                [&] { name->both([&] { std::lock_guard<std::mutex> second(box->lock); }); });
        }
    }
    return 0;
}
