import Foundation

/// The limits that a container or a service manager sets: control groups of version 1 or 2.
public struct CgroupLimits: Codable, Sendable, Equatable {
  /// 1 or 2; 0 where there are none.
  public var version: Int
  /// Bytes, nil when unlimited.
  public var memoryLimit: Int?
  /// Bytes in use by the limited group, without pages of files: the kernel takes those back before it refuses memory.
  public var memoryUsed: Int?
  /// CPUs' worth of time, nil when unlimited.
  public var cpuLimit: Double?

  public init(version: Int, memoryLimit: Int? = nil, memoryUsed: Int? = nil, cpuLimit: Double? = nil) {
    self.version = version
    self.memoryLimit = memoryLimit
    self.memoryUsed = memoryUsed
    self.cpuLimit = cpuLimit
  }

  /// Bytes that the group may still take, nil when unlimited.
  public var memoryLeft: Int? { memoryLimit.map { max(0, $0 - (memoryUsed ?? 0)) } }

  public var summary: String {
    guard version > 0 else { return "no control group" }
    let memory = memoryLimit.map { "memory limit \(bytes($0))" } ?? "no memory limit"
    let cpu = cpuLimit.map { "CPU limit \(significant($0))" } ?? "no CPU limit"
    return "cgroup v\(version): \(memory), \(cpu)"
  }

  /// Reads the limits of this process.
  ///
  /// - Parameter root: put before every path; a folder with copies of the files, in tests.
  public static func gather(root: String = "") -> CgroupLimits {
    read(
      cgroup: SystemFile.text(root + "/proc/self/cgroup") ?? "",
      mountinfo: SystemFile.text(root + "/proc/self/mountinfo") ?? ""
    ) { SystemFile.text(root + $0) }
  }

  /// Reads the limits out of the two tables and the files that they lead to.
  ///
  /// - Parameters:
  ///   - cgroup: the text of `/proc/self/cgroup`.
  ///   - mountinfo: the text of `/proc/self/mountinfo`.
  ///   - file: the text of a file, nil when it is not there.
  package static func read(cgroup: String, mountinfo: String, file: (String) -> String?) -> CgroupLimits {
    let mounts = CgroupMount.all(in: mountinfo)
    let groups = CgroupMembership.all(in: cgroup)
    /// The folders from the process's own group up to the top: a limit anywhere above holds too.
    func folders(_ controller: String) -> (version: Int, paths: [String])? {
      let first = groups.first { $0.controllers.contains(controller) }
      if let group = first, let mount = mounts.first(where: { $0.controllers.contains(controller) }) {
        return (1, mount.folders(of: group.path))
      }
      if let group = groups.first(where: { $0.isUnified }), let mount = mounts.first(where: { $0.isUnified }) {
        return (2, mount.folders(of: group.path))
      }
      return nil
    }
    func number(_ path: String) -> Int? {
      file(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
    var limits = CgroupLimits(version: 0)
    if let memory = folders("memory") {
      limits.version = memory.version
      let names =
        memory.version == 2
        ? (limit: "memory.max", used: "memory.current")
        : (limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes")
      for folder in memory.paths {
        // Version 1 writes "unlimited" as the largest multiple of a page.
        guard let limit = number("\(folder)/\(names.limit)"), limit < 1 << 60 else { continue }
        if limit < limits.memoryLimit ?? .max {
          limits.memoryLimit = limit
          limits.memoryUsed = number("\(folder)/\(names.used)").map { used in
            let pages = filePages(file("\(folder)/memory.stat") ?? "", version: memory.version)
            return max(0, used - min(used, pages))
          }
        }
      }
    }
    if let cpu = folders("cpu") {
      limits.version = max(limits.version, limits.version == 0 ? cpu.version : 0)
      for folder in cpu.paths {
        let found: Double?
        if cpu.version == 2 {
          let words = (file("\(folder)/cpu.max") ?? "").split { $0 == " " || $0 == "\n" }
          found = words.count == 2 ? quota(Int(words[0]), Int(words[1])) : nil
        } else {
          found = quota(number("\(folder)/cpu.cfs_quota_us"), number("\(folder)/cpu.cfs_period_us"))
        }
        if let found { limits.cpuLimit = min(found, limits.cpuLimit ?? .infinity) }
      }
    }
    return limits
  }

  /// Bytes of files that the group has read or written, out of its `memory.stat`.
  private static func filePages(_ statistics: String, version: Int) -> Int {
    let prefix = version == 1 ? "total_" : ""
    var sum = 0
    for line in statistics.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, words[0] == prefix + "inactive_file" || words[0] == prefix + "active_file",
        let bytes = Int(words[1]), bytes > 0
      else { continue }
      sum = sum.addingReportingOverflow(bytes).partialValue
    }
    return max(0, sum)
  }

  private static func quota(_ quota: Int?, _ period: Int?) -> Double? {
    guard let quota, let period, quota > 0, period > 0 else { return nil }
    return Double(quota) / Double(period)
  }
}
