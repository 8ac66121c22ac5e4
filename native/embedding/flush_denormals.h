// Treats numbers below 1e-38 as zero while a kernel runs.
#pragma once
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace sr::embedding {

/// Sets flush-to-zero and denormals-are-zero for this thread until the end of the scope. Weights that a decay drives
/// towards zero end as denormals, and each one costs a product some hundred cycles: training slows five times.
class FlushDenormals {
public:
#if defined(__SSE__)
  FlushDenormals() : before(_mm_getcsr()) { _mm_setcsr(before | 0x8040); }
  ~FlushDenormals() { _mm_setcsr(before); }

private:
  unsigned before;
#else
  FlushDenormals() {}
#endif
public:
  FlushDenormals(const FlushDenormals &) = delete;
};

} // namespace sr::embedding
