/// The releases of PyTorch that the bridge is written for, `2.11 to 2.15`.
struct TorchRange: CustomStringConvertible {
  let oldest: String
  let newest: String

  init?(_ lock: EnvironmentLock) {
    guard let oldest = lock.version(of: "oldest", in: "torch"), let newest = lock.version(of: "newest", in: "torch")
    else { return nil }
    self.oldest = oldest
    self.newest = newest
  }

  /// - Parameter version: `2.13.0`; one that can't be read is contained, for nobody knows better.
  func contains(_ version: String) -> Bool {
    guard let version = Self.minor(version), let oldest = Self.minor(oldest), let newest = Self.minor(newest) else {
      return true
    }
    return oldest <= version && version <= newest
  }

  private static func minor(_ version: String) -> (Int, Int)? {
    let numbers = version.split(separator: ".").prefix(2).compactMap { Int($0) }
    return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
  }

  var description: String { "\(oldest) to \(newest)" }
}
