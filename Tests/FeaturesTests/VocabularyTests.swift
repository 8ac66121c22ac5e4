import Features
import Foundation
import Testing
import Torch

@Suite struct VocabularyTests {
  let tokens = [
    "5", "05", "word", "", "4194304", "999999999999999999", "1000000000000000000000", "a\\b", "two\nlines", "käse",
    "-1", "0",
  ]

  @Test func findsEveryKindOfToken() throws {
    let vocabulary = try Vocabulary(tokens)
    #expect(vocabulary.count == tokens.count)
    for (row, token) in tokens.enumerated() { #expect(vocabulary.index(of: token) == row) }
    for absent in ["6", "005", "Word", "4194305", "1", " 5"] { #expect(vocabulary.index(of: absent) == nil) }
  }

  @Test func insertingAgainGivesTheSameRow() {
    var vocabulary = Vocabulary()
    #expect(vocabulary.insert("b") == 0)
    #expect(vocabulary.insert("7") == 1)
    #expect(vocabulary.insert("b") == 0)
    #expect(vocabulary.insert("7") == 1)
    #expect(vocabulary.tokens == ["b", "7"])
  }

  @Test func aNumberAndItsTextAreOneToken() {
    let numbers: [Int64] = [7, 0, -1, 4_194_304, 999_999_999_999_999_999, 1_000_000_000_000_000_000, .min, .max, 7]
    var byNumber = Vocabulary()
    var byText = Vocabulary()
    for number in numbers { #expect(byNumber.insert(number) == byText.insert("\(number)")) }
    #expect(byNumber == byText)
    for number in numbers {
      #expect(byNumber.index(of: number) == byText.index(of: "\(number)"))
      #expect(byNumber.index(of: "\(number)") == byText.index(of: number))
    }
    #expect(byNumber.index(of: 8) == nil)
    #expect(byNumber.index(of: -2) == nil)
  }

  @Test func identityIsCountedFromZero() {
    let vocabulary = Vocabulary(identity: 12)
    #expect(vocabulary.index(of: "11") == 11)
    #expect(vocabulary.index(of: "12") == nil)
  }

  @Test func refusesATokenTwice() {
    #expect(throws: DataError.self) { try Vocabulary(["a", "a"]) }
  }

  @Test func unknownTokenNamesItself() {
    let error = #expect(throws: DataError.self) { try Vocabulary(["a"]).row(of: "zed", kind: "user") }
    #expect(error?.received == "zed")
    #expect(error?.code == .unknownIdentifier)
  }

  @Test func savesAndLoads() throws {
    let folder = try TemporaryFolder()
    let vocabulary = try Vocabulary(tokens)
    let path = folder.path + "/items.vocabulary"
    try vocabulary.save(to: path)
    #expect(try Vocabulary.load(from: path) == vocabulary)
    #expect(folder.contents == ["items.vocabulary"])
    try Vocabulary().save(to: path)
    #expect(try Vocabulary.load(from: path).isEmpty)
  }

  @Test func everyTruncationAndEveryFlippedByteIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/v"
    try Vocabulary(["12", "x\ny", "z"]).save(to: path)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for length in 0..<bytes.count {
      let file = try folder.write("cut", Array(bytes[..<length]))
      #expect(throws: DataError.self) { try Vocabulary.load(from: file) }
    }
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 0x11
      let file = try folder.write("changed", changed)
      #expect(throws: DataError.self, "byte \(place)") { try Vocabulary.load(from: file) }
    }
  }

  @Test func savingIntoNoFolderSaysSo() {
    let error = #expect(throws: FileError.self) { try Vocabulary().save(to: "/nonexistent-folder/v") }
    #expect(error?.path == "/nonexistent-folder/v")
  }
}
