import Torch

/// How busy a GPU is at this moment.
public struct GPUUsage: Sendable, Equatable {
  /// Per cent of the last sampling period in which a kernel ran.
  public var utilisation: Int
  /// Bytes, of all processes.
  public var memoryUsed: Int
  public var memoryTotal: Int

  public init(utilisation: Int, memoryUsed: Int, memoryTotal: Int) {
    self.utilisation = utilisation
    self.memoryUsed = memoryUsed
    self.memoryTotal = memoryTotal
  }
}

/// Asks the driver how busy a GPU is; nil for the CPU, without a driver, and where it does not say.
///
/// Cheap enough for a progress bar: the libraries are opened once.
public func gpuUsage(_ device: Device) -> GPUUsage? {
  guard device.isCUDA, let nvml = NVML.shared, let description = CUDADriver.shared?.device(device.index) else {
    return nil
  }
  return nvml.usage(busID: description.busID)
}
