extension EnvironmentRecord {
  /// One thing that two environments may differ in.
  struct Entry {
    var name: String
    var value: String
    var effect: EnvironmentEffect
    /// Why it changes numbers or speed.
    var why: String
  }

  /// Everything that is compared, in the order in which it is told. When and with how much free memory a record was taken is
  /// no difference, and neither is where the libraries stand.
  var entries: [Entry] {
    var found: [Entry] = []
    func add(_ name: String, _ value: String?, _ effect: EnvironmentEffect, _ why: String) {
      found.append(Entry(name: name, value: value ?? "none", effect: effect, why: why))
    }
    add("SwiftRec", swiftrec.version, .numbers, "another release may compute otherwise")
    add("build", swiftrec.configuration, .speed, "a debug build is many times slower")
    add("Swift", swiftrec.swift, .nothing, "Swift's arithmetic is exact in its order")
    add("bridge", swiftrec.bridge, .numbers, "another release may compute otherwise")
    add("bridge build", swiftrec.bridgeBuild, .numbers, "another compiler fuses and reorders other operations")
    add("PyTorch", torch.build, .numbers, "kernels and their order of summation change with the release and the build")
    add("PyTorch commit", torch.git, .numbers, "another source")
    add("bridge built for", torch.bridgeTorch, .nothing, "the loaded PyTorch computes")
    add("CPU", cpu.model, .numbers, "oneDNN and MKL choose their code by the processor")
    add("CPU kernels", cpu.capability, .numbers, "vectors of another width sum in another order")
    add("CPU features", cpu.features.joined(separator: " "), .numbers, "other instructions round otherwise")
    add("matrix tiles", cpu.matrixTiles, .numbers, "bfloat16 products are computed by other instructions")
    add("CPUs", "\(cpu.usable) of \(cpu.logical)", .speed, "the number of threads is compared by itself")
    add("threads", "\(threads.intraOp)", .numbers, "sums are split by thread, and are added in another order")
    add("threads between operators", "\(threads.interOp)", .speed, "operators run one by one")
    // The file's name without a loader's copy number: `libgomp-804f19d4.so.1.0.0` is PyTorch's own.
    add("OpenMP", threads.openmp.map(Self.fileName).joined(separator: ", "), .speed, "another thread pool")
    add("CUDA", cuda.runtime, .numbers, "other kernels")
    add("cuDNN", cuda.cudnn, .numbers, "other kernels")
    add("NCCL", cuda.nccl, .numbers, "ranks are added up in another order")
    add("driver", cuda.driver, .numbers, "it compiles kernels that the build does not have ready")
    let gpus = devices.dropFirst()
    add("GPUs", gpus.map(\.name).joined(separator: ", "), .numbers, "kernels are chosen by the GPU")
    add("CPU limit", limits.cpuLimit.map { "\($0)" }, .speed, "less time, the same numbers")
    add("memory", bytes(limits.memory), .speed, "room for caches")
    add("memory limit", limits.memoryLimit.map(bytes), .nothing, "it ends a process or it doesn't")
    add("system", system.name, .nothing, "its C library is compared by itself")
    add("kernel", system.kernel, .speed, "scheduling and pages")
    add("C library", system.libc, .numbers, "its logarithms and exponentials differ in the last digit")
    for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
      let (effect, why) = EnvironmentVariables.effect(name)
      add("$\(name)", value, effect, why)
    }
    return found
  }

  private static func fileName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
