// A map cut into shards with a std::mutex each, under a std::shared_mutex that is taken exclusively now and then:
// shards [OPERATIONS]. Two threads.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>

namespace
{
constexpr unsigned shards = 64, keys = 20000, exclusive_every = 10000;

struct shard {
    std::mutex mutex;
    std::unordered_map<uint64_t, std::string> map;
};

std::array<shard, shards> table;
std::shared_mutex whole;

void work(uint64_t chance, unsigned operations)
{
    for (unsigned i = 0; i < operations; i++) {
        chance = chance * 6364136223846793005U + 1442695040888963407U;
        uint64_t key = (chance >> 33) % keys;
        if (i % exclusive_every == 0) {
            std::unique_lock all(whole);
            table[key % shards].map.clear();
            continue;
        }
        std::shared_lock some(whole);
        shard &mine = table[key % shards];
        std::lock_guard one(mine.mutex);
        if (chance >> 31 & 1) {
            mine.map[key] = "value " + std::to_string(key);
        } else {
            mine.map.find(key);
        }
    }
}
} // namespace

int main(int argc, char **argv)
{
    unsigned operations = argc > 1 ? static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10)) : 1000000;
    std::thread other(work, 1, operations);
    work(2, operations);
    other.join();
}
