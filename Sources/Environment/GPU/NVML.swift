import Foundation

/// NVIDIA's management library, asked without its headers; it comes with the driver.
struct NVML: Sendable {
  /// nil where there is no driver.
  static let shared: NVML? = NVML()

  let driverVersion: String
  let library: DynamicLibrary

  private init?() {
    guard let library = DynamicLibrary("libnvidia-ml.so.1"),
      let start = library.function("nvmlInit_v2", as: (@convention(c) () -> Int32).self), start() == 0,
      let ask = library.function(
        "nvmlSystemGetDriverVersion", as: (@convention(c) (UnsafeMutablePointer<CChar>, UInt32) -> Int32).self)
    else { return nil }
    var version = [CChar](repeating: 0, count: 96)
    guard ask(&version, 96) == 0 else { return nil }
    driverVersion = text(version)
    self.library = library
  }

  /// The use of the GPU at a PCI address, nil when NVML does not know it or is not allowed to say.
  func usage(busID: String) -> GPUUsage? {
    typealias Find = @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<OpaquePointer?>) -> Int32
    // nvmlUtilization_t is two 32-bit percentages, nvmlMemory_t three 64-bit byte counts: total, free, used.
    typealias Utilisation = @convention(c) (OpaquePointer, UnsafeMutablePointer<UInt32>) -> Int32
    typealias Memory = @convention(c) (OpaquePointer, UnsafeMutablePointer<UInt64>) -> Int32
    guard let find = library.function("nvmlDeviceGetHandleByPciBusId_v2", as: Find.self),
      let getUse = library.function("nvmlDeviceGetUtilizationRates", as: Utilisation.self),
      let getMemory = library.function("nvmlDeviceGetMemoryInfo", as: Memory.self)
    else { return nil }
    var device: OpaquePointer?
    guard find(busID, &device) == 0, let device else { return nil }
    var use: [UInt32] = [0, 0]
    var memory: [UInt64] = [0, 0, 0]
    guard getUse(device, &use) == 0, getMemory(device, &memory) == 0 else { return nil }
    return GPUUsage(utilisation: Int(use[0]), memoryUsed: Int(memory[2]), memoryTotal: Int(memory[0]))
  }
}
