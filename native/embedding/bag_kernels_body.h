// The lookup and update kernels, compiled once per instruction set: the including file sets SR_LANES (floats in a
// register) and SR_BAG_KERNELS (the name of its table). Everything has internal linkage, so that no wide code leaks
// into a narrow caller.
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

// ---- Lookup
// -----------------------------------------------------------------------------------------------------------

inline int64_t distance(int64_t row_bytes) {
  const int64_t rows = 2048 / row_bytes;
  return rows < 4 ? 4 : rows > 24 ? 24 : rows;
}

/// Only to be prefetched: the id is not checked yet, hence unsigned arithmetic.
inline const char *row_at(const LookupJob &j, int64_t id) {
  const auto table = reinterpret_cast<uintptr_t>(j.table);
  return reinterpret_cast<const char *>(table + static_cast<uint64_t>(id) * static_cast<uint64_t>(j.row_bytes));
}

/// N registers of columns from `column` on, for every bag of the job. The walk over the first columns checks the ids.
template <Codec C, int N> int64_t pool(const LookupJob &j, int64_t column) {
  const int64_t begin = j.offsets ? j.offsets[j.first] : j.start + j.first;
  const int64_t stop = j.offsets ? j.offsets[j.end] : j.start + j.end;
  const int64_t ahead = distance(j.row_bytes);
  const int64_t row_bytes = j.row_bytes;
  const int64_t *const ids = j.ids;
  // At the start nothing is on its way yet.
  for (int64_t p = begin; p < stop && p < begin + ahead; ++p)
    for (int64_t line = 0; line < row_bytes; line += 64)
      __builtin_prefetch(row_at(j, ids[p]) + line);
  for (int64_t b = j.first; b < j.end; ++b) {
    const int64_t from = j.offsets ? j.offsets[b] : j.start + b, to = j.offsets ? j.offsets[b + 1] : from + 1;
    Vector sum[N];
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n)
      sum[n] = Vector{};
    float bias_sum = 0;
    for (int64_t p = from; p < to; ++p) {
      const int64_t id = ids[p];
      if (__builtin_expect(static_cast<uint64_t>(id) >= static_cast<uint64_t>(j.rows), 0))
        return p;
      if (p + ahead < stop) {
        const char *next = row_at(j, ids[p + ahead]);
        if (column == 0)
          for (int64_t line = 0; line < row_bytes; line += 64)
            __builtin_prefetch(next + line);
        if constexpr (quantised(C))
          __builtin_prefetch(next + row_bytes - 1);
      }
      const char *row = j.table + id * row_bytes;
      float factor = j.weights ? j.weights[p] : 1;
      if constexpr (quantised(C)) {
        float scale, bias;
        scale_and_bias<C>(row, j.dim, scale, bias);
        bias_sum += factor * bias;
        factor *= scale;
#pragma GCC unroll 8
        for (int n = 0; n < N; ++n)
          sum[n] += factor * values<C>(row, column + n * kLanes);
      } else if (j.weights) {
#pragma GCC unroll 8
        for (int n = 0; n < N; ++n)
          sum[n] += factor * values<C>(row, column + n * kLanes);
      } else {
#pragma GCC unroll 8
        for (int n = 0; n < N; ++n)
          sum[n] += values<C>(row, column + n * kLanes);
      }
    }
    const float mean = j.mean && to > from ? 1.0f / static_cast<float>(to - from) : 1.0f;
    float *out = j.out + b * j.stride + column;
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n) {
      Vector v = sum[n];
      if constexpr (quantised(C))
        v += bias_sum;
      if (j.mean)
        v *= mean;
      if (j.stream)
        stream(out + n * kLanes, v);
      else
        store(out + n * kLanes, v);
    }
  }
#if defined(__SSE2__)
  if (j.stream)
    _mm_sfence();
#endif
  return -1;
}

