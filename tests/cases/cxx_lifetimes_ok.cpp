// std::mutex has nothing that ends it, so each of these ends with its memory, however that is released. With an
// argument it prints, for tests/scripts/lifetimes: what was done, the lock's address, and how many locks that had.
// expect: none
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

static std::mutex outer;
static std::map<void *, int> times;
static bool prints;

struct object {
    long others[5];
    std::mutex lock;
};
struct alignas(256) aligned {
    long others[5];
    std::mutex lock;
};

static void use(std::mutex &inner)
{
    std::lock_guard<std::mutex> one(outer), two(inner);
    times[&inner]++;
}

static void tell(const char *what)
{
    for (auto [address, count] : times)
        if (prints)
            printf("%s %p %d\n", what, address, count);
    /* Kept: an address may come back in another way. */
}

template <class T> static T *build(void *memory)
{
    std::memset(memory, 0, sizeof(T));
    return new (memory) T;
}

int main(int argc, char **)
{
    prints = argc > 1;
    for (int i = 0; i < 4; i++) {
        auto one = new object;
        use(one->lock);
        delete one;
        auto many = new object[3];
        use(many[2].lock);
        delete[] many;
        auto far = new aligned;
        use(far->lock);
        delete far;
        auto far_many = new aligned[2];
        use(far_many[1].lock);
        delete[] far_many;
        use(std::make_unique<object>()->lock);
        use(std::make_shared<object>()->lock);
        std::vector<object> vector(3000);
        use(vector[2999].lock);

        void *memory = operator new(sizeof(object));
        use(build<object>(memory)->lock);
        operator delete(memory);
        memory = operator new(sizeof(object), std::nothrow);
        use(build<object>(memory)->lock);
        operator delete(memory, std::nothrow);
        memory = operator new[](sizeof(object), std::nothrow);
        use(build<object>(memory)->lock);
        operator delete[](memory, std::nothrow);
        memory = operator new(sizeof(aligned), std::align_val_t(256), std::nothrow);
        use(build<aligned>(memory)->lock);
        operator delete(memory, std::align_val_t(256), std::nothrow);
        memory = operator new[](sizeof(aligned), std::align_val_t(256));
        use(build<aligned>(memory)->lock);
        operator delete[](memory, std::align_val_t(256));
        std::thread([] {
            object here;
            use(here.lock);
        }).join();
    }
    tell("C++");
}
