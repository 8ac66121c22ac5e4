import Foundation
import Torch

/// Rows as a fitted pipeline has made them, in columns of their own names.
struct PreparedRows: Sendable {
  let pipeline: FeaturePipeline

  /// What the columns are to a reader: the pipeline of this schema makes the same features of them, with nothing left to do.
  var schema: FeatureSchema {
    let rows = Dictionary(uniqueKeysWithValues: pipeline.space.categorical.map { ($0.name, $0.rows) })
    func given(_ name: String) -> FeatureColumn.Ids { .given(rows: rows[name] ?? 1) }
    return FeatureSchema(
      pipeline.schema.columns.compactMap { column in
        let kind: FeatureColumn.Kind
        switch column.kind {
        case .ignored: return nil
        case .label, .weight, .group: kind = column.kind
        case .dense(let transform): kind = transform.isCategorical ? .categorical(given(column.name)) : .dense()
        case .categorical: kind = .categorical(given(column.name))
        case .bag(_, _, let isWeighted): kind = .bag(given(column.name), isWeighted: isWeighted)
        case .sequence(_, _, let length): kind = .sequence(given(column.name), maximumLength: length)
        case .vector(let width, _): kind = .vector(width: width, .list())
        }
        return FeatureColumn(column.name, kind)
      })
  }

  /// The columns of a Parquet file, in the order of `schema`.
  var columns: [ParquetColumn] {
    schema.columns.map { column in
      switch column.kind {
      case .label(_, _, let isOptional): ParquetColumn(column.name, .floats, isNullable: isOptional)
      case .weight, .dense, .ignored: ParquetColumn(column.name, .floats)
      case .group: ParquetColumn(column.name, .integers)
      case .categorical: ParquetColumn(column.name, .integers, width: .int32)
      case .bag(_, _, let isWeighted):
        ParquetColumn(column.name, isWeighted ? .text : .integers, isList: true, width: .int32)
      case .sequence: ParquetColumn(column.name, .integers, isList: true, width: .int32)
      case .vector: ParquetColumn(column.name, .floats, isList: true)
      }
    }
  }

  /// Makes features of a block's rows and puts them into columns, in the order of `columns`.
  func block(_ block: RowBlock) throws -> ColumnBlock {
    let plan = pipeline.plan
    let rows = plan.transform(block, rows: (0..<block.count).map { Int32($0) })
    let space = pipeline.space
    let count = rows.count
    func floats(_ base: UnsafeMutablePointer<Float>, _ column: Int, of width: Int) -> [Float] {
      withExtendedLifetime(rows) { (0..<count).map { base[$0 * width + column] } }
    }
    let keys = Dictionary(uniqueKeysWithValues: space.categorical.enumerated().map { ($0.element.name, $0.offset) })
    let columns = try schema.columns.map { column -> ColumnValues in
      switch column.kind {
      case .label:
        let values = floats(rows.labels, space.labels.firstIndex(of: column.name) ?? 0, of: plan.labels.count)
        return ColumnValues(.floats(values), validity: values.contains(where: \.isNaN) ? values.map { !$0.isNaN } : nil)
      case .weight: return ColumnValues(.floats(rows.weights.map { floats($0, 0, of: 1) } ?? []))
      case .group:
        return ColumnValues(.integers(rows.groups.map { groups in (0..<count).map { groups[$0] } } ?? []))
      case .dense:
        return ColumnValues(
          .floats(floats(rows.dense, space.dense.firstIndex(of: column.name) ?? 0, of: plan.dense.count)))
      case .categorical:
        let place = plan.singles.firstIndex { $0.key == keys[column.name] } ?? 0
        return ColumnValues(.integers((0..<count).map { Int64(rows.ids[$0 * plan.singles.count + place]) }))
      case .bag, .sequence:
        return try lists(rows.lists[plan.jagged.firstIndex { $0.key == keys[column.name] } ?? 0], column)
      case .vector(let width, _):
        return vectors(rows, space.vectors.firstIndex { $0.name == column.name } ?? 0, width: width)
      case .ignored: return ColumnValues(.floats([]))
      }
    }
    return ColumnBlock(count: count, columns: columns)
  }

  private func lists(_ lists: FeatureRows.Lists, _ column: FeatureColumn) throws -> ColumnValues {
    guard lists.ids.count <= Int32.max else {
      throw DataError(
        .outOfRange, "column \"\(column.name)\" has more than 2^31 ids in one block of rows",
        received: "\(lists.ids.count)", remedy: "shorten the lists")
    }
    let offsets = lists.offsets.map { Int32($0) }
    guard case .bag(_, _, isWeighted: true) = column.kind else {
      return ColumnValues(.integers(lists.ids.map { Int64($0) }), listOffsets: offsets)
    }
    return ColumnValues(
      .text(TextValues(zip(lists.ids, lists.weights).map { "\($0):\($1)" })), listOffsets: offsets)
  }

  private func vectors(_ rows: FeatureRows, _ number: Int, width: Int) -> ColumnValues {
    var values = [Float](repeating: 0, count: rows.count * width)
    switch rows.vectors[number] {
    case .numbers(let numbers, let starts):
      for (row, start) in starts.enumerated() where start >= 0 {
        for offset in 0..<width { values[row * width + offset] = numbers[start + offset] }
      }
    case .places(let places):
      guard let table = pipeline.plan.vectors[number].table, let given = try? table.values.floats() else { break }
      for (row, place) in places.enumerated() where place >= 0 {
        for offset in 0..<width { values[row * width + offset] = given[Int(place) * width + offset] }
      }
    }
    return ColumnValues(.floats(values), listOffsets: (0...rows.count).map { Int32($0 * width) })
  }
}
