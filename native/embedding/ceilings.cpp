// What memory alone takes, to hold a lookup against: nothing is computed and nothing is kept.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <vector>

#include "guard.h"
#include "swiftrec/embedding_bags.h"

namespace {

using sr::InvalidArgument;

/// Ids ahead of which a row is asked into the second cache, and into the first: as the lookup itself does.
constexpr int64_t kFar = 128, kNear = 8;

template <class F> double seconds(const F &body) {
  const auto began = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

/// Lines: 64-byte lines of a row where they are known here, so that the loops over them unroll; 0 for any other number.
template <int64_t Lines> void touch(char *table, int64_t stride, const int64_t *ids, int64_t count, bool rewrite) {
  const int64_t row_bytes = Lines > 0 ? Lines * 64 : stride;
  const auto row = [&](int64_t p) { return table + ids[p] * row_bytes; };
  for (int64_t p = 0; p < count; ++p) {
    if (p + kFar < count)
      for (int64_t line = 0; line < row_bytes; line += 64)
        __builtin_prefetch(row(p + kFar) + line, 0, 2);
    if (p + kNear < count)
      for (int64_t line = 0; line < row_bytes; line += 64)
        __builtin_prefetch(row(p + kNear) + line, 0, 3);
    for (int64_t line = 0; line < row_bytes; line += 64) {
      // Volatile, so that the read is made, and written back as it was.
      volatile char *first = row(p) + line;
      const char value = *first;
      if (rewrite)
        *first = value;
    }
  }
}

void touch(char *table, int64_t row_bytes, const int64_t *ids, int64_t count, bool rewrite) {
  switch (row_bytes) {
  case 64:
    return touch<1>(table, row_bytes, ids, count, rewrite);
  case 128:
    return touch<2>(table, row_bytes, ids, count, rewrite);
  case 256:
    return touch<4>(table, row_bytes, ids, count, rewrite);
  case 512:
    return touch<8>(table, row_bytes, ids, count, rewrite);
  default:
    return touch<0>(table, row_bytes, ids, count, rewrite);
  }
}

} // namespace

extern "C" int32_t sr_touch_rows(const SRTensor *const *tables, intptr_t count, const SRTensor *ids, bool rewrite,
                                 double *out) {
  SR_GUARD({
    const auto &positions = sr::unwrap(ids);
    if (count < 1 || positions.scalar_type() != at::kLong || positions.numel() % count != 0)
      throw InvalidArgument("touch_rows takes int64 ids, as many for each table");
    const auto all = positions.contiguous();
    const int64_t each = all.numel() / count;
    for (intptr_t t = 0; t < count; ++t) {
      const auto mine = all.reshape({-1}).narrow(0, t * each, each);
      if (each > 0 && (mine.min().item<int64_t>() < 0 || mine.max().item<int64_t>() >= sr::unwrap(tables[t]).size(0)))
        throw InvalidArgument("touch_rows: an id is outside its table");
    }
    const int64_t pieces = std::max<int64_t>(1, each / 4096);
    std::atomic<int64_t> next{0};
    *out = seconds([&] {
      at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t, int64_t) {
        for (int64_t u = next.fetch_add(1); u < count * pieces; u = next.fetch_add(1)) {
          const int64_t t = u / pieces, first = each * (u % pieces) / pieces, end = each * (u % pieces + 1) / pieces;
          const auto &table = sr::unwrap(tables[t]);
          touch(static_cast<char *>(table.data_ptr()), table.stride(0) * table.element_size(),
                all.data_ptr<int64_t>() + t * each + first, end - first, rewrite);
        }
      });
    });
  });
}

extern "C" int32_t sr_stream_rates(double *read, double *write) {
  SR_GUARD({
    constexpr int64_t kWords = int64_t{1} << 25; // 256 MB
    auto buffer = at::zeros({kWords}, at::kLong);
    auto *words = buffer.data_ptr<int64_t>();
    std::atomic<int64_t> sum{0};
    double best_read = 0;
    double best_write = 0;
    for (int round = 0; round < 5; ++round) {
      const double reading = seconds([&] {
        at::parallel_for(0, kWords, 1 << 16, [&](int64_t from, int64_t to) {
          int64_t part = 0;
          for (int64_t i = from; i < to; ++i)
            part += words[i];
          sum += part;
        });
      });
      // The C library writes large blocks past the caches.
      const double writing = seconds([&] {
        at::parallel_for(0, kWords, 1 << 16,
                         [&](int64_t from, int64_t to) { std::memset(words + from, round, (to - from) * 8); });
      });
      best_read = std::max(best_read, kWords * 8 / reading);
      best_write = std::max(best_write, kWords * 8 / writing);
    }
    *read = best_read;
    *write = best_write;
  });
}
