// expect: deadlock error certain threads=2 locks=m,settings()::made
// stderr-has: waits for initialiser of settings()::made, run by T
// json: sorted(l["kind"] for l in f["locks"]) == ["guard", "mutex"]
// json: f["cycle"][0]["wants"] == f["cycle"][1]["holds"]

// A static whose making needs a mutex, whose holder waits for that static.
#include "tests/order.h"
#include <mutex>
#include <thread>

#ifndef MADE_BEFORE
#define MADE_BEFORE 0
#endif

static std::mutex m;

struct Settings {
    Settings()
    {
        step();
        if (!MADE_BEFORE)
            await_step(2);
        std::lock_guard<std::mutex> guard(m);
    }
};

static Settings &settings()
{
    static Settings made;
    return made;
}

static void change()
{
    std::lock_guard<std::mutex> guard(m);

    step();
    await_step(2);
    settings();
}

int main()
{
    if (MADE_BEFORE)
        settings();
    std::thread reader([] { settings(); });
    std::thread writer(change);

    reader.join();
    writer.join();
    return 0;
}
