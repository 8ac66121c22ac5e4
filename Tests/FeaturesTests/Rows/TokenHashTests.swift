import Features
import Foundation
import Sparse
import Testing
import Torch

@Suite struct TokenHashTests {
  private struct Golden: Decodable {
    var token: String
    var hash: String
    var id: Int
    var seeded: Int
  }

  private static func golden() throws -> [Golden] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Reference/token_hash.json")
    return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
  }

  /// `Tests/Reference/token_hash.py` says what they are; models that are in use depend on it.
  @Test func hashesNeverChange() throws {
    let golden = try TokenHashTests.golden()
    #expect(golden.count == 15)
    for each in golden { #expect(String(TokenHash.hash(each.token)) == each.hash, "\(each.token)") }
  }

  /// A file, with every way of line ends and field lengths, and a request give the same ids.
  @Test(arguments: [true, false]) func filesAndRequestsGiveTheSameIds(quoted: Bool) throws {
    let golden = try TokenHashTests.golden()
    let schema = FeatureSchema([
      FeatureColumn("y", .label()), FeatureColumn("t", .categorical(.hash(size: 1_000))),
      FeatureColumn("s", .categorical(.hash(size: 1_000, seed: 42)), source: "t2"),
    ])
    let folder = try TemporaryFolder()
    func cell(_ text: String) -> String { quoted ? "\"\(text)\"" : text }
    let lines = golden.enumerated().map { "1,\(cell($1.token)),\(cell($1.token))\($0 % 2 == 0 ? "\r\n" : "\n")" }
    let path = try folder.write("a.csv", "y,t,t2\n" + lines.joined())
    let pipeline = try FeaturePipeline(schema)
    let batch = try #require(
      try RowCase.all(try RowLoader(RowFiles([path], format: .csv), pipeline: pipeline, batchSize: 100)).first)
    #expect(try RowCase.ids(batch, "t") == golden.map { [$0.id] })
    #expect(try RowCase.ids(batch, "s") == golden.map { [$0.seeded] })
    let request = try pipeline.batch(golden.map { ["t": $0.token, "t2": $0.token] })
    #expect(try request.sparse.values.ints() == batch.sparse.values.ints())
    #expect(try request.labels.floats().allSatisfy(\.isNaN))
  }
}
