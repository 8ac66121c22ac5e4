// NVRTC: NVIDIA's compiler as a library, which needs no toolkit, no header and no driver.
#pragma once
#include <string>
#include <vector>

namespace sr::gpu {

/// A source file that the build embeds (CMakeLists.txt).
struct SourceFile {
  const char *name;
  const char *text;
};
/// row_kernels.cu first, then what it includes.
extern const std::vector<SourceFile> kSources;

struct Compiled {
  std::string code; // CUBIN for that very architecture; PTX where NVRTC is older than the GPU
  std::string log;  // registers and spills of each kernel
  std::string compiler;
};

/// Compiles the kernels for a compute capability: 90 for 9.0. Throws sr::InvalidArgument with NVRTC's log and the
/// remedy.
Compiled compile(int capability);

/// Where NVRTC was found; empty for nowhere.
std::string compiler_path();

} // namespace sr::gpu
