/// What the driver says of one GPU, under the names that NVIDIA's DCGM exporter gives.
public struct GPUFigures: Sendable, Equatable {
  public var index: Int
  public var uuid: String
  public var name: String
  /// By DCGM's name; what the driver does not say is left out.
  public var values: [(name: String, help: String, value: Double)]

  public static func == (first: GPUFigures, second: GPUFigures) -> Bool {
    first.index == second.index && first.uuid == second.uuid && first.name == second.name
      && first.values.elementsEqual(second.values) { $0.name == $1.name && $0.value == $1.value }
  }

  /// Of every GPU of this machine.
  ///
  /// - Throws: `EnvironmentError` without a driver.
  public static func gather() throws -> [GPUFigures] {
    guard let nvml = NVML.shared else {
      throw EnvironmentError(
        check: "gpu", message: "received no libnvidia-ml.so.1 that answers",
        remedy: "install NVIDIA's driver, or run this in a container with the GPUs (NVIDIA_DRIVER_CAPABILITIES=utility)"
      )
    }
    return try nvml.figures()
  }
}
