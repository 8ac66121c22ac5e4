import Foundation
import Models
import Torch
import Training

/// The files of a package with one model, from the texts under `Template/`.
struct ModelTemplate {
  /// `TasteMap`.
  let type: String
  /// `taste-map`: in configurations, and what the program is called.
  let modelName: String

  /// - Throws: `CommandError` for what can't be the name of a Swift type, or is taken.
  init(type: String) throws {
    func refuse(_ expected: String) -> CommandError {
      CommandError("NAME: received \(type), expected \(expected); write it as in `swiftrec new model TasteMap`")
    }
    let isPlain = type.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) }
    guard isPlain, (2...64).contains(type.utf8.count), type.first?.isUppercase == true else {
      throw refuse("the name of a Swift type: 2 to 64 letters and digits, a capital first")
    }
    // A name that the code uses already would mean itself there.
    let lines = Self.files.filter { $0.path.hasSuffix(".swift") }.flatMap { $0.text.split(separator: "\n") }
      .filter { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("//") }
    let words = Set(lines.flatMap { $0.split { !$0.isLetter && !$0.isNumber } })
    guard !words.contains(Substring(type)), !["Any", "Protocol", "Self", "Type"].contains(type) else {
      throw refuse("a name that neither Swift nor SwiftRec has given away")
    }
    var name = ""
    var previous: Character = "A"
    for letter in type {
      if letter.isUppercase, !previous.isUppercase { name += "-" }
      name += letter.lowercased()
      previous = letter
    }
    let taken = (ModelRegistry.names + RankerRegistry.names).map { $0.replacing("-", with: "") }
    guard !taken.contains(type.lowercased()) else {
      throw refuse("a name other than that of a model of SwiftRec")
    }
    self.type = type
    modelName = name
  }

  private struct File {
    /// Where it goes, with the same places to fill as its text.
    var path: String
    var text: String

    init(_ path: String, _ bytes: [UInt8]) {
      self.path = path
      text = String(decoding: bytes, as: UTF8.self)
    }
  }

  private static let files = [
    File("Package.swift", PackageResources.Package_swift_txt),
    File("Sources/{{Model}}Model/{{Model}}.swift", PackageResources.Model_swift_txt),
    File("Sources/Program/main.swift", PackageResources.main_swift_txt),
    File("Tests/{{Model}}Tests/{{Model}}Tests.swift", PackageResources.Tests_swift_txt),
    File("configs/{{name}}.yaml", PackageResources.config_yaml_txt),
    File("Makefile", PackageResources.Makefile_txt),
    File("README.md", PackageResources.README_md_txt),
    File(".gitignore", PackageResources.gitignore_txt),
  ]

  /// Writes the package beside its place and renames it there: a failure leaves no half of it.
  ///
  /// - Parameter swiftrec: the checkout to build on, an absolute path.
  func write(to folder: String, swiftrec: String) throws {
    func filled(_ text: String) -> String {
      text.replacing("{{Model}}", with: type).replacing("{{name}}", with: modelName).replacing(
        "{{swiftrec}}", with: swiftrec)
    }
    let beside = "\(folder).partial-\(getpid())"
    do {
      for file in Self.files {
        let path = "\(beside)/\(filled(file.path))"
        try FileManager.default.createDirectory(
          atPath: PathText.folder(of: path), withIntermediateDirectories: true)
        try AtomicFile.write(filled(file.text), to: path)
      }
      guard rename(beside, folder) == 0 else { throw FileError(path: folder, action: "create", errno: errno) }
    } catch {
      try? FileManager.default.removeItem(atPath: beside)
      if error is CocoaError {
        throw RunError(
          .io, path: folder, received: "the folder cannot be made (\((error as NSError).localizedDescription))",
          remedy: "choose a folder that you may write to with --path")
      }
      throw error
    }
  }
}
