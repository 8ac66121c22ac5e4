import Environment
import Testing

/// The tables of real machines, shortened.
@Suite struct CgroupLimitsTests {
  static let unifiedMount =
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot"
  static let splitMounts = """
    23 1 253:0 / / rw,relatime - ext4 /dev/vda rw
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
    35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
    41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
    """

  private func read(_ cgroup: String, _ mounts: String, _ files: [String: String]) -> CgroupLimits {
    CgroupLimits.read(cgroup: cgroup, mountinfo: mounts) { files[$0] }
  }

  @Test func versionTwo() {
    let limits = read(
      "0::/kubepods/pod7/box\n", Self.unifiedMount,
      [
        "/sys/fs/cgroup/kubepods/pod7/box/memory.max": "4294967296\n",
        "/sys/fs/cgroup/kubepods/pod7/box/memory.current": "1073741824\n",
        "/sys/fs/cgroup/kubepods/pod7/box/cpu.max": "150000 100000\n",
      ])
    #expect(limits == CgroupLimits(version: 2, memoryLimit: 4_294_967_296, memoryUsed: 1_073_741_824, cpuLimit: 1.5))
    #expect(limits.memoryLeft == 3_221_225_472)
  }

  @Test func versionTwoUnlimited() {
    let limits = read(
      "0::/\n", Self.unifiedMount,
      ["/sys/fs/cgroup/memory.max": "max\n", "/sys/fs/cgroup/cpu.max": "max 100000\n"])
    #expect(limits == CgroupLimits(version: 2))
    #expect(limits.memoryLeft == nil)
    #expect(limits.summary == "cgroup v2: no memory limit, no CPU limit")
  }

  @Test func aTighterGroupAboveHolds() {
    let limits = read(
      "0::/slice/box", Self.unifiedMount,
      [
        "/sys/fs/cgroup/slice/box/memory.max": "max", "/sys/fs/cgroup/slice/memory.max": "2000000000",
        "/sys/fs/cgroup/slice/memory.current": "500000000", "/sys/fs/cgroup/slice/box/cpu.max": "400000 100000",
        "/sys/fs/cgroup/slice/cpu.max": "200000 100000",
      ])
    #expect(limits == CgroupLimits(version: 2, memoryLimit: 2_000_000_000, memoryUsed: 500_000_000, cpuLimit: 2))
  }

  @Test func versionOne() {
    let limits = read(
      "4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n0::/\n", Self.splitMounts,
      [
        "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "8589934592",
        "/sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes": "100",
        "/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "250000",
        "/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000",
      ])
    #expect(limits == CgroupLimits(version: 1, memoryLimit: 8_589_934_592, memoryUsed: 100, cpuLimit: 2.5))
  }

  @Test func versionOneUnlimited() {
    let limits = read(
      "4:memory:/\n1:cpu,cpuacct:/\n", Self.splitMounts,
      [
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
      ])
    #expect(limits == CgroupLimits(version: 1))
  }

  /// Pages of files are taken back before memory is refused: they are not in use.
  @Test(arguments: [
    (
      1, "memory.limit_in_bytes", "memory.usage_in_bytes",
      "inactive_file 1\ntotal_inactive_file 300\ntotal_active_file 200\n"
    ),
    (2, "memory.max", "memory.current", "anon 400\nfile 600\ninactive_file 300\nactive_file 200\n"),
  ])
  func pagesOfFilesAreFree(version: Int, limit: String, used: String, statistics: String) {
    let folder = version == 1 ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup"
    let limits = read(
      version == 1 ? "4:memory:/\n" : "0::/\n", version == 1 ? Self.splitMounts : Self.unifiedMount,
      ["\(folder)/\(limit)": "5000", "\(folder)/\(used)": "1000", "\(folder)/memory.stat": statistics])
    #expect(limits.memoryUsed == 500 && limits.memoryLeft == 4500)
  }

  @Test func statisticsThatMakeNoSense() {
    let limits = read(
      "0::/\n", Self.unifiedMount,
      [
        "/sys/fs/cgroup/memory.max": "5000", "/sys/fs/cgroup/memory.current": "1000",
        "/sys/fs/cgroup/memory.stat":
          "inactive_file 9223372036854775807\nactive_file 9223372036854775807\nactive_file -5\nx",
      ])
    #expect((0...1000).contains(limits.memoryUsed ?? -1))
  }

  /// Docker with version 1: the path is the host's, the mount shows the container's own group at its root.
  @Test func mountsThatBeginAtTheGroup() {
    let limits = read(
      "4:memory:/docker/abc", "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory",
      [
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1000000000", "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1",
      ])
    #expect(limits.memoryLimit == 1_000_000_000)
  }

  @Test func pathsAboveTheNamespaceFallBackToTheMount() {
    let limits = read(
      "0::/../../other", Self.unifiedMount, ["/sys/fs/cgroup/memory.max": "77", "/sys/fs/cgroup/memory.current": "100"])
    #expect(limits.memoryLimit == 77)
    #expect(limits.memoryLeft == 0)
  }

  @Test(arguments: ["", "garbage", "0::", ":::", "4:memory", "\n\n", "0::/a\u{0}b"])
  func tablesThatMakeNoSense(text: String) {
    for mounts in ["", "- cgroup", Self.unifiedMount, text] {
      let limits = read(text, mounts, ["/sys/fs/cgroup/memory.max": "twelve", "/sys/fs/cgroup/cpu.max": "1 0"])
      #expect(limits.memoryLimit == nil)
      #expect(limits.cpuLimit == nil)
    }
  }

  @Test func aMachineWithoutGroups() {
    #expect(CgroupLimits.gather(root: "/nowhere") == CgroupLimits(version: 0))
    #expect(CgroupLimits(version: 0).summary == "no control group")
  }
}
