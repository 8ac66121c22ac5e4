/// What is wrong with a field, or with the line that it stands in.
public struct FieldFault: Error, Sendable, Equatable {
  public var code: DataError.Code
  public var problem: String
  public var remedy: String

  public init(_ code: DataError.Code, _ problem: String, remedy: String) {
    self.code = code
    self.problem = problem
    self.remedy = remedy
  }

  static let notANumber = FieldFault(
    .notANumber, "is not a number", remedy: "write a decimal number with a point, or leave the field blank")
  static let notFinite = FieldFault(
    .notFinite, "is too large for a number", remedy: "write a finite number, or leave the field blank")
  static let notWhole = FieldFault(
    .notANumber, "is not a whole number from 0 in the column's base",
    remedy: "repair the id, or give the column ids of kind hash or vocabulary")
  static let blankLabel = FieldFault(
    .malformedLine, "is blank", remedy: "give every row its label, or make the label optional")
  static let negativeWeight = FieldFault(.outOfRange, "is a negative weight", remedy: "give weights from 0")
  static let noWeight = FieldFault(
    .malformedLine, "has an id without its weight", remedy: "write id:weight, or make the bag one without weights")
  static let openQuote = FieldFault(
    .malformedLine, "opens a double quote that is not closed on its line",
    remedy: "close the quote; a field can't span lines")
  static let textAfterQuote = FieldFault(
    .malformedLine, "has text after a closing double quote", remedy: "write a quote inside a quoted field as \"\"")

  static func outside(rows: Int) -> FieldFault {
    FieldFault(
      .outOfRange, "is an id outside 0..<\(rows)", remedy: "read the rows with the schema that was written beside them")
  }

  static func outside(_ minimum: Float, _ maximum: Float) -> FieldFault {
    FieldFault(
      .outOfRange, "is outside the label's range \(number(minimum))...\(number(maximum))",
      remedy: "repair the label, or widen the range in the schema")
  }

  static func width(_ found: Int, _ width: Int) -> FieldFault {
    FieldFault(
      .wrongFieldCount, "has \(found) numbers for a vector of \(width)", remedy: "give \(width) numbers, or none")
  }

  private static func number(_ value: Float) -> String {
    value.rounded() == value && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
  }

  func error(file: String, line: Int?, column: String?, received: String?) -> DataError {
    DataError(
      code, file: file, line: line, column.map { "column \"\($0)\" \(problem)" } ?? problem, received: received,
      remedy: remedy)
  }
}
