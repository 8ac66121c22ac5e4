// AVX2 + FMA. Compiled with its own target, so nothing of the standard library is instantiated here:
// the linker might hand such a copy to callers on an older processor.
#if defined(__x86_64__)
#pragma GCC target("avx2,fma,bmi,bmi2")
#include <immintrin.h>

#include "kernels.h"

namespace sr::retrieval {
namespace {

constexpr int kStripe = 16;

void score(const float *queries, int64_t dim, const float *panel, const float *bias, const float *thresholds,
           const uint64_t *allowed, float *tile, uint64_t *hits) {
  uint64_t words[kRows] = {};
  for (int stripe = 0; stripe < kPanel; stripe += kStripe) {
    __m256 sums[kRows][2];
#pragma GCC unroll 6
    for (int row = 0; row < kRows; ++row)
      sums[row][0] = sums[row][1] = _mm256_setzero_ps();
    const float *values = panel + stripe;
    for (int64_t d = 0; d < dim; ++d, values += kPanel) {
      const __m256 low = _mm256_loadu_ps(values);
      const __m256 high = _mm256_loadu_ps(values + 8);
#pragma GCC unroll 6
      for (int row = 0; row < kRows; ++row) {
        const __m256 query = _mm256_broadcast_ss(queries + d * kRows + row);
        sums[row][0] = _mm256_fmadd_ps(query, low, sums[row][0]);
        sums[row][1] = _mm256_fmadd_ps(query, high, sums[row][1]);
      }
    }
#pragma GCC unroll 6
    for (int row = 0; row < kRows; ++row) {
      const __m256 threshold = _mm256_broadcast_ss(thresholds + row);
#pragma GCC unroll 2
      for (int half = 0; half < 2; ++half) {
        const int column = stripe + half * 8;
        __m256 sum = sums[row][half];
        if (bias != nullptr)
          sum = _mm256_add_ps(sum, _mm256_loadu_ps(bias + column));
        _mm256_storeu_ps(tile + row * kPanel + column, sum);
        const int mask = _mm256_movemask_ps(_mm256_cmp_ps(sum, threshold, _CMP_NLT_UQ));
        words[row] |= static_cast<uint64_t>(static_cast<uint32_t>(mask)) << column;
      }
    }
  }
  for (int row = 0; row < kRows; ++row)
    hits[row] = words[row] & allowed[row];
}

uint64_t filter(const float *scores, float threshold) {
  const __m256 limit = _mm256_set1_ps(threshold);
  uint64_t word = 0;
  for (int column = 0; column < kPanel; column += 8) {
    const __m256 reached = _mm256_cmp_ps(_mm256_loadu_ps(scores + column), limit, _CMP_NLT_UQ);
    word |= static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_ps(reached))) << column;
  }
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

__m256i mix(__m256i x) {
  x = _mm256_xor_si256(x, _mm256_srli_epi32(x, 16));
  x = _mm256_mullo_epi32(x, _mm256_set1_epi32(0x7FEB352D));
  x = _mm256_xor_si256(x, _mm256_srli_epi32(x, 15));
  x = _mm256_mullo_epi32(x, _mm256_set1_epi32(static_cast<int>(0x846CA68Bu)));
  return _mm256_xor_si256(x, _mm256_srli_epi32(x, 16));
}

/// Reads and writes whole vectors: up to `kSlack` entries past `n`.
void make_keys(TieKey tie, const float *scores, const int32_t *items, int n, uint64_t *keys) {
  const __m256i first = _mm256_set1_epi32(static_cast<int>(tie.first));
  const __m256i second = _mm256_set1_epi32(static_cast<int>(tie.second));
  const __m256i sign = _mm256_set1_epi32(static_cast<int>(0x80000000u));
  for (int i = 0; i < n; i += 8) {
    const __m256i item = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(items + i));
    const __m256i hash = mix(_mm256_add_epi32(mix(_mm256_xor_si256(item, first)), second));
    const __m256i bits = _mm256_castps_si256(_mm256_add_ps(_mm256_loadu_ps(scores + i), _mm256_setzero_ps()));
    const __m256i ordered = _mm256_xor_si256(bits, _mm256_or_si256(_mm256_srai_epi32(bits, 31), sign));
    for (int half = 0; half < 2; ++half) {
      const __m128i low = half ? _mm256_extracti128_si256(hash, 1) : _mm256_castsi256_si128(hash);
      const __m128i high = half ? _mm256_extracti128_si256(ordered, 1) : _mm256_castsi256_si128(ordered);
      const __m256i key =
          _mm256_or_si256(_mm256_slli_epi64(_mm256_cvtepu32_epi64(high), 32), _mm256_cvtepu32_epi64(low));
      _mm256_storeu_si256(reinterpret_cast<__m256i *>(keys + i + half * 4), key);
    }
  }
}

} // namespace

const Kernels kAVX2 = {"avx2", score, filter, append, make_keys, plain_select, plain_sort};

} // namespace sr::retrieval
#endif
