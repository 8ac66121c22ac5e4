import CSwiftRec
import Torch

extension Probe {
  /// The bridge runs on the release that it was compiled for.
  static func bridge(_ torch: TorchFacts) -> Probe {
    Probe("bridge", remedy: "build the bridge again: make build") {
      try torch.requireMatch()
      return "compiled for the PyTorch that is loaded, \(torch.build)"
    }
  }

  /// The bridge's own loops run on all of PyTorch's threads, and one OpenMP runtime serves both.
  static func threads(_ facts: ThreadFacts) -> Probe {
    let remedy = "build native/ with g++ and -fopenmp against the libgomp that PyTorch brings: make setup"
    return Probe("threads", remedy: remedy) {
      guard facts.openmp.count <= 1 else {
        throw EnvironmentError(
          check: "threads",
          message: "\(facts.openmp.count) OpenMP runtimes are mapped: \(facts.openmp.joined(separator: ", "))",
          remedy: remedy + ", and unset LD_PRELOAD")
      }
      var count = 0
      try Torch.check(sr_system_parallel_threads(&count), "parallel_for")
      guard count == Engine.threads else {
        throw EnvironmentError(
          check: "threads", message: "a loop of the bridge ran on \(count) of \(Engine.threads) threads", remedy: remedy
        )
      }
      return "a loop of the bridge ran on \(count) of \(count) threads, \(facts.openmp.count) OpenMP runtime"
    }
  }

  /// The threads fit the CPUs that this process may use, and there is memory to train in.
  static func limits(_ facts: EnvironmentFacts) -> Probe {
    Probe("limits", remedy: "raise the limits of the container or choose a larger machine") {
      let cpus = min(Double(facts.cpu.usable), facts.memory.cgroup.cpuLimit ?? .infinity)
      // One thread more than a fractional quota is harmless; a pool of the whole host in a small container is not.
      guard Double(facts.threads.intraOp) < cpus.rounded(.up) + 1 else {
        throw EnvironmentError(
          check: "limits",
          message: "PyTorch uses \(facts.threads.intraOp) threads, this process may use \(significant(cpus)) CPUs",
          remedy: "set OMP_NUM_THREADS=\(max(1, Int(cpus))) or pass --threads \(max(1, Int(cpus)))")
      }
      let floor = 512_000_000
      guard facts.memory.available >= floor else {
        throw EnvironmentError(
          check: "limits",
          message: "\(bytes(facts.memory.available)) of memory are left, training takes \(bytes(floor)) or more",
          remedy: "end other programs or raise the container's memory limit")
      }
      return
        "\(facts.threads.intraOp) threads on \(significant(cpus)) CPUs, \(bytes(facts.memory.available)) of memory to use"
    }
  }

  /// This build of PyTorch has kernels for the GPU.
  static func architecture(_ facts: DeviceFacts, _ cuda: CUDAFacts) -> Probe {
    let remedy = "install a PyTorch build whose CUDA supports this GPU, or use --device cpu"
    return Probe("architecture", device: facts.device, remedy: remedy) {
      let capability = facts.computeCapability ?? "unknown"
      guard facts.inBuild else {
        throw EnvironmentError(
          check: "architecture",
          message:
            "\(facts.name) has compute capability \(capability), the build has \(cuda.architectures.joined(separator: " "))",
          remedy: remedy)
      }
      return "compute capability \(capability) is in the build"
    }
  }

  /// A driver without a build for it is worth a word, but breaks nothing; a build without a driver neither.
  package static func driver(_ cuda: CUDAFacts) -> Probe? {
    guard cuda.built, cuda.driver != nil, let obstacle = cuda.obstacle(build: "") else { return nil }
    return Probe("driver", remedy: obstacle.remedy) {
      throw EnvironmentError(
        check: "driver", message: "\(obstacle.reason), and no GPU can be used", remedy: obstacle.remedy)
    }
  }
}
