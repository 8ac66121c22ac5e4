// How rows are read and written, by their number format; for bag_kernels_body.h, once per instruction set.
#include "bag_kernels.h"

#include <cstring>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace sr::embedding {
namespace {

constexpr int64_t kLanes = SR_LANES;
typedef float Vector __attribute__((vector_size(SR_LANES * 4)));
typedef float Loose __attribute__((vector_size(SR_LANES * 4), aligned(4), may_alias));
typedef int32_t Ints __attribute__((vector_size(SR_LANES * 4)));

inline Vector load(const float *p) { return *reinterpret_cast<const Loose *>(p); }
inline void store(float *p, Vector v) { *reinterpret_cast<Loose *>(p) = v; }
inline float total(Vector v) {
  float sum = 0;
  for (int i = 0; i < SR_LANES; ++i)
    sum += v[i];
  return sum;
}
/// Past the caches; `p` is aligned to the register.
inline void stream(float *p, Vector v) {
#if SR_LANES == 16 && defined(__AVX512F__)
  _mm512_stream_ps(p, (__m512)v);
#elif SR_LANES == 8 && defined(__AVX__)
  _mm256_stream_ps(p, (__m256)v);
#elif SR_LANES == 4 && defined(__SSE2__)
  _mm_stream_ps(p, (__m128)v);
#else
  store(p, v);
#endif
}

// ---- Rows by codec
// ----------------------------------------------------------------------------------------------------

inline float half_to_float(uint16_t bits) {
  _Float16 h;
  std::memcpy(&h, &bits, 2);
  return static_cast<float>(h);
}
inline uint16_t float_to_half(float x) {
  const _Float16 h = static_cast<_Float16>(x);
  uint16_t bits;
  std::memcpy(&bits, &h, 2);
  return bits;
}
inline float bfloat_to_float(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float x;
  std::memcpy(&x, &wide, 4);
  return x;
}
inline uint32_t bits_of(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  return bits;
}
inline uint16_t float_to_bfloat(float x) {
  const uint32_t bits = bits_of(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) // NaN stays NaN
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

constexpr bool quantised(Codec c) { return c == Codec::int8 || c == Codec::int4; }

/// The stored number of column `i`, before scale and bias.
template <Codec C> inline float value(const char *row, int64_t i) {
  if constexpr (C == Codec::float32)
    return reinterpret_cast<const float *>(row)[i];
  else if constexpr (C == Codec::float16)
    return half_to_float(reinterpret_cast<const uint16_t *>(row)[i]);
  else if constexpr (C == Codec::bfloat16)
    return bfloat_to_float(reinterpret_cast<const uint16_t *>(row)[i]);
  else if constexpr (C == Codec::int8)
    return static_cast<float>(static_cast<uint8_t>(row[i]));
  else
    return static_cast<float>(static_cast<uint8_t>(row[i / 2]) >> (i % 2 * 4) & 15);
}

/// `kLanes` stored numbers from column `i` on.
template <Codec C> inline Vector values(const char *row, int64_t i) {
  if constexpr (C == Codec::float32) {
    return load(reinterpret_cast<const float *>(row) + i);
  } else if constexpr (C == Codec::float16) {
    [[maybe_unused]] const char *p = row + i * 2;
#if SR_LANES == 16 && defined(__AVX512F__)
    return (Vector)_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)));
#elif SR_LANES == 8 && defined(__F16C__)
    return (Vector)_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
#endif
  } else if constexpr (C == Codec::bfloat16) {
    [[maybe_unused]] const char *p = row + i * 2;
#if SR_LANES == 16 && defined(__AVX512F__)
    const auto wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)));
    return (Vector)_mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
#elif SR_LANES == 8 && defined(__AVX2__)
    const auto wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
    return (Vector)_mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
#endif
  } else if constexpr (C == Codec::int8) {
    [[maybe_unused]] const char *p = row + i;
#if SR_LANES == 16 && defined(__AVX512F__)
    return (Vector)_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p))));
#elif SR_LANES == 8 && defined(__AVX2__)
    return (Vector)_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i *>(p))));
#endif
  } else {
    [[maybe_unused]] const char *p = row + i / 2;
#if (SR_LANES == 16 && defined(__AVX512F__)) || (SR_LANES == 8 && defined(__AVX2__))
    // Byte b becomes the 16 bits 0b0b; shifted by four and masked they hold the low half first.
    __m128i bytes;
    if constexpr (SR_LANES == 16) {
      bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(p));
    } else {
      int32_t four;
      std::memcpy(&four, p, 4);
      bytes = _mm_cvtsi32_si128(four);
    }
    const __m128i wide = _mm_cvtepu8_epi16(bytes);
    const __m128i halves =
        _mm_and_si128(_mm_or_si128(wide, _mm_slli_epi16(wide, 4)), _mm_set1_epi16(static_cast<int16_t>(0x0F0F)));
#if SR_LANES == 16
    return (Vector)_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(halves));
#else
    return (Vector)_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(halves));
#endif
#endif
  }
#if SR_LANES == 4
  Vector v;
  for (int l = 0; l < SR_LANES; ++l)
    v[l] = value<C>(row, i + l);
  return v;
#endif
}

template <Codec C> inline void scale_and_bias(const char *row, int64_t dim, float &scale, float &bias) {
  if constexpr (C == Codec::int8) {
    std::memcpy(&scale, row + dim, 4);
    std::memcpy(&bias, row + dim + 4, 4);
  } else {
    uint16_t both[2];
    std::memcpy(both, row + (dim + 1) / 2, 4);
    scale = half_to_float(both[0]);
    bias = half_to_float(both[1]);
  }
}

} // namespace
} // namespace sr::embedding
