import Features
import Foundation
import Models
import Torch

extension Catalogue {
  private static let arrays = "catalogue.safetensors"

  /// Writes the catalogue into `folder`: a vocabulary file each for users, items and the values of each feature,
  /// `titles.json`, and the numbers in `catalogue.safetensors`.
  public func save(to folder: String) throws {
    try users.save(to: "\(folder)/users.vocabulary")
    try items.save(to: "\(folder)/items.vocabulary")
    if let itemTitles {
      try AtomicFile.write(JSONText.list(itemTitles.map(JSONText.text)).description, to: "\(folder)/titles.json")
    }
    var tensors: [(String, Tensor)] = [
      ("history.offsets", try Tensor(histories.offsets.map(Int64.init))),
      ("history.items", try Tensor(histories.items, shape: [histories.items.count])),
      ("popularity", try Tensor(popularity.map(Int64.init))),
    ]
    if let liked {
      tensors.append(("liked.offsets", try Tensor(liked.offsets.map(Int64.init))))
      tensors.append(("liked.items", try Tensor(liked.items, shape: [liked.items.count])))
      if !liked.ratings.isEmpty {
        tensors.append(("liked.ratings", try Tensor(liked.ratings, shape: [liked.ratings.count])))
      }
    }
    for (kind, fields) in [("user", userFields), ("item", itemFields)] {
      for (index, field) in fields.enumerated() {
        try field.vocabulary.save(to: "\(folder)/\(kind)-field-\(index).vocabulary")
        tensors.append(("\(kind).\(index).offsets", try Tensor(field.offsets, shape: [field.offsets.count])))
        tensors.append(("\(kind).\(index).values", try Tensor(field.values, shape: [field.values.count])))
      }
    }
    let metadata = [
      "user_fields": JSONText.list(userFields.map { .text($0.name) }).description,
      "item_fields": JSONText.list(itemFields.map { .text($0.name) }).description,
      "titles": itemTitles == nil ? "false" : "true",
    ]
    try Safetensors.write(tensors, metadata: metadata, to: "\(folder)/\(Self.arrays)")
  }

  /// Reads what `save(to:)` wrote and checks that its parts fit each other.
  ///
  /// - Throws: `DataError`, `SafetensorsError` or `RunError` naming the file that is missing, cut off or changed.
  public static func load(from folder: String) throws -> Catalogue {
    let path = "\(folder)/\(arrays)"
    let users = try Vocabulary.load(from: "\(folder)/users.vocabulary")
    let items = try Vocabulary.load(from: "\(folder)/items.vocabulary")
    let file = try Safetensors.read(path)
    func integers(_ name: String) throws -> [Int64] {
      guard let tensor = file.tensors[name] else { throw corrupted(path, "no tensor \"\(name)\" in it") }
      return try tensor.int64s()
    }
    func fields(_ kind: String, count: Int) throws -> [FeatureField] {
      guard let text = file.metadata["\(kind)_fields"],
        let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8))
      else { throw corrupted(path, "no list of \(kind) fields in it") }
      return try names.enumerated().map { index, name in
        let vocabulary = try Vocabulary.load(from: "\(folder)/\(kind)-field-\(index).vocabulary")
        let offsets = try offsets("\(kind).\(index).offsets", count: count)
        let values = try ids("\(kind).\(index).values", below: vocabulary.count)
        guard offsets.last == values.count else { throw corrupted(path, "field \"\(name)\" does not span its values") }
        return FeatureField(name: name, vocabulary: vocabulary, offsets: offsets.map(Int32.init), values: values)
      }
    }
    func offsets(_ name: String, count: Int) throws -> [Int] {
      let offsets = try integers(name).map(Int.init)
      let isRising = zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }
      guard offsets.count == count + 1, offsets.first == 0, isRising, (offsets.last ?? 0) <= Int(Int32.max) else {
        throw corrupted(path, "\"\(name)\" is no list of \(count + 1) rising positions")
      }
      return offsets
    }
    func ids(_ name: String, below limit: Int) throws -> [Int32] {
      let values = try integers(name)
      if let bad = values.first(where: { $0 < 0 || $0 >= Int64(limit) }) {
        throw corrupted(path, "\"\(name)\" holds id \(bad) outside 0..<\(limit)")
      }
      return values.map(Int32.init)
    }
    let historyOffsets = try offsets("history.offsets", count: users.count)
    let historyItems = try ids("history.items", below: items.count)
    guard historyOffsets.last == historyItems.count else {
      throw corrupted(path, "the histories do not span their items")
    }
    func liked() throws -> LikedItems? {
      // A run that was made before liked items were kept has none of these and still answers.
      guard file.tensors["liked.offsets"] != nil else { return nil }
      let offsets = try offsets("liked.offsets", count: users.count)
      let items = try ids("liked.items", below: items.count)
      let ratings = try file.tensors["liked.ratings"]?.floats() ?? []
      guard offsets.last == items.count, ratings.isEmpty || ratings.count == items.count else {
        throw corrupted(path, "the liked items do not span their list")
      }
      return LikedItems(offsets: offsets, items: items, ratings: ratings)
    }
    let popularity = try integers("popularity").map(Int.init)
    guard popularity.count == items.count else {
      throw corrupted(path, "\(popularity.count) popularity counts for \(items.count) items")
    }
    let titles = file.metadata["titles"] == "true" ? try loadTitles("\(folder)/titles.json", count: items.count) : nil
    return Catalogue(
      users: users, items: items, itemTitles: titles, userFields: try fields("user", count: users.count),
      itemFields: try fields("item", count: items.count),
      histories: UserHistories(offsets: historyOffsets, items: historyItems), liked: try liked(),
      popularity: popularity)
  }

  private static func loadTitles(_ path: String, count: Int) throws -> [String] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw RunError(.missing, path: path, received: "the file is not there", remedy: "restore it, or train again")
    }
    guard let titles = try? JSONDecoder().decode([String].self, from: data), titles.count == count else {
      throw corrupted(path, "not a JSON list of \(count) titles")
    }
    return titles
  }

  private static func corrupted(_ path: String, _ received: String) -> RunError {
    RunError(.corrupted, path: path, received: received, remedy: "restore the file, or train again to write a new one")
  }
}