/// The last columns, fewer than a register.
template <Codec C> int64_t pool_tail(const LookupJob &j, int64_t column) {
  for (int64_t b = j.first; b < j.end; ++b) {
    const int64_t from = j.offsets ? j.offsets[b] : j.start + b, to = j.offsets ? j.offsets[b + 1] : from + 1;
    float *out = j.out + b * j.stride;
    for (int64_t i = column; i < j.dim; ++i)
      out[i] = 0;
    for (int64_t p = from; p < to; ++p) {
      const int64_t id = j.ids[p];
      if (static_cast<uint64_t>(id) >= static_cast<uint64_t>(j.rows))
        return p;
      const char *row = j.table + id * j.row_bytes;
      const float factor = j.weights ? j.weights[p] : 1;
      float scale = 1, bias = 0;
      if constexpr (quantised(C))
        scale_and_bias<C>(row, j.dim, scale, bias);
      for (int64_t i = column; i < j.dim; ++i)
        out[i] += factor * (scale * value<C>(row, i) + bias);
    }
    if (j.mean && to > from)
      for (int64_t i = column; i < j.dim; ++i)
        out[i] *= 1.0f / static_cast<float>(to - from);
  }
  return -1;
}

/// Tables of one column: the first-order weights of a ranking model.
template <Codec C> int64_t pool_single(const LookupJob &j) {
  const int64_t stop = j.offsets ? j.offsets[j.end] : j.start + j.end;
  const int64_t ahead = distance(j.row_bytes);
  for (int64_t b = j.first; b < j.end; ++b) {
    const int64_t from = j.offsets ? j.offsets[b] : j.start + b, to = j.offsets ? j.offsets[b + 1] : from + 1;
    float sum = 0;
    for (int64_t p = from; p < to; ++p) {
      const int64_t id = j.ids[p];
      if (__builtin_expect(static_cast<uint64_t>(id) >= static_cast<uint64_t>(j.rows), 0))
        return p;
      if (p + ahead < stop)
        __builtin_prefetch(row_at(j, j.ids[p + ahead]));
      sum += (j.weights ? j.weights[p] : 1) * value<C>(j.table + id * j.row_bytes, 0);
    }
    j.out[b * j.stride] = j.mean && to > from ? sum * (1.0f / static_cast<float>(to - from)) : sum;
  }
  return -1;
}

template <Codec C> int64_t lookup(const LookupJob &j) {
  if constexpr (!quantised(C))
    if (j.dim == 1)
      return pool_single<C>(j);
  int64_t column = 0, fault = -1;
  const auto left = [&] { return (j.dim - column) / kLanes; };
  while (left() >= 8 && fault < 0) {
    fault = pool<C, 8>(j, column);
    column += 8 * kLanes;
  }
  if (left() >= 4 && fault < 0) {
    fault = pool<C, 4>(j, column);
    column += 4 * kLanes;
  }
  if (left() >= 2 && fault < 0) {
    fault = pool<C, 2>(j, column);
    column += 2 * kLanes;
  }
  if (left() >= 1 && fault < 0) {
    fault = pool<C, 1>(j, column);
    column += kLanes;
  }
  if (column < j.dim && fault < 0)
    fault = pool_tail<C>(j, column);
  return fault;
}

template <Codec C> float row_dot(const char *row, const float *g, int64_t dim) {
  Vector sums{};
  int64_t i = 0;
  for (; i + kLanes <= dim; i += kLanes)
    sums += values<C>(row, i) * load(g + i);
  float sum = total(sums);
  for (; i < dim; ++i)
    sum += value<C>(row, i) * g[i];
  return sum;
}

void weight_gradient(const LookupJob &j, Codec codec, float *out) {
  for (int64_t b = j.first; b < j.end; ++b) {
    const int64_t from = j.offsets ? j.offsets[b] : j.start + b, to = j.offsets ? j.offsets[b + 1] : from + 1;
    const float *g = j.out + b * j.stride;
    const float mean = j.mean && to > from ? 1.0f / static_cast<float>(to - from) : 1.0f;
    for (int64_t p = from; p < to; ++p) {
      const char *row = j.table + j.ids[p] * j.row_bytes;
      float sum = 0;
      switch (codec) {
      case Codec::float16:
        sum = row_dot<Codec::float16>(row, g, j.dim);
        break;
      case Codec::bfloat16:
        sum = row_dot<Codec::bfloat16>(row, g, j.dim);
        break;
      default:
        sum = row_dot<Codec::float32>(row, g, j.dim);
      }
      out[p] = mean * sum;
    }
  }
}

