import CSwiftRec
import Foundation
import Torch

/// CUDA as this build of PyTorch brings it, and the driver below.
public struct CUDAFacts: Codable, Sendable, Equatable {
  /// Whether this build of PyTorch has CUDA at all.
  public var built: Bool
  /// Whether a GPU can be used now.
  public var available: Bool
  /// `13.0`.
  public var runtime: String?
  /// `9.19.0`.
  public var cudnn: String?
  /// `2.28.9`.
  public var nccl: String?
  /// The driver's own version: `580.95.05`.
  public var driver: String?
  /// The newest CUDA that the driver runs.
  public var driverCuda: String?
  /// `sm_75`, `compute_90`, ...: what the build's kernels were compiled for.
  public var architectures: [String]

  package init(
    built: Bool, available: Bool, runtime: String? = nil, cudnn: String? = nil, nccl: String? = nil,
    driver: String? = nil, driverCuda: String? = nil, architectures: [String] = []
  ) {
    self.built = built
    self.available = available
    self.runtime = runtime
    self.cudnn = cudnn
    self.nccl = nccl
    self.driver = driver
    self.driverCuda = driverCuda
    self.architectures = architectures
  }

  public var summary: String {
    let driverText = driver.map { "driver \($0)" } ?? "no driver"
    guard built else { return "not in this build of PyTorch, \(driverText)" }
    let parts = [
      runtime.map { "runtime \($0)" }, cudnn.map { "cuDNN \($0)" }, nccl.map { "NCCL \($0)" }, driverText,
      driverCuda.map { "which runs CUDA up to \($0)" }, available ? nil : "no usable GPU",
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }

  /// Why no GPU can be used, and what to do about it; nil where one can.
  ///
  /// - Parameter build: PyTorch's version with its kind of build: `2.13.0+cpu`.
  public func obstacle(build: String) -> (reason: String, remedy: String)? {
    if available { return nil }
    guard built else {
      return (
        "this PyTorch (\(build)) was built without CUDA",
        "use --device cpu, or install a CUDA build: make build TORCH_VARIANT=cuda"
      )
    }
    guard let driver else {
      return (
        "no NVIDIA driver answers",
        "use --device cpu; in a container, start it with --gpus all (or the NVIDIA runtime) on a host with the driver"
      )
    }
    guard let driverCuda, let runtime, Self.isOlder(driverCuda, than: runtime) else {
      return ("driver \(driver) shows no GPU", "look at CUDA_VISIBLE_DEVICES and nvidia-smi, or use --device cpu")
    }
    return (
      "driver \(driver) runs CUDA up to \(driverCuda), PyTorch was built for \(runtime)",
      "update the NVIDIA driver to one that runs CUDA \(runtime), or use --device cpu"
    )
  }

  /// A driver runs every minor release of its own major one.
  private static func isOlder(_ driver: String, than runtime: String) -> Bool {
    func major(_ version: String) -> Int { version.split(separator: ".").first.flatMap { Int($0) } ?? 0 }
    return major(driver) < major(runtime)
  }

  /// Asks PyTorch and the driver.
  public static func gather() -> CUDAFacts { gather(buildDescription: Engine.buildDescription) }

  static func gather(buildDescription: String) -> CUDAFacts {
    var versions = SRCudaVersions()
    _ = sr_system_cuda_versions(&versions)
    return CUDAFacts(
      built: versions.runtime > 0, available: Engine.hasCUDA, runtime: cudaVersion(Int(versions.runtime)),
      cudnn: cudnnVersion(Int(versions.cudnn)), nccl: ncclVersion(Int(versions.nccl)),
      driver: NVML.shared?.driverVersion, driverCuda: CUDADriver.shared.flatMap { cudaVersion($0.version) },
      architectures: Architecture.list(in: buildDescription))
  }

  /// `13020` is `13.2`.
  package static func cudaVersion(_ number: Int) -> String? {
    number > 0 ? "\(number / 1000).\(number % 1000 / 10)" : nil
  }

  /// `91900` is `9.19.0`; before 9 it was `8902` for `8.9.2`.
  package static func cudnnVersion(_ number: Int) -> String? {
    guard number > 0 else { return nil }
    let major = number >= 10_000 ? number / 10_000 : number / 1000
    let rest = number >= 10_000 ? number % 10_000 : number % 1000
    return "\(major).\(rest / 100).\(rest % 100)"
  }

  /// `22809` is `2.28.9`; before 2.9 it was `2708` for `2.7.8`.
  package static func ncclVersion(_ number: Int) -> String? {
    guard number > 0 else { return nil }
    return number >= 10_000
      ? "\(number / 10_000).\(number % 10_000 / 100).\(number % 100)"
      : "\(number / 1000).\(number % 1000 / 100).\(number % 100)"
  }
}
