import CSwiftRec
import Foundation

extension DistributedOptions {
  /// What one backend reads of these options from its environment.
  ///
  /// A variable that is set already keeps its value: whoever starts a host knows it better than a file does.
  public func variables(for backend: Backend) -> [(name: String, value: String)] {
    var wanted: [(name: String, value: String)] = []
    switch backend {
    case .gloo:
      if let interface { wanted.append(("GLOO_SOCKET_IFNAME", interface)) }
    case .nccl:
      // Without the sign it would mean every interface whose name begins so.
      if let interface { wanted.append(("NCCL_SOCKET_IFNAME", "=\(interface)")) }
      if let infiniband { wanted.append(("NCCL_IB_DISABLE", infiniband ? "0" : "1")) }
      switch debug {
      case .off: break
      case .info: wanted.append(("NCCL_DEBUG", "INFO"))
      case .detail: wanted += [("NCCL_DEBUG", "INFO"), ("NCCL_DEBUG_SUBSYS", "ALL")]
      }
    case .fake: break
    }
    if debug != .off {
      wanted += [
        ("TORCH_DISTRIBUTED_DEBUG", debug.rawValue.uppercased()), ("TORCH_CPP_LOG_LEVEL", "INFO"),
      ]
    }
    return wanted
  }

  /// Sets what the backend reads, meets the other ranks, connects with them, and says by what.
  ///
  /// Call it before anything else of `TorchDistributed`: NCCL reads its variables once.
  ///
  /// - Parameters:
  ///   - isOnGPU: which backend it is where none is named.
  ///   - log: is told the transport, in one line.
  /// - Throws: `DistributedError`: `.invalidArgument` with all faults of the options; `.address` for an interface that is
  ///   not here; and as `LaunchEnvironment.makeGroup`.
  public func connect(
    _ launch: LaunchEnvironment, isOnGPU: Bool = false, log: (String) -> Void = { _ in }
  ) throws -> ProcessGroup {
    try validate()
    let backend = backend ?? (isOnGPU ? .nccl : .gloo)
    for (name, value) in variables(for: backend) { setenv(name, value, 0) }
    if debug != .off { try check(sr_distributed_debug(), "debug level", rank: launch.rank) }
    let transport = try Transport(backend, options: self, spansHosts: launch.spansHosts)
    log(transport.description)
    let group = try launch.makeGroup(
      backend: backend, timeout: .seconds(timeout), connectTimeout: .seconds(connectTimeout))
    if group.mailbox != nil { log("transport: all ranks are on this host, tensors go through memory that they share") }
    if group.latency != .zero {
      log(
        "transport: every exchange arrives \(group.latency.seconds * 1000) ms late, as \(ExchangeLatency.variable) says"
      )
    }
    return group
  }
}
