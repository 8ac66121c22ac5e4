// The kernels themselves, compiled once per instruction set: the including file sets SR_LANES (floats in a register)
// and SR_KERNELS (the name of its table). Everything has internal linkage, so that no wide code leaks into a narrow
// caller.
#include "kernels.h"

namespace sr::embedding {
namespace {

typedef float Vector __attribute__((vector_size(SR_LANES * 4)));
typedef float Loose __attribute__((vector_size(SR_LANES * 4), aligned(4), may_alias));
constexpr int64_t kLanes = SR_LANES;

inline Vector load(const float *p) { return *reinterpret_cast<const Loose *>(p); }
inline void store(float *p, Vector v) { *reinterpret_cast<Loose *>(p) = v; }

/// R rows by C registers of the result stay in registers while k runs.
template <int R, int C>
void tile(int64_t k, const float *a, int64_t rs, int64_t cs, const float *b, int64_t bs, float *c, int64_t ccs,
          bool accumulate) {
  Vector sum[R][C];
  for (int r = 0; r < R; ++r)
    for (int j = 0; j < C; ++j)
      sum[r][j] = accumulate ? load(c + r * ccs + j * kLanes) : Vector{};
  for (int64_t i = 0; i < k; ++i) {
    Vector row[C];
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j)
      row[j] = load(b + i * bs + j * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const float x = a[r * rs + i * cs];
#pragma GCC unroll 8
      for (int j = 0; j < C; ++j)
        sum[r][j] += x * row[j];
    }
  }
  for (int r = 0; r < R; ++r)
    for (int j = 0; j < C; ++j)
      store(c + r * ccs + j * kLanes, sum[r][j]);
}

/// All rows of one column panel, R at a time, then the rest.
template <int R, int C>
void panel(int64_t m, int64_t k, const float *a, int64_t rs, int64_t cs, const float *b, int64_t bs, float *c,
           int64_t ccs, bool accumulate) {
  int64_t i = 0;
  for (; i + R <= m; i += R)
    tile<R, C>(k, a + i * rs, rs, cs, b, bs, c + i * ccs, ccs, accumulate);
  if constexpr (R > 1) {
    if (i < m)
      panel<R / 2, C>(m - i, k, a + i * rs, rs, cs, b, bs, c + i * ccs, ccs, accumulate);
  }
}

constexpr int kWide = SR_LANES == 16 ? 4 : 2;     // registers a row of the widest tile
constexpr int kWideRows = SR_LANES == 16 ? 6 : 4; // 24 (8) sums of 32 (16) registers

void gemm(int64_t m, int64_t n, int64_t k, const float *a, int64_t rs, int64_t cs, const float *b, int64_t bs, float *c,
          int64_t ccs, bool accumulate) {
  int64_t j = 0;
  for (; j + kWide * kLanes <= n; j += kWide * kLanes)
    panel<kWideRows, kWide>(m, k, a, rs, cs, b + j, bs, c + j, ccs, accumulate);
  if constexpr (kWide > 2)
    for (; j + 2 * kLanes <= n; j += 2 * kLanes)
      panel<12, 2>(m, k, a, rs, cs, b + j, bs, c + j, ccs, accumulate);
  for (; j + kLanes <= n; j += kLanes)
    panel<8, 1>(m, k, a, rs, cs, b + j, bs, c + j, ccs, accumulate);
  for (int64_t i = 0; j < n && i < m; ++i)
    for (int64_t q = j; q < n; ++q) {
      float sum = accumulate ? c[i * ccs + q] : 0;
      for (int64_t p = 0; p < k; ++p)
        sum += a[i * rs + p * cs] * b[p * bs + q];
      c[i * ccs + q] = sum;
    }
}

void adam(float *__restrict w, float *__restrict m, float *__restrict v, const float *__restrict g, int64_t n,
          const AdamStep &o) {
  const AdamStep s = o;
  for (int64_t i = 0; i < n; ++i) {
    const float gi = g[i] + s.l2 * w[i];
    const float mi = s.beta1 * m[i] + s.keep1 * gi;
    const float vi = s.beta2 * v[i] + s.keep2 * gi * gi;
    m[i] = mi;
    v[i] = vi;
    w[i] = w[i] * s.decay - s.size * mi / (__builtin_sqrtf(vi) * s.scale + s.epsilon);
  }
}

void adam_idle(float *__restrict w, float *__restrict m, float *__restrict v, int64_t n, const AdamStep &o) {
  const AdamStep s = o;
  for (int64_t i = 0; i < n; ++i) {
    const float gi = s.l2 * w[i];
    const float mi = s.beta1 * m[i] + s.keep1 * gi;
    const float vi = s.beta2 * v[i] + s.keep2 * gi * gi;
    m[i] = mi;
    v[i] = vi;
    w[i] = w[i] * s.decay - s.size * mi / (__builtin_sqrtf(vi) * s.scale + s.epsilon);
  }
}

void add(float *__restrict y, const float *__restrict x, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    y[i] += x[i];
}

void bias_relu(float *__restrict h, const float *__restrict bias, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < n; ++i) {
      const float x = h[r * n + i] + bias[i];
      h[r * n + i] = x > 0 ? x : 0;
    }
}

void relu_backward(float *__restrict g, const float *__restrict h, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    g[i] = h[i] > 0 ? g[i] : 0;
}

float dot(const float *a, const float *b, int64_t n) {
  Vector sums{};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    sums += load(a + i) * load(b + i);
  float sum = 0;
  for (int64_t j = 0; j < kLanes; ++j)
    sum += sums[j];
  for (; i < n; ++i)
    sum += a[i] * b[i];
  return sum;
}

void multiply(float *__restrict out, const float *__restrict a, const float *__restrict b, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    out[i] = a[i] * b[i];
}

void scaled_product(float *__restrict out, float scale, const float *__restrict a, const float *__restrict b,
                    int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    out[i] = scale * a[i] * b[i];
}

void axpy(float *__restrict y, float scale, const float *__restrict x, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    y[i] += scale * x[i];
}

} // namespace

extern const Kernels SR_KERNELS = {SR_NAME,       gemm, adam,     adam_idle,      add, bias_relu,
                                   relu_backward, dot,  multiply, scaled_product, axpy};

} // namespace sr::embedding
