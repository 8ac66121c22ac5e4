// Keeps oneDNN away from matrix tiles that a hypervisor shows but does not describe.
//
// oneDNN takes the number of tiles from CPUID leaf 0x1D. Some virtual machines set the AMX bits of leaf 7 and leave
// leaf 0x1D empty; oneDNN then configures no tile, and the first bfloat16 product ends the process with SIGILL, in
// Python as well. oneDNN reads its limit at its first use, so setting it while the library loads is early enough.
#include <cstdlib>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "swiftrec/system.h"

namespace {

SRMatrixTiles find_tiles() {
#if defined(__x86_64__)
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d >> 24 & 1) == 0) {
    return SR_TILES_ABSENT;
  }
  // Palette 1: the upper half of EBX is the number of tiles.
  if (__get_cpuid_count(0x1D, 1, &a, &b, &c, &d) == 0 || b >> 16 == 0) {
    return SR_TILES_HIDDEN;
  }
  return SR_TILES_USABLE;
#else
  return SR_TILES_ABSENT;
#endif
}

const SRMatrixTiles tiles = find_tiles();

__attribute__((constructor)) void limit_onednn() {
  // Both spellings are oneDNN's; one that the user has set stays.
  if (find_tiles() == SR_TILES_HIDDEN && std::getenv("DNNL_MAX_CPU_ISA") == nullptr) {
    setenv("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_FP16", 0);
  }
}

} // namespace

extern "C" SRMatrixTiles sr_system_matrix_tiles(void) { return tiles; }
