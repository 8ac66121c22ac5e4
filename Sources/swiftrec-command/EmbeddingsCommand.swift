import ArgumentParser
import Features
import Foundation
import Models
import Torch
import Training

struct EmbeddingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embeddings", abstract: "Takes the vectors out of a run.", subcommands: [Export.self])

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export", abstract: "Writes the user and item vectors of a run.",
      discussion: """
        Example: swiftrec embeddings export runs/mf-ml100k --out vectors --format npy
        npy: users.npy, items.npy and, where the model has one, item_bias.npy; safetensors: embeddings.safetensors with the \
        same names. users.txt and items.txt hold the ids, row by row.
        """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
      case npy, safetensors
    }

    @OptionGroup var options: RunOptions

    @Option(help: "The folder to write into; <run>/embeddings by default.")
    var out: String?

    @Option(help: "npy or safetensors.")
    var format = Format.npy

    @Flag(help: "Prints one JSON object about what was written.")
    var json = false

    func run() throws {
      let opened = try OpenedRun(options)
      let folder = out ?? "\(options.run)/embeddings"
      let tensors = try noGrad { try Self.tensors(opened.model) }
      do {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      } catch {
        throw RunError(
          .io, path: folder, received: "the folder cannot be made (\((error as NSError).localizedDescription))",
          remedy: "choose a folder that you may write to with --out")
      }
      var files: [String] = []
      switch format {
      case .npy:
        for (name, tensor) in tensors {
          try NumPyFile.write(tensor, to: "\(folder)/\(name).npy")
          files.append("\(folder)/\(name).npy")
        }
      case .safetensors:
        try Safetensors.write(
          tensors, metadata: ["model": opened.model.modelName], to: "\(folder)/embeddings.safetensors")
        files.append("\(folder)/embeddings.safetensors")
      }
      for (name, vocabulary) in [("users", opened.catalogue.users), ("items", opened.catalogue.items)] {
        try AtomicFile.write(vocabulary.tokens.map { $0 + "\n" }.joined(), to: "\(folder)/\(name).txt")
        files.append("\(folder)/\(name).txt")
      }
      if json {
        let shapes = tensors.map { ($0.name, JSONText.list($0.tensor.shape.map(JSONText.integer))) }
        print(JSONText.object([("files", .list(files.map(JSONText.text))), ("shapes", .object(shapes))]))
      } else {
        for (name, tensor) in tensors { print("\(name): \(tensor.shape)") }
        print(files.joined(separator: "\n"))
      }
    }

    private static func tensors(_ model: any Recommender) throws -> [(name: String, tensor: Tensor)] {
      var tensors = [
        (name: "users", tensor: try ModelVectors.users(of: model, option: "embeddings export")),
        (name: "items", tensor: try ModelVectors.items(of: model, option: "embeddings export")),
      ]
      if let model = model as? any DotProductRecommender, let bias = try model.itemBiases() {
        tensors.append((name: "item_bias", tensor: bias))
      }
      return tensors
    }
  }
}
