import Torch

/// What the machine and its software say about themselves, before anything is tried.
public struct EnvironmentFacts: Codable, Sendable {
  public var torch: TorchFacts
  public var cuda: CUDAFacts
  public var cpu: CPUFacts
  public var threads: ThreadFacts
  public var memory: MemoryFacts
  public var disk: DiskFacts
  /// Everything that `--device` takes here: the CPU, then each GPU.
  public var devices: [DeviceFacts]
  /// What `environment.lock` pins, beside what is here.
  public var lock: [LockedVersion]

  /// Asks PyTorch, the kernel and, where there is one, the GPU's driver.
  ///
  /// - Parameter diskPath: the folder whose file system is reported.
  public static func gather(diskPath: String = ".") -> EnvironmentFacts {
    let build = Engine.buildDescription
    let cuda = CUDAFacts.gather(buildDescription: build)
    let cpu = CPUFacts.gather()
    let memory = MemoryFacts.gather()
    var devices = [
      DeviceFacts(device: "cpu", name: cpu.model, memory: memory.total, computeCapability: nil, inBuild: true)
    ]
    devices += DeviceFacts.gpus(architectures: cuda.architectures)
    let torch = TorchFacts.gather()
    let lock = (try? EnvironmentLock.built()).map { LockedVersion.all($0, torch: torch) } ?? []
    return EnvironmentFacts(
      torch: torch, cuda: cuda, cpu: cpu, threads: ThreadFacts.gather(), memory: memory,
      disk: DiskFacts.gather(path: diskPath), devices: devices, lock: lock)
  }
}
