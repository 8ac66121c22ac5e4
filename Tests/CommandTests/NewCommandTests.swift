import Foundation
import TestSupport
import Testing

/// What `swiftrec new model` writes and refuses; scripts/test-new-model.sh builds and trains it.
@Suite struct NewCommandTests {
  @Test func makesAPackage() throws {
    let scratch = try Scratch()
    let result = try Program.run(["new", "model", "HTTPTasteMap"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("make -C HTTPTasteMap test"))
    let files = try scratch.picture().filter { !$0.value.isEmpty }
    #expect(
      Set(files.keys)
        == Set(
          [
            "Package.swift", "Sources/HTTPTasteMapModel/HTTPTasteMap.swift", "Sources/Program/main.swift",
            "Tests/HTTPTasteMapTests/HTTPTasteMapTests.swift", "configs/httptaste-map.yaml", "Makefile", "README.md",
            ".gitignore",
          ].map { "HTTPTasteMap/\($0)" }))
    for (name, data) in files { #expect(!String(decoding: data, as: UTF8.self).contains("{{"), "\(name)") }
    #expect(try scratch.text("HTTPTasteMap/Package.swift").contains("path: \"\(Program.root)\""))
    #expect(try scratch.text("HTTPTasteMap/configs/httptaste-map.yaml").contains("model: {name: httptaste-map, "))
  }

  @Test func nothingIsOverwritten() throws {
    let scratch = try Scratch()
    try scratch.write("mine/notes.txt", "keep")
    let before = try scratch.picture()
    let result = try Program.run(["new", "model", "TasteMap", "--path", "mine/"], in: scratch.path)
    #expect(result.status == 2 && result.message.contains("mine: something is there already"), "\(result.errors)")
    #expect(try scratch.picture() == before)
  }

  @Test(arguments: [
    "tasteMap", "1Map", "Taste Map", "Taste-Map", "T", "", "Größe", "../Map", "Tensor", "Module", "Self", "NeuMF", "Mf",
    String(repeating: "A", count: 65),
  ])
  func namesThatAreNone(name: String) throws {
    let scratch = try Scratch()
    let result = try Program.run(["new", "model", name], in: scratch.path)
    #expect(
      result.status == 2 && result.message.contains("error: NAME: received \(name), expected "), "\(result.errors)")
    #expect(try scratch.picture().isEmpty)
  }

  @Test func theCheckoutIsNamed() throws {
    let scratch = try Scratch()
    let given = try Program.run(["new", "model", "TasteMap", "--swiftrec", "."], in: scratch.path)
    #expect(given.status == 2 && given.message.contains("--swiftrec: received ."), "\(given.errors)")
    let home = try Program.run(
      ["new", "model", "TasteMap"], in: scratch.path, environment: ["SWIFTREC_HOME": "/nowhere"])
    #expect(home.status == 2 && home.message.contains("SWIFTREC_HOME: received /nowhere"), "\(home.errors)")
    let known = try Program.run(
      ["new", "model", "TasteMap", "--path", "deep/er"], in: scratch.path, environment: ["SWIFTREC_HOME": Program.root])
    #expect(known.status == 0, "\(known.errors)")
    #expect(try scratch.text("deep/er/Makefile").contains("SWIFTREC ?= \(Program.root)\n"))
    #expect(try scratch.picture().keys.allSatisfy { !$0.contains(".partial-") })
  }
}
