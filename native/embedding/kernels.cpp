#include "kernels.h"

#include <cstdlib>
#include <cstring>

namespace sr::embedding {

const Kernels &kernels() {
  static const Kernels &chosen = []() -> const Kernels & {
    const char *wish = std::getenv("SWIFTREC_CPU_CAPABILITY");
    if (wish != nullptr && std::strcmp(wish, "plain") == 0)
      return kernels_plain;
    __builtin_cpu_init();
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (wide && !(wish != nullptr && std::strcmp(wish, "avx2") == 0))
      return kernels_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      return kernels_avx2;
    return kernels_plain;
  }();
  return chosen;
}

} // namespace sr::embedding
