extension Probe {
  /// What is here is what the lock pins; other releases of PyTorch are told of, and refused only outside the range that the
  /// bridge is written for.
  package static func lock(_ torch: TorchFacts, _ versions: [LockedVersion]) -> Probe {
    let remedy = "install what the lock pins: make setup"
    return Probe("lock", remedy: remedy) {
      let lock = try EnvironmentLock.built()
      if let range = TorchRange(lock), !range.contains(torch.version) {
        throw EnvironmentError(
          check: "lock",
          message: "PyTorch \(torch.build) is loaded, SwiftRec is written for \(range) and pins "
            + (lock.version(of: "torch", in: "python") ?? "none"), remedy: remedy)
      }
      let others = versions.filter { !$0.met }
      guard !others.isEmpty else {
        return "\(versions.count) versions are as environment.lock pins them, PyTorch \(torch.build) among them"
      }
      return "\(others.count) of \(versions.count) versions differ from environment.lock, so numbers may: "
        + others.map { "\($0.name) \($0.seen) (pinned \($0.pinned))" }.joined(separator: ", ")
    }
  }
}
