import Environment
import Testing
import Torch

@Suite struct ResourceShareTests {
  private func threads(
    _ environment: [String: String] = [:], quota: Double? = nil, usable: Int = 8, cpus: Int = 8
  ) -> (Int, ResourceShare.ThreadSource)? {
    ResourceShare.threads(
      environment: environment, limits: CgroupLimits(version: 2, cpuLimit: quota), usable: usable, cpus: cpus)
  }

  @Test(arguments: [(2.0, 2), (1.5, 2), (0.25, 1), (7.9, 8)])
  func aQuotaIsRoundedUp(quota: Double, count: Int) throws {
    let found = try #require(threads(quota: quota))
    #expect(found.0 == count && found.1 == .quota(quota))
  }

  @Test func whatTheUserSetsStands() throws {
    #expect(try #require(threads(["OMP_NUM_THREADS": "6"], quota: 2)).1 == .set("OMP_NUM_THREADS"))
    #expect(try #require(threads(["OMP_NUM_THREADS": " 3,2"], quota: 2)).0 == 3)
    #expect(try #require(threads(["MKL_NUM_THREADS": "4"], quota: 2)).0 == 4)
    // What is no number sets nothing.
    #expect(try #require(threads(["OMP_NUM_THREADS": "many"], quota: 2)).0 == 2)
    #expect(try #require(threads(["OMP_NUM_THREADS": "0"], quota: 2)).0 == 2)
  }

  @Test func withoutAQuota() throws {
    #expect(threads() == nil)
    #expect(threads(quota: 64) == nil)
    let found = try #require(threads(usable: 2))
    #expect(found.0 == 2 && found.1 == .affinity(2))
  }

  @Test func theLineSaysWhatWasTaken() {
    var share = ResourceShare(
      threads: 2, source: .quota(2), cpus: 64, limits: CgroupLimits(version: 2, memoryLimit: 8 << 30, cpuLimit: 2),
      gpu: .init(device: .cuda(0), fraction: 0.5))
    #expect(
      share.summary == "2 threads (cgroup quota 2.0 of 64 CPUs), memory limit 8.0 GiB (cgroup), cuda:0 share 0.5")
    #expect(share.isLimited)
    share = ResourceShare(threads: 1, source: .machine, cpus: 1, limits: CgroupLimits(version: 0))
    #expect(share.summary == "1 thread (all CPUs), no memory limit")
    #expect(!share.isLimited)
    share.limits.memoryLimit = 600 << 20
    share.source = .affinity(3)
    #expect(share.summary == "1 thread (allowed on 3 of 1 CPUs), memory limit 600.0 MiB (cgroup)")
    #expect(share.taking(threads: "--threads").summary.hasPrefix("\(Engine.threads) thread"))
    #expect(share.taking(threads: "--threads").source == .set("--threads"))
  }

  @Test(arguments: [0, -0.5, 1.5, .nan, .infinity])
  func fractionsThatAreNone(fraction: Double) throws {
    let error = try #require(throws: EnvironmentError.self) {
      _ = try ResourceShare.taken.taking(gpuMemory: fraction, of: .cuda(0))
    }
    #expect(error.message.contains("expected a number above 0 and up to 1") && error.remedy.contains("0.5"))
    #expect(throws: TorchError.self) { try Engine.setMemoryFraction(fraction, of: .cuda(0)) }
  }

  @Test func theCPUHasNoShare() throws {
    let error = try #require(throws: EnvironmentError.self) {
      _ = try ResourceShare.taken.taking(gpuMemory: 0.5, of: .cpu)
    }
    #expect(error.message.contains("the device is cpu") && error.remedy.contains("--device cuda"))
    #expect(throws: TorchError.self) { try Engine.setMemoryFraction(0.5, of: .cpu) }
  }

  @Test(.enabled(if: Engine.cudaDeviceCount == 0, "skipped: this machine has a GPU"))
  func aGPUThatIsNotThere() {
    #expect(throws: TorchError.self) { try Engine.setMemoryFraction(0.5, of: .cuda(0)) }
  }
}
