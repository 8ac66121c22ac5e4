import Foundation

extension NVML {
  typealias Device = OpaquePointer
  private typealias Count = @convention(c) (UnsafeMutablePointer<UInt32>) -> Int32
  private typealias Find = @convention(c) (UInt32, UnsafeMutablePointer<OpaquePointer?>) -> Int32
  private typealias Text = @convention(c) (OpaquePointer, UnsafeMutablePointer<CChar>, UInt32) -> Int32
  private typealias Number = @convention(c) (OpaquePointer, UnsafeMutablePointer<UInt32>) -> Int32
  private typealias Chosen = @convention(c) (OpaquePointer, UInt32, UnsafeMutablePointer<UInt32>) -> Int32
  private typealias Memory = @convention(c) (OpaquePointer, UnsafeMutablePointer<UInt64>) -> Int32

  /// The figures of all devices.
  ///
  /// - Throws: `EnvironmentError` where NVML counts none or does not answer.
  func figures() throws -> [GPUFigures] {
    var count: UInt32 = 0
    guard let ask = library.function("nvmlDeviceGetCount_v2", as: Count.self), ask(&count) == 0 else {
      throw EnvironmentError(
        check: "gpu", message: "received no count of GPUs from NVML", remedy: "see whether nvidia-smi works")
    }
    return try (0..<count).map { index in
      var device: OpaquePointer?
      guard let find = library.function("nvmlDeviceGetHandleByIndex_v2", as: Find.self), find(index, &device) == 0,
        let device
      else {
        throw EnvironmentError(
          check: "gpu", message: "received no handle of GPU \(index) from NVML",
          remedy: "see whether nvidia-smi works, and whether this user may open /dev/nvidia\(index)")
      }
      return GPUFigures(
        index: Int(index), uuid: string("nvmlDeviceGetUUID", device) ?? "",
        name: string("nvmlDeviceGetName", device) ?? "", values: values(device))
    }
  }

  private func values(_ device: OpaquePointer) -> [(name: String, help: String, value: Double)] {
    var found: [(name: String, help: String, value: Double)] = []
    func add(_ name: String, _ help: String, _ value: Double?) {
      if let value { found.append(("DCGM_FI_DEV_\(name)", help, value)) }
    }
    // nvmlUtilization_t: GPU and memory, per cent.
    var use: [UInt32] = [0, 0]
    if let ask = library.function("nvmlDeviceGetUtilizationRates", as: Number.self), ask(device, &use) == 0 {
      add("GPU_UTIL", "GPU utilization (in %).", Double(use[0]))
      add("MEM_COPY_UTIL", "Memory utilization (in %).", Double(use[1]))
    }
    // nvmlMemory_t: total, free, used, in bytes; DCGM counts in MiB.
    var memory: [UInt64] = [0, 0, 0]
    if let ask = library.function("nvmlDeviceGetMemoryInfo", as: Memory.self), ask(device, &memory) == 0 {
      add("FB_FREE", "Framebuffer memory free (in MiB).", Double(memory[1] >> 20))
      add("FB_USED", "Framebuffer memory used (in MiB).", Double(memory[2] >> 20))
    }
    // 0 is NVML_TEMPERATURE_GPU; 1 and 2 are NVML_CLOCK_SM and NVML_CLOCK_MEM.
    add("GPU_TEMP", "GPU temperature (in C).", chosen("nvmlDeviceGetTemperature", device, 0))
    add("POWER_USAGE", "Power draw (in W).", number("nvmlDeviceGetPowerUsage", device).map { $0 / 1000 })
    add("SM_CLOCK", "SM clock frequency (in MHz).", chosen("nvmlDeviceGetClockInfo", device, 1))
    add("MEM_CLOCK", "Memory clock frequency (in MHz).", chosen("nvmlDeviceGetClockInfo", device, 2))
    return found
  }

  private func number(_ name: String, _ device: OpaquePointer) -> Double? {
    var value: UInt32 = 0
    guard let ask = library.function(name, as: Number.self), ask(device, &value) == 0 else { return nil }
    return Double(value)
  }

  private func chosen(_ name: String, _ device: OpaquePointer, _ kind: UInt32) -> Double? {
    var value: UInt32 = 0
    guard let ask = library.function(name, as: Chosen.self), ask(device, kind, &value) == 0 else { return nil }
    return Double(value)
  }

  private func string(_ name: String, _ device: OpaquePointer) -> String? {
    var bytes = [CChar](repeating: 0, count: 128)
    guard let ask = library.function(name, as: Text.self), ask(device, &bytes, 128) == 0 else { return nil }
    return text(bytes)
  }
}
