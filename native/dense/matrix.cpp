#include "matrix.h"

#include <vector>

#include "embedding/kernels.h"

// LibTorch brings a BLAS (MKL in the wheels). Within a parallel region it stays on its thread. Weak: a build without
// one is served by our own kernels.
extern "C" __attribute__((weak)) void sgemm_(const char *transa, const char *transb, const int *m, const int *n,
                                             const int *k, const float *alpha, const float *a, const int *lda,
                                             const float *b, const int *ldb, const float *beta, float *c,
                                             const int *ldc);

namespace sr::dense {
namespace {

/// BLAS reads row-major matrices as their transposes: c^T[n, m] = op(b) op(a).
void blas(const char *transb, const char *transa, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
          const float *b, int64_t ldb, float *c, bool accumulate = false) {
  const int mi = static_cast<int>(m), ni = static_cast<int>(n), ki = static_cast<int>(k);
  const int ldai = static_cast<int>(lda), ldbi = static_cast<int>(ldb);
  const float one = 1, before = accumulate ? 1 : 0;
  sgemm_(transb, transa, &ni, &mi, &ki, &one, b, &ldbi, a, &ldai, &before, c, &ni);
}

} // namespace

void product_transposed(int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c) {
  if (sgemm_ != nullptr)
    return blas("T", "N", m, n, k, a, k, b, k, c);
  std::vector<float> turned(n * k);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < k; ++j)
      turned[j * n + i] = b[i * k + j];
  embedding::kernels().gemm(m, n, k, a, k, 1, turned.data(), n, c, n, false);
}

void product(int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c) {
  if (sgemm_ != nullptr)
    return blas("N", "N", m, n, k, a, k, b, n, c);
  embedding::kernels().gemm(m, n, k, a, k, 1, b, n, c, n, false);
}

void transposed_product(int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c, bool accumulate) {
  if (sgemm_ != nullptr)
    return blas("N", "T", m, n, k, a, m, b, n, c, accumulate);
  embedding::kernels().gemm(m, n, k, a, 1, m, b, n, c, n, accumulate);
}

} // namespace sr::dense
