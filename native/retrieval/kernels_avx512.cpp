// AVX-512 (F, BW, DQ, VL). Compiled with its own target, so nothing of the standard library is
// instantiated here: the linker might hand such a copy to callers on an older processor.
#if defined(__x86_64__)
// GCC 12 takes the "undefined" operands inside its own intrinsics for a mistake of ours.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2,popcnt")
#include <immintrin.h>

#include "kernels.h"

namespace sr::retrieval {
namespace {

constexpr int kColumns = kPanel / 16;

void score(const float *queries, int64_t dim, const float *panel, const float *bias, const float *thresholds,
           const uint64_t *allowed, float *tile, uint64_t *hits) {
  __m512 sums[kRows][kColumns];
#pragma GCC unroll 6
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
    for (int c = 0; c < kColumns; ++c)
      sums[row][c] = _mm512_setzero_ps();
  }
  for (int64_t d = 0; d < dim; ++d, panel += kPanel, queries += kRows) {
    __m512 values[kColumns];
#pragma GCC unroll 4
    for (int c = 0; c < kColumns; ++c)
      values[c] = _mm512_loadu_ps(panel + c * 16);
#pragma GCC unroll 6
    for (int row = 0; row < kRows; ++row) {
      const __m512 query = _mm512_set1_ps(queries[row]);
#pragma GCC unroll 4
      for (int c = 0; c < kColumns; ++c) {
        sums[row][c] = _mm512_fmadd_ps(query, values[c], sums[row][c]);
      }
    }
  }
#pragma GCC unroll 6
  for (int row = 0; row < kRows; ++row) {
    const __m512 threshold = _mm512_set1_ps(thresholds[row]);
    uint64_t word = 0;
#pragma GCC unroll 4
    for (int c = 0; c < kColumns; ++c) {
      __m512 sum = sums[row][c];
      if (bias != nullptr)
        sum = _mm512_add_ps(sum, _mm512_loadu_ps(bias + c * 16));
      _mm512_storeu_ps(tile + row * kPanel + c * 16, sum);
      word |= static_cast<uint64_t>(_mm512_cmp_ps_mask(sum, threshold, _CMP_NLT_UQ)) << (c * 16);
    }
    hits[row] = word & allowed[row];
  }
}

uint64_t filter(const float *scores, float threshold) {
  const __m512 limit = _mm512_set1_ps(threshold);
  uint64_t word = 0;
#pragma GCC unroll 4
  for (int c = 0; c < kColumns; ++c) {
    const __m512 values = _mm512_loadu_ps(scores + c * 16);
    word |= static_cast<uint64_t>(_mm512_cmp_ps_mask(values, limit, _CMP_NLT_UQ)) << (c * 16);
  }
  return word;
}

int append(const float *scores, uint64_t hits, int32_t first_item, float *out_scores, int32_t *out_items) {
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  int n = 0;
  for (int c = 0; c < kColumns; ++c) {
    const auto mask = static_cast<__mmask16>(hits >> (c * 16));
    if (mask == 0)
      continue;
    const __m512i items = _mm512_add_epi32(lanes, _mm512_set1_epi32(first_item + c * 16));
    // Compress in a register and store all of it: a compressing store is slow on some processors.
    _mm512_storeu_ps(out_scores + n, _mm512_maskz_compress_ps(mask, _mm512_loadu_ps(scores + c * 16)));
    _mm512_storeu_si512(out_items + n, _mm512_maskz_compress_epi32(mask, items));
    n += __builtin_popcount(mask);
  }
  return n;
}

__m512i mix(__m512i x) {
  x = _mm512_xor_si512(x, _mm512_srli_epi32(x, 16));
  x = _mm512_mullo_epi32(x, _mm512_set1_epi32(0x7FEB352D));
  x = _mm512_xor_si512(x, _mm512_srli_epi32(x, 15));
  x = _mm512_mullo_epi32(x, _mm512_set1_epi32(static_cast<int>(0x846CA68Bu)));
  return _mm512_xor_si512(x, _mm512_srli_epi32(x, 16));
}

/// Reads and writes whole vectors: up to `kSlack` entries past `n`.
void make_keys(TieKey tie, const float *scores, const int32_t *items, int n, uint64_t *keys) {
  const __m512i first = _mm512_set1_epi32(static_cast<int>(tie.first));
  const __m512i second = _mm512_set1_epi32(static_cast<int>(tie.second));
  const __m512i sign = _mm512_set1_epi32(static_cast<int>(0x80000000u));
  for (int i = 0; i < n; i += 16) {
    const __m512i item = _mm512_loadu_si512(items + i);
    const __m512i hash = mix(_mm512_add_epi32(mix(_mm512_xor_si512(item, first)), second));
    const __m512i bits = _mm512_castps_si512(_mm512_add_ps(_mm512_loadu_ps(scores + i), _mm512_setzero_ps()));
    const __m512i ordered = _mm512_xor_si512(bits, _mm512_or_si512(_mm512_srai_epi32(bits, 31), sign));
    const __m512i low = _mm512_or_si512(_mm512_slli_epi64(_mm512_cvtepu32_epi64(_mm512_castsi512_si256(ordered)), 32),
                                        _mm512_cvtepu32_epi64(_mm512_castsi512_si256(hash)));
    const __m512i high =
        _mm512_or_si512(_mm512_slli_epi64(_mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(ordered, 1)), 32),
                        _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(hash, 1)));
    _mm512_storeu_si512(keys + i, low);
    _mm512_storeu_si512(keys + i + 8, high);
  }
}

