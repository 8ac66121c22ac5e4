/// Memory of the machine, and what the control group leaves of it.
public struct MemoryFacts: Codable, Sendable, Equatable {
  /// Bytes of the machine.
  public var total: Int
  /// Bytes that may be taken without swapping, the control group's limit respected.
  public var available: Int
  public var cgroup: CgroupLimits

  /// Reads what the kernel says now.
  public static func gather() -> MemoryFacts {
    let info = SystemFile.text("/proc/meminfo") ?? ""
    func kibibytes(_ key: String) -> Int {
      SystemFile.field(key, in: info).flatMap { $0.split(separator: " ").first }.flatMap { Int($0) } ?? 0
    }
    let cgroup = CgroupLimits.gather()
    var available = kibibytes("MemAvailable") * 1024
    if let left = cgroup.memoryLeft { available = min(available, left) }
    return MemoryFacts(total: kibibytes("MemTotal") * 1024, available: available, cgroup: cgroup)
  }
}
