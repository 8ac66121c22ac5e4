import Foundation
import Torch

/// NumPy's array file, version 1.0. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
public enum NumPyFile {
  /// What stands before the elements.
  struct Header: Equatable {
    var type: NumPyType
    var shape: [Int]
    /// Where the elements begin.
    var byteCount: Int
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Writes a tensor as little-endian float32.
  public static func write(_ tensor: Tensor, to path: String) throws {
    let values = try tensor.detach().floats()
    try AtomicFile.write(to: path) { put in
      try header(.float32, shape: tensor.shape).withUnsafeBytes { try put($0) }
      try values.withUnsafeBytes { try put($0) }
    }
  }

  /// Magic, version, header length and header, which ends on a multiple of 64 with a line feed.
  ///
  /// - Parameter count: at least this long, so that a longer shape can take its place later.
  static func header(_ type: NumPyType, shape: [Int], count: Int = 64) -> [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(type.rawValue)', 'fortran_order': False, 'shape': (\(sizes)), }"
    let length = max(count, (10 + text.utf8.count + 1 + 63) / 64 * 64)
    text += String(repeating: " ", count: length - 10 - text.utf8.count - 1) + "\n"
    let textCount = text.utf8.count
    return magic + [1, 0, UInt8(textCount & 255), UInt8(textCount >> 8)] + Array(text.utf8)
  }

  /// Reads the header of a file and holds its size against it.
  ///
  /// - Throws: `DataError` for what is no array file, another element type, Fortran order and a wrong size.
  static func header(of source: FileSource) throws -> Header {
    let path = source.path
    func fault(_ code: DataError.Code, _ problem: String, _ received: String?, _ remedy: String) -> DataError {
      DataError(code, file: path, problem, received: received, remedy: remedy)
    }
    guard source.estimatedCount > 0 else { throw fault(.empty, "is empty", nil, "give a file of numpy.save") }
    var start = [UInt8](repeating: 0, count: min(12, source.estimatedCount))
    try start.withUnsafeMutableBytes { try source.readExactly($0, at: 0) }
    guard start.prefix(6) == magic[...] else {
      throw fault(
        .corruptedFile, "is no NumPy array file: it does not begin with \\x93NUMPY",
        TextFile.decode(Array(start.prefix(6))),
        "give a file of numpy.save")
    }
    guard start.count == 12, (1...3).contains(start[6]) else {
      throw fault(
        start.count == 12 ? .corruptedFile : .truncatedFile, "has a header that can't be read", nil,
        "write the file again")
    }
    let lengthBytes = start[6] == 1 ? 2 : 4
    let length = (0..<lengthBytes).reduce(0) { $0 | Int(start[8 + $1]) << (8 * $1) }
    let end = 8 + lengthBytes + length
    guard length < 1 << 20, end <= source.estimatedCount else {
      throw fault(.truncatedFile, "ends inside its header", nil, "copy or write the file again")
    }
    var bytes = [UInt8](repeating: 0, count: length)
    try bytes.withUnsafeMutableBytes { try source.readExactly($0, at: 8 + lengthBytes) }
    let text = TextFile.decode(bytes)

    guard let descriptor = quoted(after: "'descr':", in: text) else {
      throw fault(
        .wrongHeader, "has no plain element type", text.trimmingCharacters(in: .whitespaces),
        "save one array of one number type, no structure")
    }
    guard let type = NumPyType(rawValue: descriptor) else {
      throw fault(
        .wrongHeader, "has a dtype that can't be read", descriptor,
        "save it as one of \(NumPyType.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    guard let order = word(after: "'fortran_order':", in: text), let shape = shape(in: text) else {
      throw fault(
        .corruptedFile, "has a header without order or shape", text.trimmingCharacters(in: .whitespaces),
        "write the file again")
    }
    guard order == "False" else {
      throw fault(
        .wrongHeader, "is in Fortran order, column by column", nil, "save numpy.ascontiguousarray(array)")
    }
    var size = type.byteCount
    for part in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: part)
      guard !overflow, part >= 0 else {
        throw fault(.corruptedFile, "has a shape that makes no sense", "\(shape)", "write the file again")
      }
      size = product
    }
    let there = source.estimatedCount - end
    guard there == size else {
      throw fault(
        there < size ? .truncatedFile : .corruptedFile,
        "holds \(there) bytes of elements, its shape \(shape) of \(descriptor) asks for \(size)", nil,
        "copy or write the file again")
    }
    return Header(type: type, shape: shape, byteCount: end)
  }

  private static func quoted(after key: String, in text: String) -> String? {
    guard let place = text.range(of: key) else { return nil }
    let rest = text[place.upperBound...].drop { $0 == " " }
    guard rest.first == "'" else { return nil }
    return String(rest.dropFirst().prefix { $0 != "'" })
  }

  private static func word(after key: String, in text: String) -> String? {
    guard let place = text.range(of: key) else { return nil }
    return String(text[place.upperBound...].drop { $0 == " " }.prefix { $0.isLetter })
  }

  private static func shape(in text: String) -> [Int]? {
    guard let place = text.range(of: "'shape':") else { return nil }
    let rest = text[place.upperBound...].drop { $0 == " " }
    guard rest.first == "(", let end = rest.firstIndex(of: ")") else { return nil }
    let parts = rest[rest.index(after: rest.startIndex)..<end].split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let sizes = parts.compactMap { Int($0) }
    return sizes.count == parts.count ? sizes : nil
  }
}
