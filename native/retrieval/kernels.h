// The vector kernels under exact top-K. No ATen here: each instruction set is one small file.
//
// Everything that decides a result is the same in all of them, bit for bit: a score is one chain of
// fused multiply-adds over d = 0, 1, ..., D-1 (then the bias is added), and two equal scores are put
// in order by `tie_hash`. So the path, the blocks and the threads never show in the answer.
#pragma once

#include <cstdint>

namespace sr::retrieval {

/// Items in one panel: a word of the bitset that says which of them a query may still get.
constexpr int kPanel = 64;
/// Queries that one call of `score` takes: 6 x 64 scores are 24 AVX-512 registers.
constexpr int kRows = 6;
/// Entries that `append` may write past the last one it counts, and `select` may read past `n`.
constexpr int kSlack = 64;

/// The two words that a query gives `tie_hash`.
struct TieKey {
  uint32_t first;
  uint32_t second;
};

static inline uint64_t splitmix64(uint64_t x) {
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

static inline TieKey tie_key(uint64_t seed, int64_t query) {
  const uint64_t h = splitmix64(splitmix64(seed) ^ static_cast<uint64_t>(query));
  return {static_cast<uint32_t>(h), static_cast<uint32_t>(h >> 32)};
}

/// A bijection of 32 bits (Wellons' lowbias32), so that a hash gives back its item.
static inline uint32_t mix32(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7FEB352Du;
  x = (x ^ (x >> 15)) * 0x846CA68Bu;
  return x ^ (x >> 16);
}

static inline uint32_t unmix32(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x43021123u;
  x = (x ^ (x >> 15) ^ (x >> 30)) * 0x1D69E2A5u;
  return x ^ (x >> 16);
}

static inline uint32_t tie_hash(TieKey key, uint32_t item) { return mix32(mix32(item ^ key.first) + key.second); }

static inline uint32_t untie_hash(TieKey key, uint32_t hash) { return unmix32(unmix32(hash) - key.second) ^ key.first; }

/// The bits of a score as an unsigned number that sorts the same way; -0 and +0 are one score.
static inline uint32_t ordered_bits(float score) {
  const float canonical = score + 0.0f;
  uint32_t bits;
  __builtin_memcpy(&bits, &canonical, sizeof bits);
  return bits ^ (static_cast<uint32_t>(static_cast<int32_t>(bits) >> 31) | 0x80000000u);
}

static inline float score_of_bits(uint32_t ordered) {
  const uint32_t bits = (ordered & 0x80000000u) ? ordered ^ 0x80000000u : ~ordered;
  float score;
  __builtin_memcpy(&score, &bits, sizeof score);
  return score;
}

/// One candidate in 64 bits: the greater key ranks first. Keys of one query are all different, and
/// none is 0, which stands for "no item".
static inline uint64_t make_key(TieKey tie, float score, int32_t item) {
  return (static_cast<uint64_t>(ordered_bits(score)) << 32) | tie_hash(tie, static_cast<uint32_t>(item));
}

struct Kernels {
  const char *name;

  /// Scores six queries against one panel and says which scores reach their query's threshold.
  ///
  /// `queries` is [D][6], `panel` [D][64], `bias` [64] or null, `tile` [6][64]. A NaN counts as
  /// reaching the threshold, so that the caller sees it.
  void (*score)(const float *queries, int64_t dim, const float *panel, const float *bias, const float *thresholds,
                const uint64_t *allowed, float *tile, uint64_t *hits);

  /// The same test for 64 scores that are given.
  uint64_t (*filter)(const float *scores, float threshold);

  /// Appends the scores and items that `hits` marks; returns their number.
  int (*append)(const float *scores, uint64_t hits, int32_t first_item, float *out_scores, int32_t *out_items);

  /// Turns `n` raw candidates into keys.
  void (*make_keys)(TieKey tie, const float *scores, const int32_t *items, int n, uint64_t *keys);

  /// Moves the `k` greatest of `n` keys to the front, in any order; returns the least of those.
  uint64_t (*select)(uint64_t *keys, int64_t n, int64_t k, uint64_t *scratch);

  /// Sorts keys from the greatest down.
  void (*sort)(uint64_t *keys, int64_t n, uint64_t *scratch);
};

extern const Kernels kPlain;
#if defined(__x86_64__)
extern const Kernels kAVX2;
extern const Kernels kAVX512;
#endif

/// What the plain file lends the others; compiled there without vector flags.
uint64_t plain_select(uint64_t *keys, int64_t n, int64_t k, uint64_t *scratch);
void plain_sort(uint64_t *keys, int64_t n, uint64_t *scratch);

/// Paths as the C interface numbers them.
enum Path : int32_t { kPathAuto = 0, kPathPlain = 1, kPathAVX2 = 2, kPathAVX512 = 3, kPathTensor = 4 };

/// The kernels of a path, or null where this processor lacks it.
const Kernels *kernels_for(int32_t path);

} // namespace sr::retrieval
