import ArgumentParser
import Foundation
import Registry
import Training

extension ModelsCommand {
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify", abstract: "Opens a package as a server does, then hashes every file of it.",
      discussion: """
        Example: swiftrec models verify packages/films
        A file that is missing or changed is named, with exit code 3; other versions than here are said.
        """)

    @OptionGroup var options: StoreOptions

    @Argument(help: "A package's folder, or NAME@ALIAS of the registry.")
    var package: String

    func run() throws {
      let isFolder = FileManager.default.fileExists(atPath: "\(package)/\(PackageManifest.fileName)")
      let path = try isFolder ? package : registered().path
      let start = ContinuousClock.now
      let opened = try ModelPackage(path)
      let model = try opened.open()
      let openSeconds = Self.seconds(since: start)
      try opened.verify()
      let seconds = Self.seconds(since: start) - openSeconds
      let size = opened.manifest.files.reduce(0) { $0 + $1.size }
      if options.json {
        print(
          JSONText.object([
            ("package", .text(path)), ("name", .text(model.name)), ("bytes", .integer(size)),
            ("files", .integer(opened.manifest.files.count)), ("open_seconds", .number(openSeconds)),
            ("verify_seconds", .number(seconds)), ("notes", .list(model.notes.map(JSONText.text))),
          ]))
        return
      }
      for note in model.notes { Answer.note("note: \(note)") }
      print(
        "\(path): opened in \(Answer.number(openSeconds, digits: 3)) s; \(opened.manifest.files.count) files, "
          + "\(ExportCommand.size(size)), all as the manifest says (\(Answer.number(seconds, digits: 2)) s)")
    }

    private func registered() throws -> ModelPackage {
      let store = try options.open(readOnly: true)
      return try store.package(store.resolve(package))
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
      let elapsed = ContinuousClock.now - start
      return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    }
  }
}
