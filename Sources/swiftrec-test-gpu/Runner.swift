import Foundation
import Torch

/// Writes a line at once: a run that is cut off still shows how far it came.
func say(_ line: String) {
  FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

/// One comparison of a device with the CPU.
struct Check: Sendable {
  let name: String
  let body: @Sendable (Bench) throws -> Void

  init(_ name: String, _ body: @escaping @Sendable (Bench) throws -> Void) {
    self.name = name
    self.body = body
  }
}

/// What differs, and by how much.
struct Mismatch: Error, CustomStringConvertible {
  let description: String
}

/// The device under test, and how to compare with it.
struct Bench: Sendable {
  let device: Device
  /// What the program promises: absolute, and relative to values above 1.
  static let tolerance = 1e-4

  /// Throws unless both tensors have one shape and values within the tolerance.
  func expectClose(_ here: Tensor, _ there: Tensor, tolerance: Double = tolerance, _ what: String) throws {
    guard here.shape == there.shape else {
      throw Mismatch(description: "\(what): \(there.shape) on \(device), \(here.shape) on the CPU")
    }
    let dense = try [here, there].map { try $0.isSparse ? $0.toDense() : $0 }
    var worst = 0.0
    for (x, y) in zip(try dense[0].doubles(), try dense[1].doubles()) where x != y {
      let difference = Swift.abs(x - y) / Swift.max(1, Swift.abs(x))
      worst = difference.isNaN ? .infinity : Swift.max(worst, difference)
    }
    guard worst <= tolerance else { throw Mismatch(description: "\(what): differs by \(worst)") }
  }

  func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else { throw Mismatch(description: what()) }
  }

  func unwrap<T>(_ value: T?, _ what: String) throws -> T {
    guard let value else { throw Mismatch(description: "\(what) is missing") }
    return value
  }

  /// Seconds for `body`, the device's queue emptied before and after.
  func seconds(_ body: () throws -> Void) throws -> Double {
    try Engine.synchronize(device)
    let start = Date()
    try body()
    try Engine.synchronize(device)
    return Date().timeIntervalSince(start)
  }
}

/// Runs checks and counts.
struct Runner {
  let device: Device

  /// - Returns: the exit code: 0 when all passed.
  func run(_ checks: [Check]) -> Int32 {
    var failed = 0
    let bench = Bench(device: device)
    for check in checks {
      do {
        try Engine.manualSeed(0)
        try check.body(bench)
        say("ok      \(check.name)")
      } catch {
        failed += 1
        say("FAILED  \(check.name): \(error)")
      }
    }
    say("\(checks.count - failed) passed, \(failed) failed")
    return failed == 0 ? 0 : 1
  }
}

let allChecks =
  layerChecks + lossChecks + optimizerChecks + modelChecks + rankingChecks + showcaseChecks + precisionChecks
  + sparseChecks + sparseSpeedChecks + distributedChecks