// ---- Update
// -----------------------------------------------------------------------------------------------------------

inline uint32_t row_of(uint64_t pair) { return static_cast<uint32_t>(pair >> 32); }
inline uint32_t item_of(uint64_t pair) { return static_cast<uint32_t>(pair); }

inline const float *gradient_of(const UpdateJob &j, uint32_t item) {
  return j.sources ? j.sources[item] : j.gradient + static_cast<int64_t>(item) * j.stride;
}

/// Sums the gradients of the row at pair `i`; returns the pair behind the last of that row. DIM 0: j.dim columns.
template <int DIM> int64_t sum_row(const UpdateJob &j, int64_t i, float *__restrict g) {
  const int64_t dim = DIM ? DIM : j.dim;
  const uint32_t row = row_of(j.pairs[i]);
  if constexpr (DIM >= SR_LANES && DIM <= 8 * SR_LANES) {
    constexpr int N = DIM / SR_LANES;
    Vector sum[N];
    const float *x = gradient_of(j, item_of(j.pairs[i]));
    const float scale = j.scales ? j.scales[item_of(j.pairs[i])] : 1;
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n)
      sum[n] = scale * load(x + n * kLanes);
    for (++i; i < j.count && row_of(j.pairs[i]) == row; ++i) {
      x = gradient_of(j, item_of(j.pairs[i]));
      const float factor = j.scales ? j.scales[item_of(j.pairs[i])] : 1;
#pragma GCC unroll 8
      for (int n = 0; n < N; ++n)
        sum[n] += factor * load(x + n * kLanes);
    }
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n)
      store(g + n * kLanes, sum[n]);
  } else {
    for (int64_t d = 0; d < dim; ++d)
      g[d] = 0;
    for (; i < j.count && row_of(j.pairs[i]) == row; ++i) {
      const float *x = gradient_of(j, item_of(j.pairs[i]));
      const float factor = j.scales ? j.scales[item_of(j.pairs[i])] : 1;
      for (int64_t d = 0; d < dim; ++d)
        g[d] += factor * x[d];
    }
  }
  return i;
}

inline float mean_square(const float *g, int64_t dim) {
  Vector sums{};
  const int64_t whole = dim - dim % kLanes;
  for (int64_t d = 0; d < whole; d += kLanes)
    sums += load(g + d) * load(g + d);
  float sum = total(sums);
  if (whole < dim)
    for (int64_t d = whole; d < dim; ++d)
      sum += g[d] * g[d];
  return sum / static_cast<float>(dim);
}

