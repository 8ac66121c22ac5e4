import Sparse

/// Who looks rows up: the CPU's kernels, the GPU's under emulation, or LibTorch's operators.
enum LookupWay: CaseIterable, Sendable {
  case kernels, gpuKernels, operators

  func choose(_ bags: EmbeddingBagCollection) {
    switch self {
    case .kernels: break
    case .gpuKernels: bags.emulateGPU()
    case .operators: bags.avoidKernels()
    }
  }

  func choose(_ rows: EmbeddingCollection) {
    switch self {
    case .kernels: break
    case .gpuKernels: rows.emulateGPU()
    case .operators: rows.avoidKernels()
    }
  }
}
