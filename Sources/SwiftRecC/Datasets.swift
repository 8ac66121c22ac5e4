import Features
import Foundation
import Torch
import Training

private func side(_ number: Int32) throws -> DatasetBox.Side {
  guard let side = DatasetBox.Side(rawValue: number) else {
    throw CallError("side: received \(number), expected 0 (users) or 1 (items)")
  }
  return side
}

/// A data set that is known by name, or files that `path` names.
@c(swiftrec_dataset_load)
public func datasetLoad(
  _ name: UnsafePointer<CChar>?, _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<Int64>?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let out = try required(out, "out")
    let dataset = try Datasets.load(text(name, "name"), options: DatasetOptions(path: optionalText(path)))
    out.pointee = Handles.add(DatasetBox(dataset))
  }
}

/// An empty data set, to be filled with the functions below and closed with `swiftrec_dataset_finish`.
@c(swiftrec_dataset_begin)
public func datasetBegin(
  _ name: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<Int64>?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let out = try required(out, "out")
    out.pointee = Handles.add(DatasetBox(name: try text(name, "name")))
  }
}

/// A copy of a data set that titles and features may be added to; its columns are shared until one of the two changes.
@c(swiftrec_dataset_copy)
public func datasetCopy(_ handle: Int64, _ out: UnsafeMutablePointer<Int64>?, _ message: Message?) -> Int32 {
  crossing(message) {
    let out = try required(out, "out")
    out.pointee = Handles.add(DatasetBox(extending: try Handles.get(handle, as: DatasetBox.self).whole()))
  }
}

@c(swiftrec_dataset_set_ids)
public func datasetSetIDs(
  _ handle: Int64, _ which: Int32, _ ids: UnsafePointer<Int64>?, _ count: Int64, _ message: Message?
) -> Int32 {
  crossing(message) {
    try Handles.get(handle, as: DatasetBox.self).setIDs(side(which), values(ids, count, "ids"))
  }
}

@c(swiftrec_dataset_set_codes)
public func datasetSetCodes(
  _ handle: Int64, _ which: Int32, _ codes: UnsafePointer<Int32>?, _ count: Int64, _ tokens: UnsafePointer<UInt8>?,
  _ tokenEnds: UnsafePointer<Int64>?, _ tokenCount: Int64, _ message: Message?
) -> Int32 {
  crossing(message) {
    try Handles.get(handle, as: DatasetBox.self).setCodes(
      side(which), values(codes, count, "codes"), tokens: texts(tokens, tokenEnds, tokenCount, "tokens"))
  }
}

@c(swiftrec_dataset_set_ratings)
public func datasetSetRatings(
  _ handle: Int64, _ ratings: UnsafePointer<Float>?, _ count: Int64, _ message: Message?
) -> Int32 {
  crossing(message) {
    try Handles.get(handle, as: DatasetBox.self).setRatings(values(ratings, count, "ratings"))
  }
}

@c(swiftrec_dataset_set_timestamps)
public func datasetSetTimestamps(
  _ handle: Int64, _ timestamps: UnsafePointer<Int64>?, _ count: Int64, _ message: Message?
) -> Int32 {
  crossing(message) {
    try Handles.get(handle, as: DatasetBox.self).setTimestamps(values(timestamps, count, "timestamps"))
  }
}

@c(swiftrec_dataset_set_titles)
public func datasetSetTitles(
  _ handle: Int64, _ titles: UnsafePointer<UInt8>?, _ ends: UnsafePointer<Int64>?, _ count: Int64, _ message: Message?
) -> Int32 {
  crossing(message) {
    try Handles.get(handle, as: DatasetBox.self).setTitles(texts(titles, ends, count, "titles"))
  }
}

@c(swiftrec_dataset_add_field)
public func datasetAddField(
  _ handle: Int64, _ which: Int32, _ name: UnsafePointer<CChar>?, _ offsets: UnsafePointer<Int32>?,
  _ offsetCount: Int64, _ codes: UnsafePointer<Int32>?, _ codeCount: Int64, _ tokens: UnsafePointer<UInt8>?,
  _ tokenEnds: UnsafePointer<Int64>?, _ tokenCount: Int64, _ message: Message?
) -> Int32 {
  crossing(message) {
    try Handles.get(handle, as: DatasetBox.self).addField(
      side(which), text(name, "name"), offsets: values(offsets, offsetCount, "offsets"),
      values: values(codes, codeCount, "codes"), tokens: texts(tokens, tokenEnds, tokenCount, "tokens"))
  }
}

@c(swiftrec_dataset_finish)
public func datasetFinish(_ handle: Int64, _ message: Message?) -> Int32 {
  crossing(message) { try Handles.get(handle, as: DatasetBox.self).finish() }
}

/// `{"name": ..., "users": 943, "items": 1682, "interactions": 100000, ...}`
@c(swiftrec_dataset_describe)
public func datasetDescribe(_ handle: Int64, _ out: Message?, _ message: Message?) -> Int32 {
  crossing(message) {
    let dataset = try Handles.get(handle, as: DatasetBox.self).whole()
    func names(_ fields: [FeatureField]) -> JSONText { .list(fields.map { .text($0.name) }) }
    let facts = JSONText.object([
      ("name", .text(dataset.name)), ("users", .integer(dataset.userCount)), ("items", .integer(dataset.itemCount)),
      ("interactions", .integer(dataset.interactions.count)), ("density", .number(dataset.density)),
      ("has_ratings", .boolean(dataset.interactions.hasRatings)),
      ("has_timestamps", .boolean(dataset.interactions.hasTimestamps)),
      ("has_titles", .boolean(dataset.itemTitles != nil)), ("user_fields", names(dataset.userFields)),
      ("item_fields", names(dataset.itemFields)),
    ])
    try required(out, "out").pointee = strdup(facts.description)
  }
}

/// The ids of a side, as a JSON list in the order of their rows; side 2 is the items' titles.
@c(swiftrec_dataset_texts)
public func datasetTexts(_ handle: Int64, _ which: Int32, _ out: Message?, _ message: Message?) -> Int32 {
  crossing(message) {
    let dataset = try Handles.get(handle, as: DatasetBox.self).whole()
    let list =
      which == 2
      ? dataset.itemTitles ?? [] : try side(which) == .users ? dataset.users.tokens : dataset.items.tokens
    try required(out, "out").pointee = strdup(JSONText.list(list.map(JSONText.text)).description)
  }
}

/// A column of the log as a tensor: 0 and 1 the rows of users and items, 2 ratings, 3 timestamps.
@c(swiftrec_dataset_column)
public func datasetColumn(
  _ handle: Int64, _ column: Int32, _ out: UnsafeMutablePointer<Int64>?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let log = try Handles.get(handle, as: DatasetBox.self).whole().interactions
    let tensor: Tensor
    switch column {
    case 0: tensor = try Tensor(log.users)
    case 1: tensor = try Tensor(log.items)
    case 2: tensor = try Tensor(log.ratings)
    case 3: tensor = try Tensor(log.timestamps)
    default: throw CallError("column: received \(column), expected 0 to 3")
    }
    try required(out, "out").pointee = Handles.add(TensorBox(tensor))
  }
}
