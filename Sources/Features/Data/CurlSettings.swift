/// What the program curl reads on its standard input: addresses and keys stand there, not in its arguments, which every user of the
/// machine sees.
package enum CurlSettings {
  /// A text in quotes, as curl's settings have it.
  package static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }

  /// Runs curl with these lines.
  ///
  /// - Returns: what it prints.
  /// - Throws: `DataError` where curl is not there, fails or takes longer than `timeout` seconds.
  package static func run(_ lines: [String], timeout: Double) throws -> String {
    try SmallProgram.output(
      of: [SmallProgram.find("curl"), "--config", "-"],
      input: (["silent", "show-error"] + lines).joined(separator: "\n") + "\n", timeout: timeout)
  }
}
