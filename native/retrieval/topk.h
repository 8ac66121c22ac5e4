// Exact top-K on the CPU, over plain memory.
#pragma once

#include <cstdint>

#include "kernels.h"

namespace sr::retrieval {

/// What both searches share.
struct Search {
  int64_t queries = 0;                // Q
  int64_t items = 0;                  // N
  int64_t k = 0;                      // 1...N; the caller pads beyond
  const int64_t *offsets = nullptr;   // [Q + 1] or null: the items each query may not get
  const int32_t *excluded = nullptr;  // [offsets[Q]], each in 0..<N
  const uint64_t *allowed = nullptr;  // [Q][ceil(N / 64)] or null: the items each query may get, a bit an item
  const int64_t *query_ids = nullptr; // [Q] or null for 0..<Q: what the tie hash takes
  uint64_t seed = 0;
  const Kernels *kernels = nullptr;

  TieKey tie(int64_t row) const { return tie_key(seed, query_ids != nullptr ? query_ids[row] : row); }
};

/// The first NaN met, by row and then by item; `row` is -1 when there is none.
struct Fault {
  int64_t row = -1;
  int64_t item = -1;
};

/// Searches the dot products (plus `bias`, where given) of `queries` [Q, D] and `items` [N, D].
///
/// Writes `keys` [Q, k], the best first, 0 where a query has fewer than k items left. Needs memory
/// for 32 MB of packed items and for a few dozen queries a thread, whatever Q and N are.
Fault search_dot(const Search &search, const float *queries, const float *items, int64_t dim, const float *bias,
                 uint64_t *keys);

/// The same for scores that are given, [Q, N] with `stride` floats from row to row.
Fault search_scores(const Search &search, const float *scores, int64_t stride, uint64_t *keys);

/// Writes the ids and scores that keys [Q, k] stand for into rows of `width` >= k, padded with -1
/// and minus infinity.
void decode_keys(const Search &search, const uint64_t *keys, int64_t width, int32_t *ids, float *scores);

} // namespace sr::retrieval
