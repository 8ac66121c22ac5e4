import Foundation
import Torch

extension ModelSignature {
  /// Reads what ``write(to:)`` wrote: a JSON object with `inputs`, `outputs` and `isBatched`.
  ///
  /// - Throws: `RegistryError` for a file that is missing or is no signature.
  public init(reading path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw RegistryError(
        .missing, path, received: "the signature is not there",
        remedy:
          #"write one: {"inputs": [{"name": "x", "type": "FP32", "shape": [-1, 4]}], "outputs": [...], "isBatched": true}"#
      )
    }
    do {
      self = try JSONDecoder().decode(ModelSignature.self, from: data)
    } catch {
      throw RegistryError(
        .corrupted, path, received: "not a signature (\(Self.reason(error)))",
        remedy: "give inputs and outputs, each with name, type (FP32, INT64, BYTES, ...) and shape, and isBatched")
    }
    let names = inputs.map(\.name) + outputs.map(\.name)
    guard !outputs.isEmpty, names.allSatisfy({ !$0.isEmpty }), Set(inputs.map(\.name)).count == inputs.count,
      Set(outputs.map(\.name)).count == outputs.count,
      (inputs + outputs).allSatisfy({ $0.shape.allSatisfy { $0 >= -1 } })
    else {
      throw RegistryError(
        .corrupted, path, received: "a name that is empty or stands twice, no output, or a dimension below -1",
        remedy: "name each input and each output once, and write -1 for any length")
    }
  }

  /// - Throws: `FileError` when the file can't be written.
  public func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(self), to: path)
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "\(key.stringValue) is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      context.codingPath.map(\.stringValue).joined(separator: ".") + " " + context.debugDescription
    default: "it can't be read"
    }
  }
}
