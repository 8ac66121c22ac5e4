#if defined(__x86_64__)
#include <immintrin.h>

#include "codes.h"

namespace sr::retrieval {
namespace {

/// Adds the products of four bytes a lane. Even and odd bytes go apart into 16 bits: `maddubs` would saturate.
inline __m256i add_products(__m256i sums, __m256i values, __m256i even_query, __m256i odd_query) {
  const __m256i even = _mm256_and_si256(values, _mm256_set1_epi16(0xFF));
  const __m256i odd = _mm256_srli_epi16(values, 8);
  sums = _mm256_add_epi32(sums, _mm256_madd_epi16(even, even_query));
  return _mm256_add_epi32(sums, _mm256_madd_epi16(odd, odd_query));
}

template <int R>
void score(const CodeQuery *rows, const int32_t *queries, int64_t groups, const uint8_t *panel, const float *scales,
           const float *bias, const uint64_t *allowed, float *tile, uint64_t *hits) {
  for (int row = 0; row < R; ++row) {
    __m256i sums[8];
    for (auto &sum : sums)
      sum = _mm256_setzero_si256();
    for (int64_t group = 0; group < groups; ++group) {
      const __m256i query = _mm256_set1_epi32(queries[group * R + row]);
      const __m256i even = _mm256_srai_epi16(_mm256_slli_epi16(query, 8), 8);
      const __m256i odd = _mm256_srai_epi16(query, 8);
      const uint8_t *values = panel + group * kPanel * kCodeGroup;
      for (int i = 0; i < 8; ++i) {
        const __m256i part = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(values + i * 32));
        sums[i] = add_products(sums[i], part, even, odd);
      }
    }
    const CodeQuery &q = rows[row];
    const __m256 factor = _mm256_set1_ps(q.factor);
    const __m256 width = _mm256_set1_ps(q.width);
    const __m256 slack = _mm256_set1_ps(q.slack);
    const __m256 threshold = _mm256_set1_ps(q.threshold);
    const __m256i offset = _mm256_set1_epi32(q.offset);
    uint64_t word = 0;
    for (int i = 0; i < 8; ++i) {
      const __m256 sum = _mm256_cvtepi32_ps(_mm256_sub_epi32(sums[i], offset));
      const __m256 base = bias != nullptr ? _mm256_add_ps(_mm256_loadu_ps(bias + i * 8), slack) : slack;
      const __m256 upper = _mm256_fmadd_ps(_mm256_loadu_ps(scales + i * 8), _mm256_fmadd_ps(factor, sum, width), base);
      _mm256_storeu_ps(tile + row * kPanel + i * 8, upper);
      const auto mask = static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(upper, threshold, _CMP_NLT_UQ)));
      word |= static_cast<uint64_t>(mask) << (i * 8);
    }
    hits[row] = word & allowed[row];
  }
}

} // namespace

const CodeKernels kAVX2Codes = {"avx2", score<1>, score<kCodeRows>};

} // namespace sr::retrieval
#endif
