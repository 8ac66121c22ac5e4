import Foundation

/// By what a backend will move its data, as far as that is known before it does.
///
/// ```text
/// transport: gloo, TCP on eth0 (10.0.0.7), time-out 600 s, buckets of 25 MiB
/// ```
public struct Transport: Sendable, Equatable, CustomStringConvertible {
  public let backend: Backend
  /// `TCP on eth0 (10.0.0.7)`, `InfiniBand (mlx5_0)`, ...
  public let link: String
  private let settings: String

  public var description: String { "transport: \(backend.rawValue), \(link), \(settings)" }

  /// - Parameters:
  ///   - variables: the process's own; they were set from the options before.
  /// - Throws: `DistributedError` with code `.address` for an interface that is not here, or has no address.
  package init(
    _ backend: Backend, options: DistributedOptions, spansHosts: Bool,
    variables: [String: String] = ProcessInfo.processInfo.environment,
    adapters: [String] = Transport.adapters
  ) throws {
    self.backend = backend
    func set(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
    switch backend {
    case .gloo: link = try Self.tcp(set("GLOO_SOCKET_IFNAME"))
    case .nccl:
      let isAllowed = (set("NCCL_IB_DISABLE") ?? "0") == "0"
      let sockets = set("NCCL_SOCKET_IFNAME").map { "TCP on \($0)" } ?? "TCP"
      let between =
        isAllowed && !adapters.isEmpty
        ? "InfiniBand (\(adapters.joined(separator: ", "))), else \(sockets)" : sockets
      // NVLink, PCIe or shared memory: it chooses by itself, and says so under debug.
      link =
        spansHosts ? between + " between hosts" : "within this host (debug: info tells by what)"
    case .fake: link = "nothing is sent"
    }
    var settings = [
      "time-out \(Self.short(options.timeout)) s",
      "buckets of \(Self.short(options.bucketMiB)) MiB",
    ]
    if options.compression != .none {
      settings.append("gradients in \(options.compression.rawValue)")
    }
    self.settings = settings.joined(separator: ", ")
  }

  private static func tcp(_ wanted: String?) throws -> String {
    let here = NetworkInterface.all
    guard let wanted else {
      if Host.listensOnLoopback {
        return "TCP on loopback, which the host name \"\(Host.ownName)\" means"
      }
      return "TCP on the address of \"\(Host.ownName)\""
    }
    guard let found = here.first(where: { $0.name == wanted }) else {
      let names = here.reduce(into: [String]()) { if !$0.contains($1.name) { $0.append($1.name) } }
      throw DistributedError(
        .address, operation: "connect",
        message:
          "the interface \"\(wanted)\" is not here, or has no address; there are \(names.joined(separator: ", "))",
        remedy: "name one of them in distributed.interface or GLOO_SOCKET_IFNAME")
    }
    return "TCP on \(found.name) (\(found.address))"
  }

  /// InfiniBand and RoCE adapters of this machine.
  package static var adapters: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/sys/class/infiniband")) ?? []).sorted()
  }

  private static func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }
}
