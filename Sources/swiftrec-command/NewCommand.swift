import ArgumentParser
import Foundation
import Models
import Training

/// `swiftrec new`: a package to begin with.
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Makes a package to begin with.", subcommands: [Model.self])

  struct Model: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "model", abstract: "Makes a Swift package with a model of your own, its test and its configuration.",
      discussion: """
        Example: swiftrec new model TasteMap
        The package holds one recommender that works, to be changed, and a program with all of swiftrec's commands that \
        knows it: make -C TasteMap test train.
        """)

    @Argument(help: "The name of its Swift type, such as TasteMap.")
    var name: String

    @Option(help: "The folder to make; ./NAME by default.")
    var path: String?

    @Option(help: "The checkout of SwiftRec to build on; by default SWIFTREC_HOME, or the one this program is from.")
    var swiftrec: String?

    func run() throws {
      let template = try ModelTemplate(type: name)
      let checkout = try Self.checkout(swiftrec)
      var folder = path ?? name
      while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
      guard !FileManager.default.fileExists(atPath: folder) else {
        throw RunError(
          .exists, path: folder, received: "something is there already",
          remedy: "choose another folder with --path, or delete it")
      }
      try template.write(to: folder, swiftrec: checkout)
      print("\(folder): model \(name), \"\(template.modelName)\" in configurations")
      print("  make -C \(Answer.quoted(folder)) test    # builds it and runs its tests")
      print("  make -C \(Answer.quoted(folder)) train   # trains it as configs/\(template.modelName).yaml says")
    }

    /// The folder with SwiftRec's own Package.swift, as it can stand in a Swift text and a Makefile.
    private static func checkout(_ given: String?) throws -> String {
      let folder = try findCheckout(given)
      guard !folder.contains(where: { "\"\\$#'\n".contains($0) }) else {
        throw CommandError(
          "new model: received \(folder), expected a path without quotes, \\, $ and #; move the checkout, or give a link to it"
        )
      }
      return folder
    }

    private static func findCheckout(_ given: String?) throws -> String {
      func holdsPackage(_ folder: String) -> Bool {
        let text = try? String(contentsOfFile: "\(folder)/Package.swift", encoding: .utf8)
        return text?.contains("name: \"swiftrec\"") == true
      }
      let home = ProcessInfo.processInfo.environment["SWIFTREC_HOME"]
      if let named = given ?? home {
        let folder = URL(fileURLWithPath: named).standardizedFileURL.path
        guard holdsPackage(folder) else {
          throw CommandError(
            "\(given == nil ? "SWIFTREC_HOME" : "--swiftrec"): received \(named), expected a checkout of SwiftRec with its "
              + "Package.swift; give its folder")
        }
        return folder
      }
      // The program stands in the checkout's build folder.
      let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
      var folder = PathText.folder(of: program)
      while !folder.isEmpty, folder != "/" {
        if holdsPackage(folder) { return folder }
        folder = PathText.folder(of: folder)
      }
      throw CommandError(
        "new model: received no --swiftrec, and this program stands in no checkout of SwiftRec; add --swiftrec DIR")
    }
  }
}
