// expect: none

// std::scoped_lock takes two mutexes in whichever order they are given, and backs off where it has to.
#include <mutex>
#include <thread>

static std::mutex a, b;
static int count;

static void forward()
{
    for (int i = 0; i < 3000; i++) {
        std::scoped_lock both(a, b);
        count++;
    }
}

static void backward()
{
    for (int i = 0; i < 3000; i++) {
        std::scoped_lock both(b, a);
        count++;
    }
}

int main()
{
    std::thread first(forward), second(backward);

    first.join();
    second.join();
    return count == 6000 ? 0 : 1;
}
