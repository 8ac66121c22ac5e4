import Foundation

/// Numbers that are kept in a file as one block of bytes, little-endian: a state of a million samples stays small and is
/// read back bit by bit.
@propertyWrapper
struct Packed<Element: BitwiseCopyable & Sendable>: Sendable, Codable {
  var wrappedValue: [Element]

  init(wrappedValue: [Element]) { self.wrappedValue = wrappedValue }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let data = try container.decode(Data.self)
    let size = MemoryLayout<Element>.stride
    guard data.count % size == 0 else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\(data.count) bytes are no whole number of elements of \(size) bytes")
    }
    wrappedValue = [Element](unsafeUninitializedCapacity: data.count / size) { buffer, count in
      count = data.copyBytes(to: UnsafeMutableRawBufferPointer(buffer)) / size
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue.withUnsafeBytes { Data($0) })
  }
}
