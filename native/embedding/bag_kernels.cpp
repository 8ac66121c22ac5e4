#include "bag_kernels.h"

#include <cstring>

#include "kernels.h"

namespace sr::embedding {

const BagKernels &bag_kernels() {
  static const BagKernels &chosen = []() -> const BagKernels & {
    const char *name = kernels().name;
    if (std::strcmp(name, "avx512") == 0)
      return bag_kernels_avx512;
    return std::strcmp(name, "avx2") == 0 ? bag_kernels_avx2 : bag_kernels_plain;
  }();
  return chosen;
}

} // namespace sr::embedding
