import Registry
import Torch

/// Joins the rows of several requests into one call of the model, and takes its answer apart again.
enum WireBatch {
  /// Whether the rows of two requests fit in one tensor: all dimensions but the first agree.
  static func canJoin(_ first: [WireValue], _ second: [WireValue]) -> Bool {
    zip(first, second).allSatisfy { $0.shape.dropFirst() == $1.shape.dropFirst() }
  }

  /// - Parameter requests: checked against the signature, in its order, and joinable.
  static func join(_ requests: [[WireValue]]) throws -> [NamedValue] {
    guard let first = requests.first else { return [] }
    return try first.indices.map { column in
      let parts = requests.map { $0[column] }
      let model = parts[0]
      var shape = model.shape
      if parts.count > 1 { shape[0] = parts.reduce(0) { $0 + $1.shape[0] } }
      guard let type = model.type.dtype else {
        let strings = parts.flatMap { part -> [[UInt8]] in
          if case .strings(let values) = part.payload { values } else { [] }
        }
        return NamedValue(model.name, .bytes, shape: shape, .bytes(strings))
      }
      let tensor = try Tensor.empty(shape, dtype: type)
      let capacity = tensor.count * type.size
      try tensor.withUnsafeMutableData { address in
        var offset = 0
        for case .raw(let bytes) in parts.map(\.payload) where offset + bytes.count <= capacity {
          bytes.withUnsafeBytes { source in
            if let base = source.baseAddress { (address + offset).copyMemory(from: base, byteCount: source.count) }
          }
          offset += bytes.count
        }
      }
      return NamedValue(model.name, model.type, shape: shape, .tensor(tensor))
    }
  }

  /// - Parameter rows: of each request; nil for a model that joins none.
  /// - Throws: `ServingError` where the model answered with another number of rows than it was given.
  static func split(_ outputs: [NamedValue], rows: [Int]?) throws -> [[WireValue]] {
    let whole = try outputs.map(WireValue.init)
    guard let rows, rows.count > 1 else { return [whole] }
    let total = rows.reduce(0, +)
    var answers: [[WireValue]] = []
    var first = 0
    for count in rows {
      answers.append(try whole.map { try $0.rows(first, count, of: total) })
      first += count
    }
    return answers
  }
}

extension WireValue {
  /// Copies what a model answered, from wherever it is.
  init(_ value: NamedValue) throws {
    switch value.payload {
    case .bytes(let strings): self.init(value.name, .bytes, shape: value.shape, .strings(strings))
    case .tensor(let tensor):
      let type = value.type.dtype ?? tensor.dtype
      let host = try tensor.to(device: .cpu, dtype: type).contiguous()
      let bytes = try host.withUnsafeData { Array(UnsafeRawBufferPointer(start: $0, count: host.count * type.size)) }
      self.init(value.name, value.type, shape: host.shape, .raw(bytes))
    }
  }

  fileprivate func rows(_ first: Int, _ count: Int, of total: Int) throws -> WireValue {
    guard shape.first == total, total > 0 else {
      throw ServingError(
        .fault, "output \"\(name)\" has shape \(shape), expected \(total) rows; mark the signature as not batched")
    }
    var part = self
    part.shape[0] = count
    switch payload {
    case .raw(let bytes):
      let stride = bytes.count / total
      part.payload = .raw(Array(bytes[first * stride..<(first + count) * stride]))
    case .strings(let values):
      let stride = values.count / total
      part.payload = .strings(Array(values[first * stride..<(first + count) * stride]))
    }
    return part
  }
}
