/// One line of `/proc/self/mountinfo` that mounts control groups.
struct CgroupMount {
  /// The group that stands at the mount point.
  let root: String
  let point: String
  let controllers: Set<String>
  let isUnified: Bool

  static func all(in text: String) -> [CgroupMount] {
    text.split(separator: "\n").compactMap { line in
      // 32 31 0:29 <root> <mount point> <options> [tags] - <type> <source> <options>
      let fields = line.split(separator: " ").map(String.init)
      guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count >= dash + 4 else { return nil }
      let type = fields[dash + 1]
      guard type == "cgroup" || type == "cgroup2" else { return nil }
      return CgroupMount(
        root: fields[3], point: fields[4], controllers: Set(fields[dash + 3].split(separator: ",").map(String.init)),
        isUnified: type == "cgroup2")
    }
  }

  /// The folders of a group and of all above it that this mount shows, the group's own first.
  func folders(of group: String) -> [String] {
    var relative: [Substring] = []
    if root == "/" {
      relative = group.split(separator: "/")
    } else if group == root || group.hasPrefix(root + "/") {
      relative = group.dropFirst(root.count).split(separator: "/")
    }
    // A container may see its group's path as the host names it, which its own mount does not show; ".." stands above it.
    if relative.contains("..") { relative = [] }
    return (0...relative.count).reversed().map {
      ([point] + relative.prefix($0).map(String.init)).joined(separator: "/")
    }
  }
}

/// One line of `/proc/self/cgroup`.
struct CgroupMembership {
  let controllers: Set<String>
  let path: String
  let isUnified: Bool

  static func all(in text: String) -> [CgroupMembership] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return nil }
      return CgroupMembership(
        controllers: Set(fields[1].split(separator: ",").map(String.init)), path: String(fields[2]),
        isUnified: fields[0] == "0" && fields[1].isEmpty)
    }
  }
}
