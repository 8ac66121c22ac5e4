import Foundation

/// Named tensors in one file that Python and Swift both read.
///
/// Format: 8 bytes little-endian length, a JSON header, the tensors' bytes. https://huggingface.co/docs/safetensors
public enum Safetensors {
  /// A file's tensors and its free-form metadata.
  public struct Contents: Sendable {
    public var tensors: [String: Tensor]
    public var metadata: [String: String]
  }

  /// Reads every tensor of a file.
  ///
  /// - Throws: `SafetensorsError` for a missing, truncated or corrupted file, naming what was found and where.
  public static func read(_ path: String, device: Device = .cpu) throws -> Contents {
    let file = try File(path)
    var tensors: [String: Tensor] = [:]
    for entry in file.entries { tensors[entry.name] = try file.tensor(entry, device: device) }
    return Contents(tensors: tensors, metadata: file.metadata)
  }

  /// The metadata alone, without reading a tensor.
  public static func readMetadata(_ path: String) throws -> [String: String] { try File(path).metadata }

  /// Writes a file beside `path`, syncs it and renames it into place: a reader sees the old file or the new one, whole.
  ///
  /// A tensor of another device, or one with gaps, is copied when its turn comes, so that at most one copy is in memory.
  ///
  /// - Parameter other: a second name for the same file, see ``AtomicFile``.
  /// - Throws: `SafetensorsError` for a name that is given twice; `FileError` when the disk is full or the folder can't be written.
  ///   The old file is then untouched.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String,
    alsoAs other: String? = nil
  ) throws {
    try write(tensors.map { Source($0.name, $0.tensor) }, metadata: metadata, to: path, alsoAs: other)
  }

  public static func write(_ tensors: [String: Tensor], metadata: [String: String] = [:], to path: String) throws {
    try write(tensors.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }, metadata: metadata, to: path)
  }
}

/// A safetensors file that can't be read or written.
public struct SafetensorsError: Error, Sendable, CustomStringConvertible {
  public let path: String
  public let message: String

  public init(path: String, message: String) {
    self.path = path
    self.message = message
  }

  public var description: String { "\(path): \(message)" }
}

extension Safetensors {
  /// What a file says about one of its tensors.
  public struct Entry: Sendable {
    public let name: String
    public let dtype: DType
    public let shape: [Int]
    /// In bytes, from where the tensors begin.
    let range: Range<Int>
  }

  /// The JSON header of a file, checked.
  struct Header {
    let entries: [Entry]
    let metadata: [String: String]
    /// Where the tensors' bytes begin.
    let dataStart: Int

    static let codes: [(String, DType)] = [
      ("F64", .float64), ("F32", .float32), ("F16", .float16), ("BF16", .bfloat16), ("I64", .int64), ("I32", .int32),
      ("I16", .int16), ("I8", .int8), ("U8", .uint8), ("BOOL", .bool),
    ]

    static func code(of dtype: DType) -> String { codes.first { $0.1 == dtype }?.0 ?? "F32" }

    init(parsing bytes: UnsafeRawBufferPointer, path: String) throws {
      func refuse(_ message: String) -> SafetensorsError { SafetensorsError(path: path, message: message) }
      guard bytes.count >= 8 else {
        throw refuse("\(bytes.count) bytes are no safetensors file; it is truncated: restore it or train again")
      }
      let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
      guard length <= UInt64(bytes.count - 8), length <= 100_000_000 else {
        throw refuse(
          "the header says it takes \(length) bytes, the file has \(bytes.count - 8) left: "
            + "truncated or no safetensors file")
      }
      let start = 8 + Int(length)
      let json = Data(bytes[8..<start])
      guard let object = try? JSONSerialization.jsonObject(with: json), let map = object as? [String: Any] else {
        throw refuse("the header is no JSON object: the file is corrupted")
      }
      var entries: [Entry] = []
      var metadata: [String: String] = [:]
      for (name, value) in map {
        if name == "__metadata__" {
          metadata = value as? [String: String] ?? [:]
          continue
        }
        guard let fields = value as? [String: Any], let code = fields["dtype"] as? String,
          let shape = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int], offsets.count == 2
        else { throw refuse("tensor \"\(name)\": its header entry lacks dtype, shape or data_offsets: corrupted") }
        guard let dtype = Self.codes.first(where: { $0.0 == code })?.1 else {
          throw refuse(
            "tensor \"\(name)\": type \(code) is not supported; known: \(Self.codes.map(\.0).joined(separator: ", "))")
        }
        let expected = try Tensor.elements(of: shape) * dtype.size
        guard offsets[0] >= 0, offsets[1] >= offsets[0], offsets[1] <= bytes.count - start else {
          throw refuse(
            "tensor \"\(name)\" lies at bytes \(offsets[0])..<\(offsets[1]), the file holds \(bytes.count - start): "
              + "truncated")
        }
        guard offsets[1] - offsets[0] == expected else {
          throw refuse(
            "tensor \"\(name)\": \(offsets[1] - offsets[0]) bytes for shape \(shape) of \(dtype), "
              + "which takes \(expected)")
        }
        entries.append(Entry(name: name, dtype: dtype, shape: shape, range: offsets[0]..<offsets[1]))
      }
      self.entries = entries
      self.metadata = metadata
      dataStart = start
    }
  }
}