/// w, m, v: the row and its state (null where the rule has none); g: the summed gradient.
template <int DIM, RuleKind K>
inline void apply(const RowRule &r, int64_t any_dim, float *__restrict w, float *__restrict m, float *__restrict v,
                  float *__restrict g) {
  const int64_t dim = DIM ? DIM : any_dim;
  if (r.clip > 0)
    for (int64_t d = 0; d < dim; ++d)
      g[d] = g[d] > r.clip ? r.clip : g[d] < -r.clip ? -r.clip : g[d];
  if (r.l2 != 0)
    for (int64_t d = 0; d < dim; ++d)
      g[d] += r.l2 * w[d];
  if constexpr (K == RuleKind::sgd) {
    for (int64_t d = 0; d < dim; ++d)
      w[d] -= r.learning_rate * g[d];
  } else if constexpr (K == RuleKind::adagrad) {
    for (int64_t d = 0; d < dim; ++d) {
      m[d] += g[d] * g[d];
      w[d] -= r.learning_rate * g[d] / (__builtin_sqrtf(m[d]) + r.epsilon);
    }
  } else if constexpr (K == RuleKind::row_wise_adagrad) {
    const float sum = *m + mean_square(g, dim);
    *m = sum;
    const float size = r.learning_rate / (__builtin_sqrtf(sum) + r.epsilon);
    for (int64_t d = 0; d < dim; ++d)
      w[d] -= size * g[d];
  } else if constexpr (K == RuleKind::adam || K == RuleKind::adamw) {
    for (int64_t d = 0; d < dim; ++d) {
      m[d] = r.beta1 * m[d] + (1 - r.beta1) * g[d];
      v[d] = r.beta2 * v[d] + (1 - r.beta2) * g[d] * g[d];
      const float step = m[d] * r.correction1 / (__builtin_sqrtf(v[d] * r.correction2) + r.epsilon);
      w[d] = w[d] * r.keep - r.learning_rate * step;
    }
  } else {
    const float second = r.beta2 * *v + (1 - r.beta2) * mean_square(g, dim);
    *v = second;
    const float size = r.learning_rate * r.correction1 / (__builtin_sqrtf(second * r.correction2) + r.epsilon);
    for (int64_t d = 0; d < dim; ++d) {
      m[d] = r.beta1 * m[d] + (1 - r.beta1) * g[d];
      w[d] = w[d] * r.keep - size * m[d];
    }
  }
}

/// 32 well-mixed bits for one element of one step.
inline uint32_t mixed(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  return x ^ x >> 16;
}

/// Rounds up with the probability of the part cut off, so that small updates are not lost.
inline uint16_t stochastic_bfloat(float x, uint32_t random) {
  const uint32_t bits = bits_of(x);
  if ((bits & 0x7f800000u) == 0x7f800000u)
    return float_to_bfloat(x);
  return static_cast<uint16_t>((bits + (random & 0xffffu)) >> 16);
}
inline uint16_t stochastic_half(float x, uint32_t random) {
  const uint32_t bits = bits_of(x);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude >= 0x477fe000u) // 65504 and beyond, infinities, NaN
    return float_to_half(x);
  if (magnitude < 0x38800000u) { // subnormal in half precision: the quantum is 2^-24
    const float u = static_cast<float>(random >> 8) * 0x1p-24f - 0.5f;
    return float_to_half(x + u * 0x1p-24f);
  }
  const uint32_t cut = (bits + (random & 0x1fffu)) & ~0x1fffu;
  float y;
  std::memcpy(&y, &cut, 4);
  return float_to_half(y);
}

template <Codec C> void read_row(const char *row, float *w, int64_t dim) {
  for (int64_t d = 0; d < dim; ++d)
    w[d] = value<C>(row, d);
}
template <Codec C> void write_row(char *row, const float *w, int64_t dim, const RowRule &r, uint32_t number) {
  auto *out = reinterpret_cast<uint16_t *>(row);
  const uint32_t key = mixed(r.seed ^ mixed(number));
  for (int64_t d = 0; d < dim; ++d) {
    const uint32_t random = mixed(key + static_cast<uint32_t>(d));
    if constexpr (C == Codec::float16)
      out[d] = r.stochastic ? stochastic_half(w[d], random) : float_to_half(w[d]);
    else
      out[d] = r.stochastic ? stochastic_bfloat(w[d], random) : float_to_bfloat(w[d]);
  }
}

constexpr bool row_wise_first(RuleKind k) { return k == RuleKind::row_wise_adagrad; }
constexpr bool row_wise_second(RuleKind k) { return k == RuleKind::row_wise_adam; }

