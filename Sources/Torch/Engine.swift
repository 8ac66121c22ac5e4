import CSwiftRec

/// LibTorch as a whole: version, threads, devices, memory.
public enum Engine {
  /// `2.13.0`, the release the bridge was built against.
  public static var version: String { String(cString: sr_torch_version()) }

  /// LibTorch's own account of how it was built.
  public static var buildDescription: String {
    var buffer = [CChar](repeating: 0, count: 16_384)
    guard sr_torch_config(&buffer, buffer.count) == SR_OK else { return "" }
    return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
  }

  /// Seeds the default generator of every device.
  public static func manualSeed(_ seed: UInt64) throws { try check(sr_manual_seed(seed), "manual_seed") }

  /// Threads of one operator.
  public static var threads: Int { sr_threads() }
  public static func setThreads(_ count: Int) throws {
    guard count > 0 else {
      throw TorchError(.invalidArgument, operation: "setThreads", message: "\(count) threads asked for; use 1 or more")
    }
    try check(sr_set_threads(count), "set_num_threads")
  }

  /// Threads that run independent operators.
  public static var interopThreads: Int { sr_interop_threads() }

  /// - Throws: `TorchError` once such threads have run.
  public static func setInteropThreads(_ count: Int) throws {
    guard count > 0 else {
      throw TorchError(
        .invalidArgument, operation: "setInteropThreads", message: "\(count) threads asked for; use 1 or more")
    }
    try check(sr_set_interop_threads(count), "set_num_interop_threads")
  }

  /// Whether this thread records a TorchScript module: what is to be seen then are LibTorch's own operators, with no number of rows
  /// in their arguments.
  public static var isTracing: Bool { sr_is_tracing() }

  /// Handles that are alive in the bridge; where it grows, tensors leak.
  public static var liveHandles: Int { Int(sr_live_handles()) }

  /// Whether this build of LibTorch has CUDA and the machine a usable GPU.
  public static var hasCUDA: Bool { sr_cuda_device_count() > 0 }
  public static var cudaDeviceCount: Int { sr_cuda_device_count() }

  /// - Throws: `TorchError` that says what is missing when `device` can't be used here.
  static func requireCUDA(_ device: Device) throws {
    let count = cudaDeviceCount
    guard device.index >= count else { return }
    throw TorchError(
      .invalidArgument, operation: "\(device)",
      message: count == 0
        ? "no usable GPU: this PyTorch has \(sr_has_cuda() ? "CUDA, but no device answers" : "no CUDA"); use --device cpu, or run `swiftrec doctor`"
        : "only \(count) GPU(s) answer, numbered from 0")
  }

  /// Whether float32 matrix products on a GPU may use TF32.
  public static func setAllowTF32(_ allow: Bool) throws { try check(sr_set_allow_tf32(allow), "allow_tf32") }

  /// Caps the memory that this process may take on a GPU at a part of what the GPU has.
  ///
  /// - Parameter fraction: above 0, at most 1.
  /// - Throws: `TorchError` for the CPU and for a PyTorch without CUDA.
  public static func setMemoryFraction(_ fraction: Double, of device: Device) throws {
    guard fraction > 0, fraction <= 1 else {
      throw TorchError(
        .invalidArgument, operation: "setMemoryFraction",
        message: "\(fraction) asked for; use more than 0 and at most 1")
    }
    if device.isCUDA { try requireCUDA(device) }
    try check(sr_set_memory_fraction(device.bridged, fraction), "set_memory_fraction \(device)")
  }

  /// Waits for all work queued on a device.
  public static func synchronize(_ device: Device) throws {
    try check(sr_synchronize(device.bridged), "synchronize \(device)")
  }

  /// The CPU allocator's blocks.
  public struct AllocatorStatistics: Sendable {
    /// Bytes of live tensors, rounded up to their size classes.
    public let inUse: Int
    /// Bytes kept for reuse.
    public let kept: Int
    /// Blocks that had to be taken from the system so far.
    public let systemBlocks: Int
  }

  public static var allocatorStatistics: AllocatorStatistics {
    let s = sr_allocator_statistics()
    return AllocatorStatistics(inUse: Int(s.in_use), kept: Int(s.kept), systemBlocks: Int(s.from_system))
  }

  /// Gives the memory kept for reuse back to the system.
  public static func releaseCachedMemory() { sr_allocator_release() }
}
