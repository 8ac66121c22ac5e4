import Features
import Foundation
import Torch

/// The `MLmodel` file by which MLflow lists a package: its flavour, its signature and when it was made.
///
/// Source: MLflow, "MLmodel file", https://mlflow.org/docs/latest/ml/model/
enum MLmodelFile {
  static func write(_ manifest: PackageManifest, _ signature: ModelSignature, to folder: String) throws {
    // A name of 32 digits that hangs on the model alone.
    let id = Checksum.sha256(Data("\(manifest.name) \(manifest.created)".utf8)).prefix(32)
    let time = manifest.created.replacingOccurrences(of: "T", with: " ").replacingOccurrences(of: "Z", with: "")
    let text = """
      artifact_path: .
      flavors:
        swiftrec:
          data: .
          kind: \(manifest.kind.rawValue)
          model: \(quoted(manifest.model))
          quantization: \(manifest.quantization.rawValue)
          swiftrec_version: \(quoted(manifest.versions.swiftrec))
          torch_version: \(quoted(manifest.versions.torch))
      metadata:
        name: \(quoted(manifest.name))
      model_uuid: \(id)
      signature:
        inputs: \(quoted(columns(signature.inputs)))
        outputs: \(quoted(columns(signature.outputs)))
        params: null
      utc_time_created: \(quoted(time))

      """
    try AtomicFile.write(text, to: "\(folder)/MLmodel")
  }

  /// Every input and output as a tensor: MLflow knows strings as tensors of type `str`.
  private static func columns(_ tensors: [TensorSignature]) -> String {
    let list = tensors.map { tensor in
      let shape = tensor.shape.map(String.init).joined(separator: ", ")
      return #"{"name": \#(json(tensor.name)), "type": "tensor", "tensor-spec": {"dtype": "\#(dtype(tensor.type))", "#
        + #""shape": [\#(shape)]}}"#
    }
    return "[" + list.joined(separator: ", ") + "]"
  }

  /// NumPy's name.
  private static func dtype(_ type: WireType) -> String {
    switch type {
    case .bytes: "str"
    case .float16: "float16"
    case .float32: "float32"
    case .float64: "float64"
    default: type.rawValue.lowercased()
    }
  }

  private static func json(_ text: String) -> String {
    (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }

  /// A YAML scalar between single quotes.
  private static func quoted(_ text: String) -> String {
    "'" + text.replacingOccurrences(of: "'", with: "''").replacingOccurrences(of: "\n", with: " ") + "'"
  }
}
