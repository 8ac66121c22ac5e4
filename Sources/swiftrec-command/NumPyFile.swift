import Foundation
import Torch

/// NumPy's array file, version 1.0. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
enum NumPyFile {
  /// Writes a tensor as little-endian float32.
  static func write(_ tensor: Tensor, to path: String) throws {
    let values = try tensor.detach().floats()
    let shape = tensor.shape.map(String.init).joined(separator: ", ") + (tensor.rank == 1 ? "," : "")
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(shape)), }"
    // Magic, version, header length and header end on a multiple of 64 with a line feed.
    let padding = (64 - (10 + header.utf8.count + 1) % 64) % 64
    header += String(repeating: " ", count: padding) + "\n"
    try AtomicFile.write(to: path) { put in
      var head: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
      head += withUnsafeBytes(of: UInt16(header.utf8.count).littleEndian) { Array($0) }
      head += Array(header.utf8)
      try head.withUnsafeBytes { try put($0) }
      try values.withUnsafeBytes { try put($0) }
    }
  }
}
