// The path for processors without AVX2: any compiler, any processor.
#include <algorithm>
#include <cmath>
#include <functional>

#include "kernels.h"

namespace sr::retrieval {
namespace {

void score(const float *queries, int64_t dim, const float *panel, const float *bias, const float *thresholds,
           const uint64_t *allowed, float *tile, uint64_t *hits) {
  for (int row = 0; row < kRows; ++row) {
    float *scores = tile + row * kPanel;
    std::fill(scores, scores + kPanel, 0.0f);
    for (int64_t d = 0; d < dim; ++d) {
      const float query = queries[d * kRows + row];
      const float *values = panel + d * kPanel;
      // fma, not multiply and add: the scores have to be those of the vector paths.
      for (int j = 0; j < kPanel; ++j)
        scores[j] = std::fma(query, values[j], scores[j]);
    }
    if (bias != nullptr) {
      for (int j = 0; j < kPanel; ++j)
        scores[j] += bias[j];
    }
    uint64_t word = 0;
    for (int j = 0; j < kPanel; ++j) {
      word |= static_cast<uint64_t>(!(scores[j] < thresholds[row])) << j;
    }
    hits[row] = word & allowed[row];
  }
}

uint64_t filter(const float *scores, float threshold) {
  uint64_t word = 0;
  for (int j = 0; j < kPanel; ++j)
    word |= static_cast<uint64_t>(!(scores[j] < threshold)) << j;
  return word;
}

int append(const float *scores, uint64_t hits, int32_t first_item, float *out_scores, int32_t *out_items) {
  int n = 0;
  for (; hits != 0; hits &= hits - 1) {
    const int j = __builtin_ctzll(hits);
    out_scores[n] = scores[j];
    out_items[n++] = first_item + j;
  }
  return n;
}

void make_keys(TieKey tie, const float *scores, const int32_t *items, int n, uint64_t *keys) {
  for (int i = 0; i < n; ++i)
    keys[i] = make_key(tie, scores[i], items[i]);
}

} // namespace

uint64_t plain_select(uint64_t *keys, int64_t n, int64_t k, uint64_t *) {
  std::nth_element(keys, keys + (k - 1), keys + n, std::greater<>());
  return keys[k - 1];
}

void plain_sort(uint64_t *keys, int64_t n, uint64_t *) { std::sort(keys, keys + n, std::greater<>()); }

const Kernels kPlain = {"plain", score, filter, append, make_keys, plain_select, plain_sort};

const Kernels *kernels_for(int32_t path) {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  switch (path) {
  case kPathAuto:
    return avx512 ? &kAVX512 : avx2 ? &kAVX2 : &kPlain;
  case kPathPlain:
    return &kPlain;
  case kPathAVX2:
    return avx2 ? &kAVX2 : nullptr;
  case kPathAVX512:
    return avx512 ? &kAVX512 : nullptr;
  default:
    return nullptr;
  }
#else
  return path == kPathAuto || path == kPathPlain ? &kPlain : nullptr;
#endif
}

} // namespace sr::retrieval
