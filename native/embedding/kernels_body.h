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

void outer(float *__restrict z, const float *__restrict x, int64_t h, const float *__restrict y, int64_t m) {
  for (int64_t i = 0; i < h; ++i, z += m) {
    const float scale = x[i];
    int64_t j = 0;
    for (; j + kLanes <= m; j += kLanes)
      store(z + j, scale * load(y + j));
    if (j < m && m >= kLanes) {
      // The last register overlaps the one before it: the same values are written twice.
      store(z + m - kLanes, scale * load(y + m - kLanes));
      continue;
    }
    for (; j < m; ++j)
      z[j] = scale * y[j];
  }
}

typedef int Places __attribute__((vector_size(SR_LANES * 4)));

inline float total(Vector v) {
  for (int step = SR_LANES / 2; step > 0; step /= 2) {
    Places other;
    for (int i = 0; i < SR_LANES; ++i)
      other[i] = i ^ step;
    v += __builtin_shuffle(v, other);
  }
  return v[0];
}

/// N registers a row: N - 1 whole ones, and one that ends where the row ends; `last` is y there, zero where it
/// overlaps.
template <int N>
void outer_backward_registers(const float *__restrict z, const float *__restrict x, int64_t h,
                              const float *__restrict y, int64_t m, float *__restrict x_slope,
                              float *__restrict y_slope, Vector last) {
  Vector factor[N], sum[N];
  int64_t place[N];
  for (int j = 0; j < N; ++j) {
    place[j] = j + 1 < N ? j * kLanes : m - kLanes;
    factor[j] = j + 1 < N ? load(y + place[j]) : last;
    sum[j] = load(y_slope + place[j]);
  }
  for (int64_t i = 0; i < h; ++i, z += m) {
    Vector dot{};
#pragma GCC unroll 8
    for (int j = 0; j < N; ++j) {
      const Vector slope = load(z + place[j]);
      dot += slope * factor[j];
      sum[j] += x[i] * slope;
    }
    x_slope[i] = total(dot);
  }
  for (int j = 0; j < N; ++j)
    store(y_slope + place[j], sum[j]);
}

void outer_backward(const float *__restrict z, const float *__restrict x, int64_t h, const float *__restrict y,
                    int64_t m, float *__restrict x_slope, float *__restrict y_slope) {
  const int64_t registers = (m + kLanes - 1) / kLanes;
  if (m >= kLanes && registers <= 6) {
    Vector last = load(y + m - kLanes);
    for (int64_t i = 0; i < (kLanes - m % kLanes) % kLanes; ++i)
      last[i] = 0;
    switch (registers) {
    case 1:
      return outer_backward_registers<1>(z, x, h, y, m, x_slope, y_slope, last);
    case 2:
      return outer_backward_registers<2>(z, x, h, y, m, x_slope, y_slope, last);
    case 3:
      return outer_backward_registers<3>(z, x, h, y, m, x_slope, y_slope, last);
    case 4:
      return outer_backward_registers<4>(z, x, h, y, m, x_slope, y_slope, last);
    case 5:
      return outer_backward_registers<5>(z, x, h, y, m, x_slope, y_slope, last);
    default:
      return outer_backward_registers<6>(z, x, h, y, m, x_slope, y_slope, last);
    }
  }
  for (int64_t i = 0; i < h; ++i, z += m) {
    x_slope[i] = dot(z, y, m);
    axpy(y_slope, x[i], z, m);
  }
}

} // namespace

extern const Kernels SR_KERNELS = {SR_NAME, gemm,     adam,           adam_idle, add,   bias_relu,     relu_backward,
                                   dot,     multiply, scaled_product, axpy,      outer, outer_backward};

} // namespace sr::embedding
