// A CPU allocator that keeps its pages.
//
// The system allocator gives large blocks back to the kernel on every free, and each step of training then pays for
// fresh, zeroed 4 KB pages: about half the time of a two-tower step. This one rounds a request up to a size class
// (eighths of a power of two), keeps freed blocks in a list per class, and asks for huge pages from 2 MB on.
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

#include "guard.h"

namespace {

constexpr size_t kHeader = 64; // keeps the data on its own cache line, as LibTorch's kernels expect
constexpr size_t kSmallest = 256;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr int kClasses = 8 * 48;

struct Header {
  int32_t size_class;
};
static_assert(sizeof(Header) <= kHeader);

/// Eight classes between two powers of two: at most 1/8 of a block is wasted.
int class_of(size_t bytes) {
  bytes = std::max(bytes, kSmallest);
  int power = std::bit_width(bytes - 1) - 1;
  size_t eighth = size_t{1} << (power - 3);
  return (power - 7) * 8 + static_cast<int>((bytes - (size_t{1} << power) + eighth - 1) / eighth);
}
size_t bytes_of(int size_class) {
  int power = size_class / 8 + 7;
  return (size_t{1} << power) + (size_t{1} << (power - 3)) * (size_class % 8);
}

struct Pool {
  std::mutex mutex;
  std::array<std::vector<void *>, kClasses> free;
  std::atomic<int64_t> in_use{0}, kept{0}, from_system{0};
  int64_t limit = sysconf(_SC_PHYS_PAGES) / 4 * sysconf(_SC_PAGESIZE);

  void *take(int size_class) {
    std::lock_guard<std::mutex> lock(mutex);
    auto &list = free[size_class];
    if (list.empty())
      return nullptr;
    void *block = list.back();
    list.pop_back();
    kept.fetch_sub(static_cast<int64_t>(bytes_of(size_class)), std::memory_order_relaxed);
    return block;
  }
  bool keep(void *block, int size_class) {
    auto bytes = static_cast<int64_t>(bytes_of(size_class));
    std::lock_guard<std::mutex> lock(mutex);
    if (kept.load(std::memory_order_relaxed) + bytes > limit)
      return false;
    try {
      free[size_class].push_back(block);
    } catch (...) {
      return false;
    }
    kept.fetch_add(bytes, std::memory_order_relaxed);
    return true;
  }
  void release() {
    std::lock_guard<std::mutex> lock(mutex);
    for (int c = 0; c < kClasses; ++c) {
      for (void *block : free[c])
        std::free(block);
      kept.fetch_sub(static_cast<int64_t>(bytes_of(c) * free[c].size()), std::memory_order_relaxed);
      free[c].clear();
    }
  }
};

/// Never destroyed: tensors in static storage are freed after main.
Pool &pool() {
  static Pool *instance = new Pool();
  return *instance;
}

/// Small blocks of this thread, so that the many little tensors of a step take no lock.
struct ThreadCache {
  static constexpr int kLimit = 16;
  static constexpr int kCached = 8 * 12; // classes up to 512 KB
  std::array<std::array<void *, kLimit>, kCached> blocks;
  std::array<uint8_t, kCached> counts{};
  ~ThreadCache();
};
thread_local bool cache_closed = false;
thread_local ThreadCache cache;
ThreadCache::~ThreadCache() {
  cache_closed = true;
  for (int c = 0; c < kCached; ++c)
    for (int i = 0; i < counts[c]; ++i)
      if (!pool().keep(blocks[c][i], c))
        std::free(blocks[c][i]);
}

void *from_system(size_t bytes) {
  size_t alignment = bytes >= kHugePage ? kHugePage : kHeader;
  void *block = nullptr;
  if (posix_memalign(&block, alignment, bytes) != 0) {
    // The kept blocks may be just what is missing.
    pool().release();
    if (posix_memalign(&block, alignment, bytes) != 0)
      return nullptr;
  }
  if (bytes >= kHugePage)
    madvise(block, bytes, MADV_HUGEPAGE); // a wish; the kernel may refuse
  pool().from_system.fetch_add(1, std::memory_order_relaxed);
  return block;
}

void give_back(void *data) {
  if (data == nullptr) // oneDNN frees its empty scratchpads
    return;
  auto *block = static_cast<char *>(data) - kHeader;
  int c = reinterpret_cast<Header *>(block)->size_class;
  pool().in_use.fetch_sub(static_cast<int64_t>(bytes_of(c)), std::memory_order_relaxed);
  if (c < ThreadCache::kCached && !cache_closed && cache.counts[c] < ThreadCache::kLimit) {
    cache.blocks[c][cache.counts[c]++] = block;
    return;
  }
  if (!pool().keep(block, c))
    std::free(block);
}

struct KeepingAllocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes == 0)
      return {nullptr, nullptr, &give_back, c10::Device(c10::kCPU)};
    int c = bytes > (size_t{1} << 46) ? kClasses : class_of(bytes + kHeader);
    if (c >= kClasses)
      refuse(bytes);
    void *block = nullptr;
    if (c < ThreadCache::kCached && !cache_closed && cache.counts[c] > 0)
      block = cache.blocks[c][--cache.counts[c]];
    if (block == nullptr)
      block = pool().take(c);
    if (block == nullptr)
      block = from_system(bytes_of(c));
    if (block == nullptr)
      refuse(bytes);
    reinterpret_cast<Header *>(block)->size_class = c;
    pool().in_use.fetch_add(static_cast<int64_t>(bytes_of(c)), std::memory_order_relaxed);
    void *data = static_cast<char *>(block) + kHeader;
    return {data, data, &give_back, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void *to, const void *from, std::size_t count) const override { std::memcpy(to, from, count); }

private:
  [[noreturn]] static void refuse(size_t bytes) {
    TORCH_CHECK_WITH(OutOfMemoryError, false, "the CPU has no ", bytes,
                     " bytes left for a tensor; take a smaller batch or table, or raise the memory limit");
    std::abort(); // not reached
  }
};

/// Installed when the library is loaded, before any tensor exists. Priority above LibTorch's own (0).
struct Installer {
  Installer() {
    static KeepingAllocator *allocator = new KeepingAllocator();
    c10::SetCPUAllocator(allocator, 100);
  }
} installer;

} // namespace

extern "C" {

SRAllocatorStatistics sr_allocator_statistics(void) {
  return {pool().in_use.load(), pool().kept.load(), pool().from_system.load()};
}
void sr_allocator_release(void) {
  pool().release();
#ifdef __GLIBC__
  // Blocks below malloc's threshold lie in its heap, which it shrinks at the end only.
  malloc_trim(0);
#endif
}

} // extern "C"
