// expect: none

// std::scoped_lock with others in the way: it backs off and begins with another one.
#include <mutex>
#include <thread>

static std::mutex a, b, c;
static long shared;

template <class... M> static void work(M &...m)
{
    for (int i = 0; i < 20000; i++) {
        std::scoped_lock all(m...);
        shared++;
    }
}

int main()
{
    std::thread t1([] { work(a, b, c); }), t2([] { work(c, b, a); }), t3([] { work(b, c, a); });
    t1.join();
    t2.join();
    t3.join();
    return shared != 60000;
}
