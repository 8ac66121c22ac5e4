import Environment
import Testing
import Torch

@Suite struct FactsTests {
  @Test func theMachineAnswers() {
    let facts = EnvironmentFacts.gather()
    #expect(facts.torch.version == facts.torch.bridgeTorch)
    #expect(facts.torch.library != nil)
    #expect(facts.cpu.usable >= 1 && facts.cpu.usable <= facts.cpu.logical)
    #expect(!facts.cpu.capability.isEmpty)
    #expect(["absent", "usable", "hidden"].contains(facts.cpu.matrixTiles))
    #expect(facts.memory.total > 0 && facts.memory.available > 0 && facts.memory.available <= facts.memory.total)
    #expect(facts.disk.free > 0 && facts.disk.free <= facts.disk.total)
    #expect(facts.threads.intraOp == Engine.threads)
    #expect(facts.threads.openmp.count == 1, "one OpenMP runtime alone: \(facts.threads.openmp)")
    #expect(facts.devices.first?.device == "cpu")
    #expect(facts.devices.count == 1 + Engine.cudaDeviceCount)
  }

  @Test(arguments: [("0", 1), ("0-1", 2), ("0-3,8,10-11", 7), ("0-3, 8", 5)])
  func cpuLists(text: String, count: Int) {
    #expect(CPUFacts.count(ofList: text) == count)
  }

  @Test(arguments: ["", "a", "3-1", "1-2-3", "1-", ","])
  func cpuListsThatAreNone(text: String) {
    #expect(CPUFacts.count(ofList: text) == nil)
  }

  @Test(
    arguments: [
      (false, nil, nil, "this PyTorch (2.13.0+cpu) was built without CUDA", "TORCH_VARIANT=cuda"),
      (true, nil, nil, "no NVIDIA driver answers", "--gpus all"),
      (
        true, "470.1", "11.4", "driver 470.1 runs CUDA up to 11.4, PyTorch was built for 13.0",
        "update the NVIDIA driver"
      ),
      // Within a major release an older driver does.
      (true, "580.1", "13.0", "driver 580.1 shows no GPU", "CUDA_VISIBLE_DEVICES"),
      (true, "470.1", nil, "driver 470.1 shows no GPU", "nvidia-smi"),
    ] as [(Bool, String?, String?, String, String)])
  func whyThereIsNoGPU(built: Bool, driver: String?, runs: String?, reason: String, remedy: String) throws {
    let facts = CUDAFacts(
      built: built, available: false, runtime: built ? "13.0" : nil, driver: driver, driverCuda: runs)
    let obstacle = try #require(facts.obstacle(build: "2.13.0+cpu"))
    #expect(obstacle.reason == reason && obstacle.remedy.contains(remedy))
    #expect(obstacle.remedy.contains("--device cpu"))
    // The doctor calls a driver broken, not the lack of one.
    #expect((Probe.driver(facts)?.run().ok == false) == (built && driver != nil))
  }

  @Test func versionNumbers() {
    #expect(CUDAFacts.cudaVersion(13_020) == "13.2")
    #expect(CUDAFacts.cudaVersion(12_080) == "12.8")
    #expect(CUDAFacts.cudaVersion(0) == nil)
    #expect(CUDAFacts.cudnnVersion(91_900) == "9.19.0")
    #expect(CUDAFacts.cudnnVersion(8_902) == "8.9.2")
    #expect(CUDAFacts.cudnnVersion(0) == nil)
    #expect(CUDAFacts.ncclVersion(22_809) == "2.28.9")
    #expect(CUDAFacts.ncclVersion(2_708) == "2.7.8")
    #expect(CUDAFacts.ncclVersion(0) == nil)
  }

  static let build = """
      - CUDA Runtime 13.0
      - NVCC architecture flags: -gencode;arch=compute_75,code=sm_75;-gencode;arch=compute_86,code=sm_86;-gencode;arch=compute_90,code=sm_90;\
    -gencode;arch=compute_100,code=compute_100
      - CuDNN 91.9
    """

  @Test func architecturesOfABuild() {
    #expect(Architecture.list(in: Self.build) == ["sm_75", "sm_86", "sm_90", "compute_100"])
    #expect(Architecture.list(in: Engine.buildDescription).isEmpty == (EnvironmentFacts.gather().cuda.built == false))
  }

  @Test(arguments: [
    (7, 5, true), (8, 0, false), (8, 6, true), (8, 9, true), (9, 0, true), (10, 0, true), (12, 0, true), (7, 0, false),
    (6, 1, false),
  ])
  func whichGPUsABuildRunsOn(major: Int, minor: Int, runs: Bool) {
    #expect(Architecture.runs(major: major, minor: minor, in: Architecture.list(in: Self.build)) == runs)
  }

  @Test func codeWithALetterIsForOneGPUOnly() {
    #expect(Architecture.runs(major: 9, minor: 0, in: ["sm_90a"]))
    #expect(!Architecture.runs(major: 10, minor: 0, in: ["sm_90a", "compute_90a"]))
    #expect(Architecture.runs(major: 12, minor: 1, in: ["sm_120f"]))
    #expect(Architecture.runs(major: 9, minor: 0, in: []))
  }

  @Test func theWheelsVersionFile() {
    let facts = TorchFacts.parse(
      versionPython: """
        from typing import Optional
        __version__ = '2.13.0+cu130'
        debug = False
        cuda: Optional[str] = '13.0'
        git_version = 'cf30153c4c13'
        """)
    #expect(facts.build == "2.13.0+cu130")
    #expect(facts.git == "cf30153c4c13")
  }

  @Test func theCPUHasNoGPUUsage() {
    #expect(gpuUsage(.cpu) == nil)
    if Engine.cudaDeviceCount == 0 { #expect(gpuUsage(.cuda(0)) == nil) }
  }
}
