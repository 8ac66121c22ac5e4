// Row-major single-precision matrix products on the calling thread.
#pragma once
#include <cstdint>

namespace sr::dense {

/// c[m, n] = a[m, k] b[n, k]^T.
void product_transposed(int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c);
/// c[m, n] = a[m, k] b[k, n].
void product(int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c);
/// c[m, n] (+)= a[k, m]^T b[k, n].
void transposed_product(int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c,
                        bool accumulate = false);

} // namespace sr::dense