template <int DIM, RuleKind K, Codec C> void update_rows(const UpdateJob &j, const RowRule &r) {
  const int64_t dim = DIM ? DIM : j.dim;
  alignas(64) float fixed[DIM ? DIM : 1];
  float *g = DIM ? fixed : j.scratch;
  const int64_t ahead = distance(j.row_bytes);
  const int64_t first_stride = row_wise_first(K) ? 1 : dim, second_stride = row_wise_second(K) ? 1 : dim;
  for (int64_t i = 0; i < j.count;) {
    // One look ahead a row: in a batch with few repeats it covers every row, and repeats need none.
    const int64_t next = i + ahead < j.count ? i + ahead : j.count - 1;
    const int64_t next_row = row_of(j.pairs[next]);
    for (int64_t line = 0; line < j.row_bytes; line += 64)
      __builtin_prefetch(j.table + next_row * j.row_bytes + line, 1);
    if (j.first_state)
      for (int64_t d = 0; d < first_stride; d += 16)
        __builtin_prefetch(j.first_state + next_row * first_stride + d, 1);
    if (j.second_state)
      for (int64_t d = 0; d < second_stride; d += 16)
        __builtin_prefetch(j.second_state + next_row * second_stride + d, 1);
    const float *next_gradient = gradient_of(j, item_of(j.pairs[next]));
    for (int64_t d = 0; d < dim; d += 16)
      __builtin_prefetch(next_gradient + d);
    const uint32_t row = row_of(j.pairs[i]);
    i = sum_row<DIM>(j, i, g);
    char *stored = j.table + static_cast<int64_t>(row) * j.row_bytes;
    float *m = j.first_state ? j.first_state + row * first_stride : nullptr;
    float *v = j.second_state ? j.second_state + row * second_stride : nullptr;
    if constexpr (C == Codec::float32) {
      apply<DIM, K>(r, dim, reinterpret_cast<float *>(stored), m, v, g);
    } else {
      float *w = j.scratch + dim;
      read_row<C>(stored, w, dim);
      apply<DIM, K>(r, dim, w, m, v, g);
      write_row<C>(stored, w, dim, r, row);
    }
  }
}

template <RuleKind K> void update_by_codec(const UpdateJob &j, const RowRule &r) {
  switch (j.codec) {
  case Codec::float16:
    return update_rows<0, K, Codec::float16>(j, r);
  case Codec::bfloat16:
    return update_rows<0, K, Codec::bfloat16>(j, r);
  default:
    break;
  }
  switch (j.dim) {
  case 1:
    return update_rows<1, K, Codec::float32>(j, r);
  case 16:
    return update_rows<16, K, Codec::float32>(j, r);
  case 32:
    return update_rows<32, K, Codec::float32>(j, r);
  case 64:
    return update_rows<64, K, Codec::float32>(j, r);
  case 128:
    return update_rows<128, K, Codec::float32>(j, r);
  default:
    return update_rows<0, K, Codec::float32>(j, r);
  }
}

void update(const UpdateJob &j, const RowRule &r) {
  switch (r.kind) {
  case RuleKind::sgd:
    return update_by_codec<RuleKind::sgd>(j, r);
  case RuleKind::adagrad:
    return update_by_codec<RuleKind::adagrad>(j, r);
  case RuleKind::row_wise_adagrad:
    return update_by_codec<RuleKind::row_wise_adagrad>(j, r);
  case RuleKind::adam:
    return update_by_codec<RuleKind::adam>(j, r);
  case RuleKind::adamw:
    return update_by_codec<RuleKind::adamw>(j, r);
  case RuleKind::row_wise_adam:
    return update_by_codec<RuleKind::row_wise_adam>(j, r);
  case RuleKind::none:
    return;
  }
}

int64_t sum(const UpdateJob &j, int64_t *rows, float *sums) {
  int64_t found = 0;
  for (int64_t i = 0; i < j.count; ++found) {
    rows[found] = row_of(j.pairs[i]);
    i = sum_row<0>(j, i, sums + found * j.dim);
  }
  return found;
}

} // namespace

extern const BagKernels SR_BAG_KERNELS = {
    {lookup<Codec::float32>, lookup<Codec::float16>, lookup<Codec::bfloat16>, lookup<Codec::int8>, lookup<Codec::int4>},
    update,
    weight_gradient,
    sum};

} // namespace sr::embedding
