// What fuzz_module.c begins with: small, and with much of what DWARF describes.
#include <pthread.h>

namespace house
{
struct base {
    virtual int enter(int by)
    {
        return by + 1;
    }
    pthread_mutex_t own;
};
template <typename T, int N> struct room : base {
    struct shelf {
        union {
            pthread_mutex_t mutex;
            char bytes[sizeof(pthread_mutex_t)];
        };
        T value[N][2];
    } shelves[2][3];
    __attribute__((always_inline)) inline int take(T by)
    {
        static pthread_mutex_t once;
        auto lock = [this](int n) { return pthread_mutex_lock(&shelves[n & 1][n % 3].mutex); };
        return lock(by) + pthread_mutex_lock(&once) + enter(by);
    }
    int enter(int by) override;
};
template <typename T, int N> __attribute__((noinline)) int room<T, N>::enter(int by)
{
    return pthread_mutex_unlock(&shelves[by & 1][by % 3].mutex) + take(by - 1);
}
namespace
{
enum class kind { small, large };
room<int, 4> rooms[4];
pthread_rwlock_t of_all[2];
volatile kind chosen = kind::large;
} // namespace
} // namespace house

static void *work(void *arg)
{
    return house::rooms[arg != nullptr].take(int(house::chosen)) != 0 ? arg : &house::of_all[1];
}

int main(int argc, char **argv)
{
    pthread_t thread;
    pthread_create(&thread, nullptr, work, argv);
    return house::rooms[argc & 3].take(argc) + pthread_join(thread, nullptr);
}
