// How the device kernels read and write numbers: 128-bit accesses where alignment allows, the roundings of the CPU
// kernels (row_codecs_body.h, row_update_body.h).
#pragma once
#include "layout.h"

namespace sr::gpu {

__device__ inline u32 bits_of(float x) { return __float_as_uint(x); }

#ifdef __CUDACC__
__device__ inline float half_to_float(u16 bits) {
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
  return x;
}
__device__ inline u16 float_to_half(float x) {
  u16 bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}
#endif
__device__ inline float bfloat_to_float(u16 bits) { return __uint_as_float(static_cast<u32>(bits) << 16); }
__device__ inline u16 float_to_bfloat(float x) {
  const u32 bits = bits_of(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) // NaN stays NaN
    return static_cast<u16>(bits >> 16 | 0x40);
  return static_cast<u16>((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

/// 32 well-mixed bits for one element of one step.
__device__ inline u32 mixed(u32 x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  return x ^ x >> 16;
}

/// Rounds up with the probability of the part cut off.
__device__ inline u16 stochastic_bfloat(float x, u32 random) {
  const u32 bits = bits_of(x);
  if ((bits & 0x7f800000u) == 0x7f800000u)
    return float_to_bfloat(x);
  return static_cast<u16>((bits + (random & 0xffffu)) >> 16);
}
__device__ inline u16 stochastic_half(float x, u32 random) {
  const u32 bits = bits_of(x);
  const u32 magnitude = bits & 0x7fffffffu;
  if (magnitude >= 0x477fe000u) // 65504 and beyond, infinities, NaN
    return float_to_half(x);
  if (magnitude < 0x38800000u) { // subnormal in half precision: the quantum is 2^-24
    const float u = static_cast<float>(random >> 8) * 0x1p-24f - 0.5f;
    return float_to_half(x + u * 0x1p-24f);
  }
  return float_to_half(__uint_as_float((bits + (random & 0x1fffu)) & ~0x1fffu));
}

/// V floats; 16-byte accesses where V is a multiple of four.
template <int V> __device__ inline void load(const float *p, float *x) {
  if constexpr (V % 4 == 0) {
    SR_UNROLL
    for (int i = 0; i < V; i += 4) {
      const float4 four = *reinterpret_cast<const float4 *>(p + i);
      x[i] = four.x, x[i + 1] = four.y, x[i + 2] = four.z, x[i + 3] = four.w;
    }
  } else {
    SR_UNROLL
    for (int i = 0; i < V; ++i)
      x[i] = p[i];
  }
}
template <int V> __device__ inline void store(float *p, const float *x) {
  if constexpr (V % 4 == 0) {
    SR_UNROLL
    for (int i = 0; i < V; i += 4) {
      float4 four;
      four.x = x[i], four.y = x[i + 1], four.z = x[i + 2], four.w = x[i + 3];
      *reinterpret_cast<float4 *>(p + i) = four;
    }
  } else {
    SR_UNROLL
    for (int i = 0; i < V; ++i)
      p[i] = x[i];
  }
}

template <int C> __device__ inline float widened(u16 bits) {
  return C == kFloat16 ? half_to_float(bits) : bfloat_to_float(bits);
}

template <int C> constexpr i64 kBytes = C == kFloat32 ? 4 : 2;

/// V numbers of a row from column `column` on.
template <int C, int V> __device__ inline void read_row(const char *row, int column, float *x) {
  const char *p = row + column * kBytes<C>;
  if constexpr (C == kFloat32) {
    load<V>(reinterpret_cast<const float *>(p), x);
  } else if constexpr (V == 1) {
    x[0] = widened<C>(*reinterpret_cast<const u16 *>(p));
  } else {
    const uint4 four = *reinterpret_cast<const uint4 *>(p);
    const u32 words[4] = {four.x, four.y, four.z, four.w};
    SR_UNROLL
    for (int i = 0; i < V; ++i)
      x[i] = widened<C>(static_cast<u16>(words[i / 2] >> (i % 2 * 16)));
  }
}

/// `key` seeds the noise of the row; `stochastic` says whether there is any.
template <int C, int V>
__device__ inline void write_row(char *row, int column, const float *x, bool stochastic, u32 key) {
  char *p = row + column * kBytes<C>;
  if constexpr (C == kFloat32) {
    store<V>(reinterpret_cast<float *>(p), x);
  } else {
    u16 bits[V];
    SR_UNROLL
    for (int i = 0; i < V; ++i) {
      const u32 random = mixed(key + static_cast<u32>(column + i));
      if constexpr (C == kFloat16)
        bits[i] = stochastic ? stochastic_half(x[i], random) : float_to_half(x[i]);
      else
        bits[i] = stochastic ? stochastic_bfloat(x[i], random) : float_to_bfloat(x[i]);
    }
    if constexpr (V == 8) {
      const auto pair = [&](int i) { return static_cast<u32>(bits[i]) | static_cast<u32>(bits[i + 1]) << 16; };
      uint4 four;
      four.x = pair(0), four.y = pair(2), four.z = pair(4), four.w = pair(6);
      *reinterpret_cast<uint4 *>(p) = four;
    } else {
      *reinterpret_cast<u16 *>(p) = bits[0];
    }
  }
}

} // namespace sr::gpu
