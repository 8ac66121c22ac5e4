/// The checksum of a checkpoint's file: of names and bytes, tensor by tensor in the order of the names, piece by piece.
struct CheckpointDigest {
  private var sum: UInt64 = 0
  private var bytes = XXHash64()
  private var isEmpty = true

  mutating func begin(_ name: String) {
    sum = Array(name.utf8).withUnsafeBytes { XXHash64.hash($0, seed: value) }
    bytes = XXHash64(seed: sum)
    isEmpty = true
  }

  mutating func add(_ piece: UnsafeRawBufferPointer) {
    guard !piece.isEmpty else { return }
    isEmpty = false
    bytes.add(piece)
  }

  private var value: UInt64 { isEmpty ? sum : bytes.value }

  var text: String { String(value, radix: 16) }
}
