import CSwiftRec
import Torch

/// How many threads PyTorch uses, and on which runtime.
public struct ThreadFacts: Codable, Sendable, Equatable {
  /// Threads of one operator.
  public var intraOp: Int
  /// Threads that run independent operators.
  public var interOp: Int
  /// Files of OpenMP runtimes that are mapped; two of them mean two thread pools that fight.
  public var openmp: [String]

  static func gather() -> ThreadFacts {
    ThreadFacts(
      intraOp: Engine.threads, interOp: Engine.interopThreads,
      openmp: SystemFile.mapped(["libgomp", "libomp", "libiomp5"]))
  }
}
