import Foundation
import TestSupport

/// A run of a few steps on made-up data, trained once for all tests that only ask it.
enum SmallRun {
  static let configuration = """
    data: {name: "synthetic:implicit", users: 120, items: 80, clusters: 8, interactions_per_user: 10}
    model: {name: mf, factors: 8}
    train:
      epochs: 2
      batch: 64
      loss: {name: bpr, negatives: 1}
      log_steps: 5
    threads: 1
    """

  /// Long enough that a signal finds it at work: thousands of small steps.
  static let long = configuration.replacingOccurrences(of: "epochs: 2", with: "epochs: 150")

  /// Suites ask for it at the same time: whoever is first trains, the others wait.
  private nonisolated(unsafe) static let trained = Result {
    let scratch = try Scratch()
    try scratch.write("small.yaml", configuration)
    let result = try Program.run(["train", "small.yaml", "--out", "run"], in: scratch.path)
    guard result.status == 0 else { throw Failed(description: result.errors) }
    return scratch
  }

  /// A fresh copy of the run, to be asked or damaged.
  static func copy() throws -> Scratch {
    let scratch = try trained.get()
    let copy = try Scratch()
    for name in ["small.yaml", "run"] {
      try FileManager.default.copyItem(atPath: scratch.file(name), toPath: copy.file(name))
    }
    return copy
  }

  struct Failed: Error, CustomStringConvertible {
    var description: String
  }
}
