import Torch

/// One device that a model can run on.
public struct DeviceFacts: Codable, Sendable, Equatable {
  /// As `--device` takes it: `cpu`, `cuda:0`.
  public var device: String
  public var name: String
  /// Bytes.
  public var memory: Int
  /// `9.0`; nil for the CPU.
  public var computeCapability: String?
  /// Whether this build of PyTorch has kernels for it.
  public var inBuild: Bool

  public var summary: String {
    let capability = computeCapability.map { ", compute capability \($0)" } ?? ""
    return "\(device): \(name), \(bytes(memory))\(capability)\(inBuild ? "" : ", NOT in this build of PyTorch")"
  }

  /// Every GPU that PyTorch counts, described by CUDA's driver.
  static func gpus(architectures: [String]) -> [DeviceFacts] {
    (0..<Engine.cudaDeviceCount).map { index in
      let facts = CUDADriver.shared?.device(index)
      let capability = facts?.capability
      return DeviceFacts(
        device: Device.cuda(index).description, name: facts?.name ?? "unknown", memory: facts?.memory ?? 0,
        computeCapability: capability.map { "\($0.major).\($0.minor)" },
        inBuild: capability.map { Architecture.runs(major: $0.major, minor: $0.minor, in: architectures) } ?? true)
    }
  }
}
