import Torch

/// What carries the bytes of a collective, used by itself.
protocol Link {
  /// Sends the bytes of `output` to the next rank and takes as many from the one before.
  func exchange(_ output: Tensor, into input: Tensor) throws
}

extension RawLink: Link {
  func exchange(_ output: Tensor, into input: Tensor) throws {
    let bytes = output.count * output.dtype.size
    try output.withUnsafeData { source in
      try input.withUnsafeMutableData { target in
        try exchange(
          from: UnsafeRawBufferPointer(start: source, count: bytes),
          into: UnsafeMutableRawBufferPointer(start: target, count: bytes))
      }
    }
  }
}

/// Copies from this rank's GPU to the next one's: the link that NCCL has within a host.
struct CopyLink: Link {
  private let next: Device

  /// - Throws: `DistributedError` where ranks stand on several hosts, or have not a GPU each.
  init(_ group: ProcessGroup, _ device: Device) throws {
    guard group.ranksByHost.count == 1, Engine.cudaDeviceCount >= group.size else {
      throw DistributedError(
        .invalidArgument, operation: "raw link", rank: group.rank, group: group.name,
        message:
          "copies between GPUs need \(group.size) of them on one host, here are \(Engine.cudaDeviceCount)",
        remedy: "measure with as many ranks as one host has GPUs")
    }
    next = .cuda((device.index + 1) % group.size)
  }

  func exchange(_ output: Tensor, into input: Tensor) throws { _ = try output.to(device: next) }
}
