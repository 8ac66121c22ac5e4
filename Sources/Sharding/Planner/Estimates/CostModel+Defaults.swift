extension CostModel {
  public static func `default`(for device: ComputeDevice) -> CostModel {
    switch device {
    case .cpu: .cpu
    case .cuda: .h100
    }
  }

  /// Costs nothing: what costs of one's own begin with.
  public static let free = CostModel(
    secondsPerStep: 0, secondsPerExchange: 0, secondsPerIntraHostByte: 0, secondsPerInterHostByte: 0,
    secondsPerLookup: 0, secondsPerGroupedID: 0, secondsPerUpdate: 0, secondsPerByte: 0, secondsPerHostRow: 0,
    secondsPerHostByte: 0, secondsPerCopiedByte: 0, secondsPerFlop: 0)

  /// One thread a rank on the project's CPU machine: fitted to DLRM's steps by five plans for two processes that share memory
  /// (`swiftrec-bench distributed-plans`; Benchmarks/RESULTS.md). Between hosts 10 Gbit/s are taken.
  public static let cpu = CostModel(
    secondsPerStep: 1e-3, secondsPerExchange: 4.7e-4, secondsPerIntraHostByte: 1 / 7.4e9,
    secondsPerInterHostByte: 1 / 1.1e9, secondsPerLookup: 21e-9, secondsPerGroupedID: 8.4e-9, secondsPerUpdate: 22e-9,
    secondsPerByte: 0.044e-9, secondsPerHostRow: 33e-9, secondsPerHostByte: 0.1e-9, secondsPerCopiedByte: 0,
    secondsPerFlop: 1 / 96e9)

  /// An H100 SXM by its data sheet, not measured: 80 % of NVLink's 450 GB/s each way, 80 % of one 400 Gbit/s adapter a GPU, 60 % of
  /// 3.35 TB/s for random rows, 40 % of TF32's 494 TFLOP/s, 80 % of PCIe 5's 64 GB/s; main memory as 8 threads of a host read it.
  public static let h100 = CostModel(
    secondsPerStep: 5e-4, secondsPerExchange: 3e-5, secondsPerIntraHostByte: 1 / 360e9,
    secondsPerInterHostByte: 1 / 40e9, secondsPerLookup: 0.05e-9, secondsPerGroupedID: 0.2e-9,
    secondsPerUpdate: 0.1e-9, secondsPerByte: 1 / 2e12, secondsPerHostRow: 5e-9, secondsPerHostByte: 0.02e-9,
    secondsPerCopiedByte: 1 / 50e9, secondsPerFlop: 1 / 200e12)
}
