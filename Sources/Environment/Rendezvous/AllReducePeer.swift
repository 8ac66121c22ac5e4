import CSwiftRec
import Torch
import TorchDistributed

/// The child's side of the doctor's all-reduce.
public enum AllReducePeer {
  /// Meets the other rank as the launch environment says and compares every collective with what it must give.
  ///
  /// - Throws: `DistributedError` or `EnvironmentError`; the program prints it and ends with code 5.
  public static func run(backend: Backend, timeout: Duration = .seconds(20)) throws {
    // A doctor that is killed leaves no child behind.
    try Torch.check(sr_system_end_with_parent(), "prctl")
    guard let launch = try LaunchEnvironment.read() else {
      throw EnvironmentError(
        check: backend.rawValue, message: "RANK and WORLD_SIZE are not set",
        remedy: "this mode is started by swiftrec doctor; run that")
    }
    let device: Device = backend == .nccl ? .cuda(launch.localRank) : .cpu
    let group = try launch.makeGroup(backend: backend, timeout: timeout, address: backend == .gloo ? "127.0.0.1" : nil)
    try verify(group, device: device)
  }

  /// Runs each collective once on values that name their rank.
  package static func verify(_ group: ProcessGroup, device: Device) throws {
    let size = group.size
    func expect(_ what: String, _ tensor: Tensor, _ value: Double) throws {
      let found = try tensor.doubles()
      guard found.allSatisfy({ $0 == value }) else {
        throw EnvironmentError(
          check: group.backend.rawValue,
          message:
            "\(what) on rank \(group.rank) of \(size) gave \(found.first { $0 != value } ?? .nan) instead of \(value)",
          remedy: "compare with another machine: this PyTorch's \(group.backend.rawValue) computes wrongly")
      }
    }
    func mine() throws -> Tensor { try Tensor.full([1024], Double(group.rank + 1), dtype: .float32, device: device) }
    try expect("all-reduce", try group.allReduce(try mine()), Double(size * (size + 1) / 2))
    try expect("mean all-reduce", try group.allReduce(try mine(), .mean), Double(size + 1) / 2)
    try expect("broadcast", try group.broadcast(try mine(), from: size - 1), Double(size))
    for (rank, part) in try group.allGather(try mine()).enumerated() {
      try expect("all-gather", part, Double(rank + 1))
    }
    // No rank leaves while another still reads from it.
    try group.barrier()
  }
}
