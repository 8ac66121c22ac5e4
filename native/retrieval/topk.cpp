#include "topk.h"

#include <ATen/Parallel.h>

#include <atomic>
#include <limits>
#include <mutex>

#include "candidates.h"

namespace sr::retrieval {
namespace {

constexpr int64_t kPackedBytes = int64_t{32} << 20;
constexpr int64_t kCandidateBytes = int64_t{32} << 20;
constexpr int64_t kMostRows = 8 * kRows;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Queries a thread takes at once: few enough for its second cache, and for all threads to get some.
int64_t rows_per_block(const Search &search, int64_t step) {
  const int64_t candidate = 32 * (search.k + 256);
  int64_t rows = std::min(kMostRows, kCandidateBytes / candidate);
  rows = std::min(rows, ceil_div(search.queries, 4 * int64_t{at::get_num_threads()}));
  return std::max(step, rows / step * step);
}

/// Hands out 0..<blocks to the threads as they get free: `body(state, block)` with a state a thread.
/// One fault is left of all, that of the lowest row, so that the message is the same every time.
template <typename Make, typename Body> Fault for_blocks(int64_t blocks, Make make, Body body) {
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  Fault fault;
  const int64_t workers = std::min<int64_t>(blocks, at::get_num_threads());
  at::parallel_for(0, workers, 1, [&](int64_t begin, int64_t end) {
    for (int64_t worker = begin; worker < end; ++worker) {
      auto state = make();
      for (int64_t block = next++; block < blocks; block = next++)
        body(state, block);
      const Fault found = state.candidates.fault();
      const std::lock_guard<std::mutex> lock(mutex);
      if (found.row >= 0 && (fault.row < 0 || found.row < fault.row))
        fault = found;
    }
  });
  return fault;
}

/// Items as panels [panel][D][64], zeros after the last item.
void pack_items(const float *items, int64_t count, int64_t dim, float *packed) {
  const int64_t panels = ceil_div(count, kPanel);
  at::parallel_for(0, panels, 4, [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel) {
      float *to = packed + panel * dim * kPanel;
      const int64_t width = std::min<int64_t>(kPanel, count - panel * kPanel);
      if (width < kPanel)
        std::fill(to, to + dim * kPanel, 0.0f);
      const float *from = items + panel * kPanel * dim;
      // In squares of 16 x 16, so that both sides stay in whole cache lines.
      for (int64_t j0 = 0; j0 < width; j0 += 16) {
        for (int64_t d0 = 0; d0 < dim; d0 += 16) {
          const int64_t j1 = std::min(width, j0 + 16);
          const int64_t d1 = std::min(dim, d0 + 16);
          for (int64_t d = d0; d < d1; ++d) {
            for (int64_t j = j0; j < j1; ++j)
              to[d * kPanel + j] = from[j * dim + d];
          }
        }
      }
    }
  });
}

/// Six queries as [D][6], zeros where there are fewer.
void pack_queries(const float *queries, int64_t count, int64_t dim, float *packed) {
  for (int64_t d = 0; d < dim; ++d) {
    for (int64_t row = 0; row < kRows; ++row) {
      packed[d * kRows + row] = row < count ? queries[row * dim + d] : 0.0f;
    }
  }
}

struct DotState {
  Candidates candidates;
  Buffer<float> queries;    // [rows / 6][D][6]
  Buffer<uint64_t> allowed; // [panels][rows]
  Buffer<uint64_t> words;   // [panels]
};

struct ScoreState {
  Candidates candidates;
  Buffer<uint64_t> allowed; // [panels]
};

} // namespace

