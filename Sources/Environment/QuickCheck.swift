import Torch

/// The part of the doctor that every training process runs at its start: milliseconds, and no process is spawned.
public struct QuickCheck: Codable, Sendable {
  /// `2.13.0+cpu`.
  public var torch: String
  public var device: String
  public var threads: Int
  /// CPUs' worth of time that the control group allows, nil when unlimited.
  public var cpuLimit: Double?
  /// Bytes that the control group allows, nil when unlimited.
  public var memoryLimit: Int?
  /// Bytes that can be taken now.
  public var memoryAvailable: Int
  /// Of a 64x64 product, over its largest element.
  public var productError: Double
  public var seconds: Double

  /// One line for the log.
  public var summary: String {
    let cpu = cpuLimit.map { ", CPU limit \(significant($0))" } ?? ""
    let limit = memoryLimit.map { " (limit \(bytes($0)))" } ?? ""
    return "PyTorch \(torch) on \(device), \(threads) threads\(cpu), memory \(bytes(memoryAvailable)) free\(limit), "
      + "64x64 product error \(scientific(productError)), checked in \(significant(seconds * 1000)) ms"
  }

  /// Compares versions, multiplies once and reads the limits.
  ///
  /// - Parameter device: where the product is computed; the one that training will use.
  /// - Throws: `EnvironmentError`, exit code 5, with what to do.
  public static func run(device: Device = .cpu) throws -> QuickCheck {
    let start = ContinuousClock.now
    let facts = TorchFacts.gather()
    try facts.requireMatch()
    guard device.isCPU || device.index < Engine.cudaDeviceCount else {
      throw EnvironmentError(
        check: "device", message: "--device \(device): \(Engine.cudaDeviceCount) GPUs can be used here",
        remedy: Engine.cudaDeviceCount > 0
          ? "use cpu or cuda:0...cuda:\(Engine.cudaDeviceCount - 1)" : "use --device cpu, or see swiftrec doctor")
    }
    let memory = MemoryFacts.gather()
    let error: Double
    do {
      error = try productError(device)
    } catch {
      throw EnvironmentError(check: "matmul", message: "\(error)", remedy: "run swiftrec doctor, or use --device cpu")
    }
    guard error <= ProbePrecision.tf32.tolerance else {
      throw EnvironmentError(
        check: "matmul", message: "a 64x64 product on \(device) differs from the exact one by \(scientific(error))",
        remedy: "run swiftrec doctor for the whole picture")
    }
    return QuickCheck(
      torch: facts.build, device: device.description, threads: Engine.threads, cpuLimit: memory.cgroup.cpuLimit,
      memoryLimit: memory.cgroup.memoryLimit, memoryAvailable: memory.available, productError: error,
      seconds: (ContinuousClock.now - start).seconds)
  }

  /// Against plain Swift, so that nothing of PyTorch vouches for itself.
  private static func productError(_ device: Device) throws -> Double {
    let n = 64
    // A fixed pattern in -1...1; no generator of PyTorch is drawn from.
    let a = (0..<n * n).map { Float(($0 * 37 + 11) % 201 - 100) / 100 }
    let b = (0..<n * n).map { Float(($0 * 53 + 29) % 199 - 99) / 99 }
    let product = try noGrad {
      try Tensor(a, shape: [n, n], device: device).mm(try Tensor(b, shape: [n, n], device: device)).doubles()
    }
    var worst = 0.0
    var largest = 0.0
    for i in 0..<n {
      for j in 0..<n {
        var exact = 0.0
        for k in 0..<n { exact += Double(a[i * n + k]) * Double(b[k * n + j]) }
        let difference = (product[i * n + j] - exact).magnitude
        worst = difference.isNaN ? .infinity : max(worst, difference)
        largest = max(largest, exact.magnitude)
      }
    }
    return worst / largest
  }
}
