// expect: deadlock error certain threads=1 locks=m

// A public member function that locks calls another one that locks, too.
#include <mutex>

static std::mutex m;

static int size()
{
    std::lock_guard<std::mutex> guard(m);
    return 0;
}

static bool empty()
{
    std::lock_guard<std::mutex> guard(m);
    return size() == 0;
}

int main()
{
    return empty() ? 0 : 1;
}
