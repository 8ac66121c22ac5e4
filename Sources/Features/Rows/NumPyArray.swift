import Foundation
import Torch

/// Reads NumPy's array file. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
enum NumPyArray {
  /// Numbers in row-major order, as float32.
  ///
  /// - Throws: `DataError` for another format, another type than little-endian floats and integers, and a file that is
  ///   shorter or longer than its header says.
  static func read(_ path: String) throws -> Tensor {
    func fault(_ code: DataError.Code, _ problem: String, _ received: String?) -> DataError {
      DataError(
        code, file: path, problem, received: received,
        remedy: "write it anew with numpy.save(path, array.astype('<f4'))")
    }
    let file: MappedFile
    do {
      file = try MappedFile(path)
    } catch let error as FileError {
      throw DataError(.missingFile, file: path, "\(error)", remedy: "check the path")
    }
    return try file.withBytes { bytes in
      guard bytes.count >= 12, bytes[0] == 0x93, bytes[1..<6].elementsEqual("NUMPY".utf8) else {
        throw fault(.wrongHeader, "is no NumPy file", nil)
      }
      let isLong = bytes[6] >= 2
      let length =
        Int(bytes[8]) | Int(bytes[9]) << 8 | (isLong ? Int(bytes[10]) << 16 | Int(bytes[11]) << 24 : 0)
      let start = (isLong ? 12 : 10) + length
      guard start <= bytes.count else { throw fault(.truncatedFile, "ends in its header", nil) }
      let header = TextFile.decode(UnsafeRawBufferPointer(rebasing: bytes[(isLong ? 12 : 10)..<start]))
      guard let code = part(header, after: "'descr':", from: "'", to: "'"),
        let shapeText = part(header, after: "'shape':", from: "(", to: ")"),
        header.contains("'fortran_order': False"),
        let dtype = types[code]
      else { throw fault(.wrongHeader, "has another type or order than is read here", header) }
      let sizes = shapeText.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
      var count = dtype.size
      for size in sizes {
        let (product, overflow) = count.multipliedReportingOverflow(by: size ?? -1)
        guard !overflow, product >= 0 else { throw fault(.wrongHeader, "has an impossible shape", shapeText) }
        count = product
      }
      guard bytes.count - start == count else {
        throw fault(.truncatedFile, "has \(bytes.count - start) bytes of numbers, \(count) are expected", nil)
      }
      return try Tensor(
        copying: UnsafeRawBufferPointer(rebasing: bytes[start...]), shape: sizes.compactMap { $0 }, dtype: dtype
      ).to(dtype: .float32)
    }
  }

  private static let types: [String: DType] = [
    "<f4": .float32, "<f8": .float64, "<f2": .float16, "<i4": .int32, "<i8": .int64,
  ]

  private static func part(_ text: String, after key: String, from: Character, to: Character) -> String? {
    guard let range = text.range(of: key), let first = text[range.upperBound...].firstIndex(of: from) else {
      return nil
    }
    let rest = text[text.index(after: first)...]
    return rest.firstIndex(of: to).map { String(rest[..<$0]) }
  }
}