Fault search_dot(const Search &search, const float *queries, const float *items, int64_t dim, const float *bias,
                 uint64_t *keys) {
  const Kernels &kernels = *search.kernels;
  const int64_t rows = rows_per_block(search, kRows);
  const int64_t blocks = ceil_div(search.queries, rows);
  const int64_t bytes_per_panel = std::max<int64_t>(1, dim) * kPanel * int64_t{sizeof(float)};
  const int64_t chunk = std::max<int64_t>(1, kPackedBytes / bytes_per_panel) * kPanel;
  const int64_t widest = ceil_div(std::min(chunk, search.items), kPanel);
  Buffer<float> packed(widest * dim * kPanel);
  Buffer<float> packed_bias(widest * kPanel);
  Fault fault;

  for (int64_t first = 0; first < search.items; first += chunk) {
    const int64_t count = std::min(chunk, search.items - first);
    const int64_t panels = ceil_div(count, kPanel);
    const bool last = first + count == search.items;
    pack_items(items + first * dim, count, dim, packed.get());
    if (bias != nullptr) {
      std::copy(bias + first, bias + first + count, packed_bias.get());
      std::fill(packed_bias.get() + count, packed_bias.get() + panels * kPanel, 0.0f);
    }
    const float *biases = bias != nullptr ? packed_bias.get() : nullptr;

    const auto make = [&] {
      return DotState{Candidates(search, rows), Buffer<float>(rows * dim), Buffer<uint64_t>(panels * rows),
                      Buffer<uint64_t>(panels)};
    };
    const auto body = [&](DotState &state, int64_t block) {
      const int64_t begin = block * rows;
      const int64_t used = std::min(rows, search.queries - begin);
      const int64_t padded = ceil_div(used, kRows) * kRows;
      for (int64_t slot = 0; slot < padded; ++slot) {
        if (slot < used) {
          const int64_t row = begin + slot;
          state.candidates.open(slot, row, first > 0 ? keys + row * search.k : nullptr);
          mark_allowed(search, row, first, count, panels, state.words.get());
        } else {
          std::fill(state.words.get(), state.words.get() + panels, uint64_t{0});
        }
        for (int64_t panel = 0; panel < panels; ++panel) {
          state.allowed[panel * rows + slot] = state.words[panel];
        }
      }
      for (int64_t slot = 0; slot < padded; slot += kRows) {
        pack_queries(queries + (begin + slot) * dim, std::min<int64_t>(kRows, used - slot), dim,
                     state.queries.get() + slot * dim);
      }
      alignas(64) float tile[kRows * kPanel];
      uint64_t hits[kRows];
      // The panel is the outer loop: it stays in the first cache while all queries pass.
      for (int64_t panel = 0; panel < panels; ++panel) {
        const float *values = packed.get() + panel * dim * kPanel;
        for (int64_t slot = 0; slot < padded; slot += kRows) {
          kernels.score(state.queries.get() + slot * dim, dim, values,
                        biases != nullptr ? biases + panel * kPanel : nullptr, state.candidates.thresholds(slot),
                        state.allowed.get() + panel * rows + slot, tile, hits);
          for (int row = 0; row < kRows; ++row) {
            if (hits[row] == 0)
              continue;
            state.candidates.add(slot + row, tile + row * kPanel, hits[row], first + panel * kPanel);
          }
        }
      }
      for (int64_t slot = 0; slot < used; ++slot) {
        state.candidates.close(slot, last, keys + (begin + slot) * search.k);
      }
    };
    const Fault found = for_blocks(blocks, make, body);
    if (found.row >= 0 && (fault.row < 0 || found.row < fault.row))
      fault = found;
  }
  return fault;
}

Fault search_scores(const Search &search, const float *scores, int64_t stride, uint64_t *keys) {
  const Kernels &kernels = *search.kernels;
  const int64_t rows = rows_per_block(search, 1);
  const int64_t panels = ceil_div(search.items, kPanel);
  const auto make = [&] { return ScoreState{Candidates(search, 1), Buffer<uint64_t>(panels)}; };
  const auto body = [&](ScoreState &state, int64_t block) {
    const int64_t end = std::min(search.queries, (block + 1) * rows);
    for (int64_t row = block * rows; row < end; ++row) {
      state.candidates.open(0, row, nullptr);
      mark_allowed(search, row, 0, search.items, panels, state.allowed.get());
      alignas(64) float tail[kPanel] = {};
      for (int64_t panel = 0; panel < panels; ++panel) {
        const float *values = scores + row * stride + panel * kPanel;
        const int64_t width = std::min<int64_t>(kPanel, search.items - panel * kPanel);
        if (width < kPanel) {
          std::copy(values, values + width, tail);
          values = tail;
        }
        const uint64_t hits = kernels.filter(values, *state.candidates.thresholds(0)) & state.allowed[panel];
        if (hits != 0)
          state.candidates.add(0, values, hits, panel * kPanel);
      }
      state.candidates.close(0, true, keys + row * search.k);
    }
  };
  return for_blocks(ceil_div(search.queries, rows), make, body);
}

void decode_keys(const Search &search, const uint64_t *keys, int64_t width, int32_t *ids, float *scores) {
  at::parallel_for(0, search.queries, 256, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const TieKey tie = search.tie(row);
      for (int64_t i = 0; i < width; ++i) {
        const uint64_t key = i < search.k ? keys[row * search.k + i] : 0;
        const auto item = untie_hash(tie, static_cast<uint32_t>(key));
        ids[row * width + i] = key != 0 ? static_cast<int32_t>(item) : -1;
        scores[row * width + i] =
            key != 0 ? score_of_bits(static_cast<uint32_t>(key >> 32)) : -std::numeric_limits<float>::infinity();
      }
    }
  });
}

} // namespace sr::retrieval
