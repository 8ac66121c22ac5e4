import Features
import Foundation
import Retrieval

/// Which items have which value of a side feature, such as a film's genres: what the filter `category` asks.
final class ItemCategories: @unchecked Sendable {
  private let count: Int
  private let fields: [FeatureField]
  private let lock = NSLock()
  private var kept: [String: ItemFilter] = [:]

  /// Filters that are kept at most: 125 kB each at a million items.
  private static let keptLimit = 64

  init(_ fields: [FeatureField], itemCount: Int) {
    self.fields = fields
    count = itemCount
  }

  /// The items that have a value, of whatever field; `field=value` means one field alone. Empty for a value that no item has.
  func filter(_ category: String) -> ItemFilter {
    if let known = lock.withLock({ kept[category] }) { return known }
    let made = ItemFilter(count: count, items(of: category))
    lock.withLock {
      // Names come from requests: they must not pile up.
      if kept.count >= Self.keptLimit { kept.removeAll() }
      kept[category] = made
    }
    return made
  }

  private func items(of category: String) -> [Int32] {
    var found: [Int32] = []
    for field in fields {
      var value = category
      if category.hasPrefix("\(field.name)=") { value = String(category.dropFirst(field.name.count + 1)) }
      guard let row = field.vocabulary.index(of: value).map(Int32.init) else { continue }
      for item in 0..<field.entityCount where field.values(of: item).contains(row) { found.append(Int32(item)) }
    }
    return found
  }
}