/// Puts the keys above `pivot` at the front of `keys` and the others into `scratch`; returns how
/// many are above. Works in place because no store reaches past the vector that was just read.
int64_t partition(uint64_t *keys, int64_t n, uint64_t pivot, uint64_t *scratch) {
  const __m512i limit = _mm512_set1_epi64(static_cast<int64_t>(pivot));
  int64_t above = 0;
  int64_t below = 0;
  for (int64_t i = 0; i < n; i += 8) {
    const auto valid = static_cast<__mmask8>(n - i >= 8 ? 0xFF : (1 << (n - i)) - 1);
    const __m512i values = _mm512_maskz_loadu_epi64(valid, keys + i);
    const __mmask8 greater = _mm512_mask_cmpgt_epu64_mask(valid, values, limit);
    const auto others = static_cast<__mmask8>(valid & ~greater);
    const int count = __builtin_popcount(greater);
    const __m512i front = _mm512_maskz_compress_epi64(greater, values);
    if (i + 8 <= n) {
      _mm512_storeu_si512(keys + above, front);
    } else {
      _mm512_mask_storeu_epi64(keys + above, static_cast<__mmask8>((1 << count) - 1), front);
    }
    _mm512_storeu_si512(scratch + below, _mm512_maskz_compress_epi64(others, values));
    above += count;
    below += __builtin_popcount(others);
  }
  return above;
}

void copy(uint64_t *to, const uint64_t *from, int64_t n) {
  for (int64_t i = 0; i < n; i += 8) {
    const auto valid = static_cast<__mmask8>(n - i >= 8 ? 0xFF : (1 << (n - i)) - 1);
    _mm512_mask_storeu_epi64(to + i, valid, _mm512_maskz_loadu_epi64(valid, from + i));
  }
}

uint64_t least(const uint64_t *keys, int64_t n) {
  __m512i smallest = _mm512_set1_epi64(-1);
  for (int64_t i = 0; i < n; i += 8) {
    const auto valid = static_cast<__mmask8>(n - i >= 8 ? 0xFF : (1 << (n - i)) - 1);
    smallest = _mm512_mask_min_epu64(smallest, valid, smallest, _mm512_maskz_loadu_epi64(valid, keys + i));
  }
  return _mm512_reduce_min_epu64(smallest);
}

uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }
uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

/// The middle one of three different keys: neither side of the partition is ever empty.
uint64_t middle(uint64_t a, uint64_t b, uint64_t c) { return larger(smaller(a, b), smaller(larger(a, b), c)); }

/// Quickselect (Hoare 1961) by vector partitions.
uint64_t select(uint64_t *keys, int64_t n, int64_t k, uint64_t *scratch) {
  uint64_t *part = keys;
  int64_t length = n;
  int64_t wanted = k;
  for (int round = 0; wanted > 0 && wanted < length; ++round) {
    if (length < 3 || round > 64) {
      plain_select(part, length, wanted, scratch);
      break;
    }
    const uint64_t pivot = middle(part[0], part[length / 2], part[length - 1]);
    const int64_t above = partition(part, length, pivot, scratch);
    copy(part + above, scratch, length - above);
    if (above >= wanted) {
      length = above;
    } else {
      part += above;
      length -= above;
      wanted -= above;
    }
  }
  return least(keys, k);
}

/// Puts each key where the number of greater ones says: n * n / 8 comparisons and no branch to miss.
void rank_sort(uint64_t *keys, int64_t n, uint64_t *scratch) {
  copy(scratch, keys, n);
  for (int64_t i = n; i < ((n + 7) & ~int64_t{7}); ++i)
    scratch[i] = 0;
  for (int64_t i = 0; i < n; ++i) {
    const __m512i key = _mm512_set1_epi64(static_cast<int64_t>(scratch[i]));
    int rank = 0;
    for (int64_t j = 0; j < n; j += 8) {
      rank += __builtin_popcount(_mm512_cmpgt_epu64_mask(_mm512_loadu_si512(scratch + j), key));
    }
    keys[rank] = scratch[i];
  }
}

void sort_part(uint64_t *keys, int64_t n, uint64_t *scratch, int depth) {
  if (n <= 48)
    return rank_sort(keys, n, scratch);
  if (depth == 0)
    return plain_sort(keys, n, scratch);
  const uint64_t pivot = middle(keys[n / 4], keys[n / 2], keys[n - 1 - n / 4]);
  const int64_t above = partition(keys, n, pivot, scratch);
  copy(keys + above, scratch, n - above);
  sort_part(keys, above, scratch, depth - 1);
  sort_part(keys + above, n - above, scratch, depth - 1);
}

void sort(uint64_t *keys, int64_t n, uint64_t *scratch) { sort_part(keys, n, scratch, 64); }

} // namespace

const Kernels kAVX512 = {"avx512", score, filter, append, make_keys, select, sort};

} // namespace sr::retrieval
#endif
