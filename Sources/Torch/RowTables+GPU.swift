import CSwiftRec

/// Tables on a GPU are served by kernels that NVRTC, which comes with PyTorch's CUDA build, compiles for the device at hand.
extension RowTables {
  /// Whether they are served on `device`. The first call compiles; what stands in the way is said once in LibTorch's log.
  public static func haveKernels(on device: Device) -> Bool {
    device.isCUDA && sr_gpu_kernels_serve(Int32(device.index))
  }

  /// Whether an NVRTC was found, beside PyTorch or on the library path.
  public static var hasGPUCompiler: Bool { sr_gpu_kernels_compiler() }

  /// Compiles the GPU's kernels without a GPU.
  ///
  /// - Parameter capability: the compute capability, 90 for 9.0.
  /// - Returns: the size of the code, and a log: the compiler, then registers and spills of each kernel.
  /// - Throws: `TorchError` with NVRTC's own messages and the remedy.
  public static func compileGPUKernels(capability: Int) throws -> (bytes: Int, log: String) {
    var bytes: Int64 = 0
    var log: UnsafeMutablePointer<CChar>?
    try check(sr_gpu_kernels_compile(Int32(clamping: capability), &bytes, &log), "compile_gpu_kernels", [])
    defer { sr_text_free(log) }
    return (Int(bytes), log.map { String(cString: $0) } ?? "")
  }

  /// From now on the GPU's kernels, run thread by thread on the CPU, serve these tables in main memory: a test's tool, slow.
  ///
  /// - Throws: `TorchError` for quantised tables.
  package func emulateGPU() throws {
    try check(sr_row_tables_emulate(handle), "emulate_gpu", [])
  }
}
