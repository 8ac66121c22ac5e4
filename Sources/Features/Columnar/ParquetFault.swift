import CSwiftRec

/// Turns a status of the Arrow bridge into an error.
enum ParquetFault {
  /// What Arrow said, on one line.
  static func message(_ functions: SRColumnarFunctions) -> String {
    let text = functions.last_error_message().map { String(cString: $0) } ?? ""
    return text.split(separator: "\n").joined(separator: " ")
  }

  static func error(_ functions: SRColumnarFunctions, _ status: Int32, _ path: String, _ problem: String) -> DataError {
    let reason = message(functions)
    switch Int(status) {
    case SR_OUT_OF_MEMORY:
      return DataError(
        .corruptedFile, file: path, "\(problem): out of memory (\(reason))",
        remedy: "free some memory, or read fewer rows a block; where the sizes make no sense, write the file again")
    case SR_NOT_IMPLEMENTED:
      return DataError(
        .unreadableFile, file: path, "\(problem): Arrow can't do it (\(reason))",
        remedy: "write the file with another encoding or compression")
    case SR_INVALID_ARGUMENT:
      return DataError(.outOfRange, file: path, "\(problem): \(reason)", remedy: "repair the column, or leave it out")
    default:
      return DataError(
        .corruptedFile, file: path, "\(problem): \(reason)", remedy: "copy or write the file again")
    }
  }
}
