import ArgumentParser
import Environment
import Foundation
import Registry
import Training

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Makes a model package or a TorchScript file of a run.",
    discussion: """
      Examples: swiftrec export runs/mf-ml100k --out packages/films
                swiftrec export runs/dlrm-criteo --out packages/clicks --quantize int8
                swiftrec export runs/dlrm-criteo --out dlrm.pt --format torchscript
                swiftrec export model.pt --signature model.signature.json --out packages/mine
      What was written is opened again, and both score the same made-up questions: where they differ by more than the \
      tolerance nothing is written and the exit code is 4. --quantize compresses the embedding tables alone.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case package, torchscript
  }

  @Argument(help: "A run directory, or a TorchScript file to wrap.")
  var source: String

  @Option(help: "The package's folder, or the TorchScript file; it must not be there yet.")
  var out: String

  @Option(help: "package or torchscript.")
  var format = Format.package

  @Option(help: "none, fp16, int8 or int4.")
  var quantize = "none"

  @Option(help: "The largest difference of scores that is taken; by --quantize 1e-5, 5e-3, 5e-2 and 0.5.")
  var tolerance: Double?

  @Option(help: "The model's name in the package; the folder's name by default.")
  var name: String?

  @Option(help: "The signature of a TorchScript file; MODEL.signature.json beside it by default.")
  var signature: String?

  @Flag(help: "Prints one JSON object about what was written.")
  var json = false

  func run() throws {
    guard let quantization = Quantization(rawValue: quantize) else {
      throw CommandError("--quantize: received \(quantize), expected none, fp16, int8 or int4; write --quantize int8")
    }
    guard tolerance.map({ $0 >= 0 && $0.isFinite }) ?? true else {
      throw CommandError("--tolerance: received \(tolerance ?? 0), expected a number from 0; write --tolerance 0.01")
    }
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: source, isDirectory: &isFolder)
    let isScript = isThere && !isFolder.boolValue
    switch format {
    case .torchscript:
      guard quantization == .none, !isScript else {
        throw CommandError(
          "--format torchscript: received \(isScript ? "a file" : "--quantize \(quantize)"), expected a run alone; "
            + "\(isScript ? "wrap it with --format package" : "drop --quantize")")
      }
      try script()
    case .package:
      let export = PackageExport(quantization: quantization, tolerance: tolerance, name: name)
      if isScript {
        let folder = PathText.folder(of: source)
        let beside = (folder.isEmpty ? "" : "\(folder)/") + "\(PathText.stem(of: source)).signature.json"
        show(try export.wrap(source, signature: ModelSignature(reading: signature ?? beside), to: out))
      } else {
        _ = ResourceShare.taken
        show(try export.write(RunDirectory(source), to: out))
      }
    }
  }

  private func show(_ report: PackageExport.Report) {
    let manifest = report.package.manifest
    if json {
      print(
        JSONText.object([
          ("package", .text(out)), ("name", .text(manifest.name)), ("kind", .text(manifest.kind.rawValue)),
          ("model", .text(manifest.model)), ("quantization", .text(manifest.quantization.rawValue)),
          ("files", .integer(manifest.files.count)), ("bytes", .integer(report.size)),
          ("questions", .integer(report.questions)), ("difference", .number(report.difference)),
          ("tolerance", .number(report.tolerance)),
        ]))
      return
    }
    print(
      "\(out): \(manifest.name), \(manifest.model) (\(manifest.kind.rawValue)), \(manifest.files.count + 1) files, "
        + "\(Self.size(report.size))")
    guard report.questions > 0 else { return }
    print(
      "scores of \(report.questions) questions differ by \(Self.short(report.difference)), "
        + "\(Self.short(report.tolerance)) is allowed")
  }

  private func script() throws {
    let report = try TorchScriptExport.write(RunDirectory(source), to: out)
    if json {
      func list(_ tensors: [TensorSignature]) -> JSONText {
        .list(
          tensors.map {
            .object([
              ("name", .text($0.name)), ("type", .text($0.type.rawValue)),
              ("shape", .list($0.shape.map(JSONText.integer))),
            ])
          })
      }
      print(
        JSONText.object([
          ("file", .text(out)), ("inputs", list(report.signature.inputs)), ("outputs", list(report.signature.outputs)),
          ("difference", .number(report.difference)), ("tolerance", .number(TorchScriptExport.tolerance)),
        ]))
      return
    }
    func line(_ tensor: TensorSignature) -> String {
      "\(tensor.name) \(tensor.type.rawValue) [\(tensor.shape.map { $0 < 0 ? "any" : "\($0)" }.joined(separator: ", "))]"
    }
    print("\(out): forward(\(report.signature.inputs.map(line).joined(separator: ", ")))")
    print("  gives \(report.signature.outputs.map(line).joined(separator: ", "))")
    print(
      "its numbers differ by \(Self.short(report.difference)) from the run's, \(Self.short(TorchScriptExport.tolerance)) is allowed"
    )
  }

  static func size(_ bytes: Int) -> String {
    switch bytes {
    case ..<1_000: "\(bytes) bytes"
    case ..<1_000_000: String(format: "%.1f kB", Double(bytes) / 1e3)
    case ..<1_000_000_000: String(format: "%.1f MB", Double(bytes) / 1e6)
    default: String(format: "%.2f GB", Double(bytes) / 1e9)
    }
  }

  private static func short(_ number: Double) -> String { String(format: "%.2g", number) }
}
