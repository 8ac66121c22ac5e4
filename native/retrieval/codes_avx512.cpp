#if defined(__x86_64__)
#pragma GCC target("avx512vnni")
#include <immintrin.h>

#include "codes.h"

namespace sr::retrieval {
namespace {

template <int R>
void score(const CodeQuery *rows, const int32_t *queries, int64_t groups, const uint8_t *panel, const float *scales,
           const float *bias, const uint64_t *allowed, float *tile, uint64_t *hits) {
  __m512i sums[R][4];
  for (auto &row : sums) {
    for (auto &sum : row)
      sum = _mm512_setzero_si512();
  }
  for (int64_t group = 0; group < groups; ++group) {
    const uint8_t *values = panel + group * kPanel * kCodeGroup;
    __m512i parts[4];
    for (int i = 0; i < 4; ++i)
      parts[i] = _mm512_loadu_si512(values + i * 64);
    for (int row = 0; row < R; ++row) {
      const __m512i query = _mm512_set1_epi32(queries[group * R + row]);
      for (int i = 0; i < 4; ++i)
        sums[row][i] = _mm512_dpbusd_epi32(sums[row][i], parts[i], query);
    }
  }
  for (int row = 0; row < R; ++row) {
    const CodeQuery &q = rows[row];
    const __m512 factor = _mm512_set1_ps(q.factor);
    const __m512 width = _mm512_set1_ps(q.width);
    const __m512 slack = _mm512_set1_ps(q.slack);
    const __m512 threshold = _mm512_set1_ps(q.threshold);
    const __m512i offset = _mm512_set1_epi32(q.offset);
    uint64_t word = 0;
    for (int i = 0; i < 4; ++i) {
      const __m512 sum = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums[row][i], offset));
      const __m512 base = bias != nullptr ? _mm512_add_ps(_mm512_loadu_ps(bias + i * 16), slack) : slack;
      const __m512 upper = _mm512_fmadd_ps(_mm512_loadu_ps(scales + i * 16), _mm512_fmadd_ps(factor, sum, width), base);
      _mm512_storeu_ps(tile + row * kPanel + i * 16, upper);
      word |= static_cast<uint64_t>(_mm512_cmp_ps_mask(upper, threshold, _CMP_NLT_UQ)) << (i * 16);
    }
    hits[row] = word & allowed[row];
  }
}

} // namespace

const CodeKernels kVNNICodes = {"avx512-vnni", score<1>, score<kCodeRows>};

} // namespace sr::retrieval
#endif
