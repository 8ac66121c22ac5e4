import Foundation

/// Room on a file system.
public struct DiskFacts: Codable, Sendable, Equatable {
  public var path: String
  /// Bytes that this user may still write.
  public var free: Int
  public var total: Int

  static func gather(path: String) -> DiskFacts {
    var facts = statvfs()
    guard statvfs(path, &facts) == 0 else { return DiskFacts(path: path, free: 0, total: 0) }
    let block = Int(facts.f_frsize)
    return DiskFacts(path: path, free: Int(facts.f_bavail) * block, total: Int(facts.f_blocks) * block)
  }
}
