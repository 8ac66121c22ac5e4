import Foundation
import Torch
import TorchDistributed

extension Probe {
  /// An all-reduce between two processes on this machine: this program, started twice.
  ///
  /// The doctor serves the store on a free port of the loopback interface, as torchrun's agent does; both children connect.
  ///
  /// - Parameter timeout: after it the children are killed.
  public static func allReduce(_ backend: Backend, peer: PeerCommand, timeout: Duration = .seconds(30)) -> Probe {
    let remedy =
      backend == .gloo
      ? "allow TCP on 127.0.0.1 (firewall, container policy), unset GLOO_SOCKET_IFNAME, and see docs/gpu.md for many machines"
      : "set NCCL_DEBUG=INFO and run swiftrec doctor again; a container needs --ipc=host or a larger /dev/shm"
    return Probe(backend.rawValue, remedy: remedy) {
      guard backend.isBuilt else {
        throw EnvironmentError(
          check: backend.rawValue, message: "the bridge was built without \(backend.rawValue)",
          remedy: "install PyTorch's CUDA build with its NVIDIA packages, then make setup")
      }
      // NCCL refuses two ranks on one GPU.
      let size = backend == .nccl ? min(2, Engine.cudaDeviceCount) : 2
      let store = try TCPStore(host: "127.0.0.1", port: 0, isServer: true, timeout: timeout)
      let start = ContinuousClock.now
      let deadline = DispatchTime.now() + timeout.seconds
      var children: [PeerProcess] = []
      var outcomes: [(status: Int32?, output: String)] = []
      // Also when the second child does not start, the first must not stay behind.
      defer { if outcomes.isEmpty { for child in children { _ = child.finish(by: .now()) } } }
      for rank in 0..<size {
        let launch = LaunchEnvironment(
          rank: rank, worldSize: size, localRank: rank, masterAddress: "127.0.0.1", masterPort: store.port,
          usesAgentStore: true)
        var environment = launch.variables
        environment["OMP_NUM_THREADS"] = "1"
        children.append(try PeerProcess(peer, arguments: [backend.rawValue], environment: environment))
      }
      // The store serves until both have ended.
      outcomes = withExtendedLifetime(store) { children.map { $0.finish(by: deadline) } }
      for (rank, outcome) in outcomes.enumerated() where outcome.status != 0 {
        let said = outcome.output.split(separator: "\n").last.map { ": \($0)" } ?? ""
        let end =
          outcome.status.map { "ended with status \($0)" }
          ?? "did not end within \(significant(timeout.seconds)) s and was killed"
        throw EnvironmentError(
          check: backend.rawValue, message: "rank \(rank) of \(size) (\(backend.rawValue) all-reduce) \(end)\(said)",
          remedy: remedy)
      }
      let seconds = (ContinuousClock.now - start).seconds
      let who = size == 2 ? "two processes" : "one process on the only GPU"
      return "all-reduce, broadcast, all-gather and barrier between \(who) in \(significant(seconds)) s"
    }
  }
}
