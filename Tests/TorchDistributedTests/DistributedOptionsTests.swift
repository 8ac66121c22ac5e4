import Foundation
import Testing
import Torch
import TorchDistributed

@Suite struct DistributedOptionsTests {
  @Test func allFaultsAreToldAtOnce() throws {
    let options = DistributedOptions(
      backend: .gloo, interface: "eth0, eth1", infiniband: true, timeout: 0,
      connectTimeout: .infinity, bucketMiB: -1)
    #expect(
      options.faults.map(\.key) == [
        "infiniband", "interface", "timeout", "connect_timeout", "bucket_mib",
      ])
    let error = try #require(throws: DistributedError.self) { try options.validate() }
    #expect(error.code == .invalidArgument)
    for part in [
      "distributed.interface: received \"eth0, eth1\"", "gloo speaks TCP alone",
      "timeout: received 0.0",
    ] {
      #expect(error.message.contains(part))
    }
    try DistributedOptions().validate()
  }

  @Test func eachBackendReadsItsOwnVariables() {
    let options = DistributedOptions(interface: "eth0", infiniband: false, debug: .detail)
    let nccl = Dictionary(
      uniqueKeysWithValues: options.variables(for: .nccl).map { ($0.name, $0.value) })
    #expect(
      nccl == [
        "NCCL_SOCKET_IFNAME": "=eth0", "NCCL_IB_DISABLE": "1", "NCCL_DEBUG": "INFO",
        "NCCL_DEBUG_SUBSYS": "ALL",
        "TORCH_DISTRIBUTED_DEBUG": "DETAIL", "TORCH_CPP_LOG_LEVEL": "INFO",
      ])
    #expect(options.variables(for: .gloo).first?.name == "GLOO_SOCKET_IFNAME")
    #expect(DistributedOptions().variables(for: .nccl).isEmpty)
  }

  @Test func theTransportIsToldInOneLine() throws {
    let options = DistributedOptions(timeout: 20, bucketMiB: 0.5, compression: .bf16)
    let gloo = try Transport(
      .gloo, options: options, spansHosts: false, variables: ["GLOO_SOCKET_IFNAME": "lo"])
    #expect(
      gloo.description
        == "transport: gloo, TCP on lo (127.0.0.1), time-out 20 s, buckets of 0.5 MiB, gradients in bf16"
    )
    func nccl(_ variables: [String: String], _ adapters: [String], spansHosts: Bool = true) throws
      -> String
    {
      try Transport(
        .nccl, options: options, spansHosts: spansHosts, variables: variables, adapters: adapters
      ).link
    }
    #expect(try nccl([:], ["mlx5_0"]) == "InfiniBand (mlx5_0), else TCP between hosts")
    #expect(try nccl(["NCCL_IB_DISABLE": "1"], ["mlx5_0"]) == "TCP between hosts")
    #expect(try nccl(["NCCL_SOCKET_IFNAME": "=eth0"], []) == "TCP on =eth0 between hosts")
    #expect(try nccl([:], ["mlx5_0"], spansHosts: false).hasPrefix("within this host"))
  }

  @Test func anInterfaceThatIsNotHere() throws {
    let error = try #require(throws: DistributedError.self) {
      _ = try Transport(
        .gloo, options: DistributedOptions(), spansHosts: false,
        variables: ["GLOO_SOCKET_IFNAME": "eth99"])
    }
    #expect(error.code == .address)
    #expect(error.message.contains("\"eth99\" is not here") && error.message.contains("lo"))
  }

  @Test func bucketsAndCompressionReachDataParallel() {
    let options = DistributedOptions(bucketMiB: 0.5, compression: .fp16).dataParallel
    #expect(options.bucketBytes == 1 << 19)
    #expect(options.firstBucketBytes == 1 << 19)
    #expect(options.compression == .float16)
    #expect(DistributedOptions().dataParallel.compression == nil)
  }

  @Test func ownAddresses() {
    #expect(Host.isHere("127.0.0.1"))
    #expect(!Host.isHere("192.0.2.1"))
    #expect(Host.address(toward: "127.0.0.1") == "127.0.0.1")
    #expect(Host.addresses(of: "10.1.2.3") == ["10.1.2.3"])
  }
}
