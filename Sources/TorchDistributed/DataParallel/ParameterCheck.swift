import Torch
import TorchNN

/// Whether all ranks hold the same tensors.
enum ParameterCheck {
  /// Checks the tensors alike on all ranks or makes them so, as the options ask for. Every rank does so.
  static func start(_ tensors: [NamedTensor], _ start: DataParallelOptions.Start, in group: ProcessGroup) throws {
    try requireEqual(tensors, values: start == .check, in: group)
    if start == .broadcast {
      for (_, tensor) in tensors { try group.broadcast(tensor) }
    }
  }

  /// Compares names, shapes and types of all ranks, and with `values` also their bits.
  ///
  /// - Throws: `DistributedError` with code `.mismatch`, on every rank the same: which parameter differs on which ranks.
  static func requireEqual(_ tensors: [NamedTensor], values: Bool, in group: ProcessGroup) throws {
    if group.size == 1 || group.backend == .fake { return }
    let lines = try tensors.map { name, tensor in
      "\(name)\t\(tensor.shape) \(tensor.dtype)\t" + (values ? String(try fingerprint(tensor), radix: 16) : "")
    }
    let all = try group.allGather(bytes: Array(lines.joined(separator: "\n").utf8)).map {
      String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init)
    }
    var faults: [String] = []
    let counts = all.map(\.count)
    if Set(counts).count > 1 { faults.append("the ranks have \(counts) tensors") }
    for position in 0..<(counts.min() ?? 0) {
      let first = all[0][position].split(separator: "\t", omittingEmptySubsequences: false)
      let different = all.indices.filter { all[$0][position] != all[0][position] }
      guard let example = different.first, first.count == 3 else { continue }
      let other = all[example][position].split(separator: "\t", omittingEmptySubsequences: false)
      let what =
        other[0] != first[0] || other[1] != first[1]
        ? "is \"\(other[0])\" \(other[1]) on" : "has other values on"
      faults.append(
        "\"\(first[0])\" \(first[1]) of rank 0 \(what) \(Membership.named(different.map { group.ranks[$0] }))")
    }
    guard faults.isEmpty else {
      let shown = faults.prefix(3).joined(separator: "; ")
      throw DistributedError(
        .mismatch, operation: "parameter check", rank: group.rank, group: group.name,
        message: "the ranks of group \(group.name) hold different parameters: \(shown)"
          + (faults.count > 3 ? "; and \(faults.count - 3) more" : ""),
        remedy: "use one seed and one config on all ranks, or start: .broadcast to take those of rank 0")
    }
  }

  /// A number that tells values apart: FNV's steps over 8 bytes at a time.
  static func fingerprint(_ tensor: Tensor) throws -> UInt64 {
    try noGrad {
      let host = try tensor.detach().cpu().contiguous()
      return try host.withUnsafeData { raw in
        let bytes = UnsafeRawBufferPointer(start: raw, count: host.count * host.dtype.size)
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let words = bytes.count / 8
        for word in 0..<words {
          hash = (hash ^ bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)) &* 0x9e37_79b9_7f4a_7c15
          hash ^= hash >> 29
        }
        for byte in bytes[(words * 8)...] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
      }
    }
  }
}
