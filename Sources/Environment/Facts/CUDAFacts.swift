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

  public var summary: String {
    let driverText = driver.map { "driver \($0)" } ?? "no driver"
    guard built else { return "not in this build of PyTorch, \(driverText)" }
    let parts = [
      runtime.map { "runtime \($0)" }, cudnn.map { "cuDNN \($0)" }, nccl.map { "NCCL \($0)" }, driverText,
      driverCuda.map { "which runs CUDA up to \($0)" }, available ? nil : "no usable GPU",
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }

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
