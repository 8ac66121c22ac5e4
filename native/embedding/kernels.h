// Vector kernels of the embedding room: one table of functions per instruction set, chosen once at run time.
#pragma once
#include <cstddef>
#include <cstdint>

namespace sr::embedding {

/// Adam's constants for one step, bias corrections folded in: `w -= size * m / (sqrt(v) * scale + epsilon)`.
struct AdamStep {
  float beta1, keep1; // m = beta1 * m + keep1 * g
  float beta2, keep2; // v = beta2 * v + keep2 * g * g
  float size, scale, epsilon;
  float decay; // w *= decay first (decoupled weight decay), 1 for none
  float l2;    // g += l2 * w first, 0 for none
};

struct Kernels {
  const char *name;
  /// C[M, N] (+)= A[M, K] B[K, N]; element (m, k) of A stands at a[m * row_stride + k * column_stride], B and C are
  /// row-major.
  void (*gemm)(int64_t m, int64_t n, int64_t k, const float *a, int64_t row_stride, int64_t column_stride,
               const float *b, int64_t b_stride, float *c, int64_t c_stride, bool accumulate);
  /// One Adam step over `n` contiguous elements.
  void (*adam)(float *w, float *m, float *v, const float *g, int64_t n, const AdamStep &step);
  /// The same for elements whose gradient is zero.
  void (*adam_idle)(float *w, float *m, float *v, int64_t n, const AdamStep &step);
  /// y[i] += x[i].
  void (*add)(float *y, const float *x, int64_t n);
  /// h = max(h + bias, 0) over `rows` rows of `n`.
  void (*bias_relu)(float *h, const float *bias, int64_t rows, int64_t n);
  /// g = h > 0 ? g : 0.
  void (*relu_backward)(float *g, const float *h, int64_t n);
  float (*dot)(const float *a, const float *b, int64_t n);
  /// out = a * b.
  void (*multiply)(float *out, const float *a, const float *b, int64_t n);
  /// out = scale * a * b.
  void (*scaled_product)(float *out, float scale, const float *a, const float *b, int64_t n);
  /// y += scale * x.
  void (*axpy)(float *y, float scale, const float *x, int64_t n);
  /// z[H, M] = x[H] outer y[M].
  void (*outer)(float *z, const float *x, int64_t h, const float *y, int64_t m);
  /// The backward of `outer`: x_slope[H] = z_slope y, y_slope[M] += z_slope^T x.
  void (*outer_backward)(const float *z_slope, const float *x, int64_t h, const float *y, int64_t m, float *x_slope,
                         float *y_slope);
};

extern const Kernels kernels_avx512;
extern const Kernels kernels_avx2;
extern const Kernels kernels_plain;

/// The widest set that this CPU runs; `SWIFTREC_CPU_CAPABILITY=avx2|plain` lowers it.
const Kernels &kernels();

} // namespace sr::embedding
